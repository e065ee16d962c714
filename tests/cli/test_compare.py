"""`bgml compare`, `bgml promote`, `bgml rollback`, and `bgml train --like`."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from bgml.learning.tracking import registry
from tests.rivals import trained_rivals
from tests.small_project import reopened

Run = Callable[..., Result]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """propensity:1 and contrary:2 as of EARLY, propensity:3 as of the end."""
    return trained_rivals(tmp_path_factory.mktemp("compare") / "rivals").root


def test_a_comparison_is_shown_and_kept(bgml: Run, root: Path) -> None:
    result = bgml("compare", "propensity:1", "contrary", "--folds", 1, "--project", root)
    assert result.exit_code == 0, result.stderr
    assert "propensity:1 against contrary:2" in result.stdout
    assert "propensity finds " in result.stdout
    assert "The groups that move most at 2025-04-14" in result.stdout
    assert "Kept with all metrics as comparison.md and comparison.json in the MLflow run " in result.stdout
    assert result.stderr == ""


def test_a_comparison_as_json(bgml: Run, root: Path) -> None:
    document = json.loads(bgml("--json", "compare", "people_count", "random", "--folds", 1, "--project", root).stdout)
    assert document["first"]["model"] == "people_count"
    assert document["verdict"] == "better"
    assert len(document["run"]) == 32


def test_promote_and_roll_back(bgml: Run, root: Path) -> None:
    inside = ("--project", root)
    refused = bgml("promote", "contrary", *inside)
    assert refused.exit_code == 1
    assert refused.stdout == ""
    assert refused.stderr.startswith("bgml: contrary:2 was not promoted, because it is worse than ")
    assert len(refused.stderr.splitlines()) == 1
    made = bgml("promote", "contrary", "--reason", "to be rolled back", *inside)
    assert made.exit_code == 0, made.stderr
    assert "contrary:2 is the champion now, although it is worse than " in made.stdout
    assert bgml("rollback", *inside).stderr == (
        "bgml: contrary:2 is the only champion there was, so there is nothing to roll back to: promote another version\n"
    )
    document = json.loads(bgml("--json", "promote", "propensity:1", *inside).stdout)
    assert document.items() >= {"champion": "propensity:1", "changed": True, "previous": "contrary:2", "verdict": "better"}.items()
    again = bgml("promote", "@champion", *inside)
    assert (again.exit_code, again.stdout) == (0, "propensity:1 is the champion already; nothing was changed.\n")
    back = bgml("rollback", *inside)
    assert back.stdout == "contrary:2 is the champion again, propensity:1 the previous one.\n"
    assert str(registry.resolve(reopened(root))) == "contrary:2"
    assert json.loads(bgml("--json", "rollback", *inside).stdout) == {"champion": "propensity:1", "previous": "contrary:2"}


def test_training_again_is_byte_for_byte(bgml: Run, root: Path) -> None:
    run = registry.resolve(reopened(root), "contrary:2").run_id
    result = bgml("train", "--like", run[:8], "--project", root)
    assert result.exit_code == 0, result.stderr
    assert "is contrary:2 again, byte for byte: model and artifact are equal." in result.stdout
    document = json.loads(bgml("--json", "train", "--like", "propensity:1", "--project", root).stdout)
    assert (document["like"], document["equal"], document["model_equal"], document["differences"]) == ("propensity:1", True, True, [])
    assert document["trained"][0]["as_of"] == "2025-02-17"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("compare", "propensity"), 2, "Missing argument"),
        (("compare", "propensity:3", "propensity:3"), 1, "both references name propensity:3"),
        (("compare", "propensity", "propensty"), 1, 'did you mean "propensity"'),
        (("compare", "propensity", "contrary", "--folds", "0"), 2, "--folds"),
        (("promote", "propensity:99"), 1, "there is no version 99 of propensity"),
        (("promote", "propensity", "--reason", "  "), 2, "the reason is empty"),
        (("train", "--like", "ffffffff"), 1, "no run begins with ffffffff; the newest is run"),
        (("train", "propensity", "--like", "propensity:1"), 2, "it brings its own model and date"),
    ],
)
def test_stated_problems(bgml: Run, root: Path, arguments: tuple[str, ...], code: int, said: str) -> None:
    result = bgml(*arguments, "--project", root)
    assert result.exit_code == code
    assert said in " ".join(result.stderr.replace("│", " ").split())
    assert "Traceback" not in result.stderr

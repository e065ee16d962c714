"""`bgml train`."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from tests.small_project import SETTINGS, small_project

Run = Callable[..., Result]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_project(tmp_path_factory.mktemp("train") / "small").root


def test_training_tells_dates_rows_wins_and_time(bgml: Run, root: Path) -> None:
    result = bgml("train", "people_count", "--as-of", "2025-06-02", "--project", root)
    assert result.exit_code == 0, result.stderr
    assert "As of 2025-06-02, from 9 dates, 2024-07-08 to 2025-02-17" in result.stdout
    assert "people_count:" in result.stdout
    assert "bgml score --model people_count:" in result.stdout.replace("`", "")
    assert result.stderr == ""


def test_training_as_json(bgml: Run, root: Path) -> None:
    result = bgml("--json", "train", "people_count", "--project", root)
    document = json.loads(result.stdout)
    assert document["skipped"] == []
    (made,) = document["trained"]
    assert made.keys() == {"model", "version", "as_of", "mlflow_run", "dates", "rows", "wins", "seconds", "warnings", "kept"}
    assert (made["model"], made["as_of"], made["dates"][-1]) == ("people_count", "2025-06-30", "2025-03-17")


def test_what_a_model_warns_of_is_told(bgml: Run, tmp_path: Path) -> None:
    root = small_project(tmp_path / "small", settings=SETTINGS.replace("min_won = 8", "min_won = 500")).root
    result = bgml("train", "people_count", "--project", root)
    assert result.exit_code == 0
    assert result.stderr.startswith("warning: people_count: no propensities:")


def test_a_model_skipped_is_told(bgml: Run, root: Path) -> None:
    result = bgml("train", "value", "people_count", "--project", root)
    assert result.exit_code == 0
    assert " ".join(result.stderr.split()).startswith("warning: the model value cannot be trained: 0 won deals with an amount")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("propensty",), 1, 'did you mean "propensity"'),
        (("--as-of", "2025-02-30"), 2, '"2025-02-30" is not a date'),
        (("people_count", "--as-of", "2024-05-06"), 1, "the newest mature as-of date is 2024-02-06"),
    ],
)
def test_stated_problems(bgml: Run, root: Path, arguments: tuple[str, ...], code: int, said: str) -> None:
    result = bgml("train", *arguments, "--project", root)
    assert result.exit_code == code
    assert said in " ".join(result.stderr.split())
    assert "Traceback" not in result.stderr


def test_what_mlflow_cannot_take_is_kept_and_said(bgml: Run, tmp_path: Path) -> None:
    root = small_project(tmp_path / "small", settings=SETTINGS + '[tracking]\nuri = "http://127.0.0.1:9"\n').root
    result = bgml("train", "people_count", "--project", root)
    assert result.exit_code == 0
    assert "people_count (not sent)" in result.stdout
    assert "bgml score" not in result.stdout
    assert result.stderr.startswith("warning: people_count is trained, but the MLflow server at http://127.0.0.1:9 does not answer")
    assert "`bgml log training-people_count-2025-06-30-" in result.stderr

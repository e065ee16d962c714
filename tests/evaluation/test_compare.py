"""Comparing what two references name, from stored recipes, and keeping the comparison."""

import json
import shutil
from pathlib import Path

import pytest

from bgml.data.dataset import Dataset
from bgml.errors import DataError, ModelError, TrackingError
from bgml.evaluation import compare as module
from bgml.evaluation.compare import compare, keep
from bgml.evaluation.duel.comparison import Comparison
from bgml.evaluation.duel.frozen import Frozen
from bgml.learning.tracking import registry, track
from bgml.project import Project
from tests.small_project import reopened


@pytest.fixture(scope="module")
def compared(rivals: Project, rivals_data: Dataset) -> Comparison:
    return compare(rivals, rivals_data, "propensity:1", "contrary", 2, draws=200)


def test_the_one_that_knows_is_told_from_the_contrary_one(compared: Comparison) -> None:
    assert compared.verdict == "better"
    assert compared.sentences()[0].startswith("propensity finds ")
    assert "more wins per 50 groups a week, 95% interval " in compared.sentences()[0]
    assert isinstance(compared.frozen, Frozen)
    assert compared.overlap.rbo.mean() < 0.5


def test_recipes_are_compared_as_stored_after_their_files_changed(moved: Project, rivals_data: Dataset, compared: Comparison) -> None:
    (moved.root / "features").mkdir()
    (moved.root / "features" / "breadth.py").write_text("raise RuntimeError\n")
    for name in ("propensity", "contrary"):
        (moved.root / "models" / f"{name}.py").write_text("raise RuntimeError\n")
    assert compare(moved, rivals_data, "propensity:1", "contrary:2", 2, draws=200).document() == compared.document()


def test_two_baselines_that_were_never_trained(rivals: Project, rivals_data: Dataset) -> None:
    found = compare(rivals, rivals_data, "people_count", "random", 2, draws=200)
    assert found.sentences()[0].startswith("people_count finds ")
    assert isinstance(found.frozen, str)


def test_versions_of_one_recipe_are_said_to_be_one(rivals: Project, rivals_data: Dataset) -> None:
    found = compare(rivals, rivals_data, "propensity:1", "propensity:3", 1, draws=20)
    assert found.verdict == "not told apart"
    assert found.labels == ("propensity:1", "propensity:3")
    (note,) = found.notes
    assert note.startswith("Both have the same recipe, so refitted they are the same model")


def test_it_is_kept_as_a_run(moved: Project, compared: Comparison) -> None:
    run = keep(moved, compared).run_id
    with track.connected(moved) as connection:
        found = connection.client.get_run(run)
        place = connection.client.download_artifacts(run, "comparison.json")
        text = connection.client.download_artifacts(run, "comparison.md")
    assert found.data.tags.items() >= {"kind": "comparison", "first": "propensity:1", "second": "contrary:2", "verdict": "better"}.items()
    assert found.data.metrics["difference_precision_at_50"] == compared.headline.value
    assert found.data.metrics["difference_precision_at_50_low"] == compared.headline.low
    assert json.loads(Path(place).read_text(encoding="utf-8")) == compared.document()
    assert Path(text).read_text(encoding="utf-8") == compared.markdown()


def test_what_cannot_be_compared(moved: Project, rivals_data: Dataset) -> None:
    with pytest.raises(ModelError, match="both references name propensity:3; name two that differ"):
        compare(moved, rivals_data, "propensity", "propensity:3")
    short = reopened(moved.root, outcome={"horizon": 500})
    with pytest.raises(DataError, match="lower outcome.horizon"):
        compare(short, rivals_data, "propensity", "contrary")
    broken = 'from bgml import Model\n\nMODEL = Model(estimator="nothing.here", features=["people_28d"])\n'
    (moved.root / "models" / "broken.py").write_text(broken)
    with pytest.raises(ModelError, match="broken cannot be compared: fold 1: "):
        compare(moved, rivals_data, "broken", "contrary", 1)


def test_without_a_win_nothing_is_told_apart(rivals: Project, rivals_data: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    real = module.refit

    def winless(*arguments: object) -> object:
        made = real(*arguments)  # type: ignore[arg-type]
        made.scored.won[:] = False
        return made

    monkeypatch.setattr(module, "refit", winless)
    with pytest.raises(DataError, match="candidates from .* hold no win, so nothing tells people_count and random apart"):
        compare(rivals, rivals_data, "people_count", "random", 1)


def test_a_version_whose_artifact_is_gone(moved: Project, rivals_data: Dataset) -> None:
    shutil.rmtree(registry.resolve(moved, "propensity:1").folder)
    with pytest.raises(TrackingError, match="the artifact of propensity:1 is gone"):
        compare(moved, rivals_data, "propensity:1", "contrary")

"""The version in use against the newest date, and what cannot be looked at said as a note."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pandas as pd
import pytest

from bgml.data.dataset import Dataset, open_dataset
from bgml.errors import ModelError, TrackingError
from bgml.learning.tracking import registry
from bgml.project import Project
from bgml.ranking.monitor import monitor
from bgml.ranking.score import score
from bgml.scoring import artifact
from tests.small_project import small_project

MONDAY = date(2025, 6, 30)
FEW = {"min_rows": 10}


@pytest.fixture(autouse=True)
def few_signals(monkeypatch: pytest.MonkeyPatch) -> None:
    """The small project has some thirty named signals in four weeks."""
    monkeypatch.setattr("bgml.evaluation.drift.FEW_SIGNALS", 20)


def kinds(found: Any) -> set[str]:
    return {finding.kind for finding in found.findings}


def test_every_feature_of_the_version_and_its_score(dataset: Dataset, copied: Callable[..., Project]) -> None:
    project = copied(drift=FEW)
    found = monitor(project, dataset)
    scorer = artifact.load(registry.resolve(project).folder, project)
    assert (found.version, found.trained_as_of, found.as_of) == ("propensity:2", MONDAY, MONDAY)
    assert {finding.name for finding in found.findings if finding.kind == "feature"} == set(scorer.features)
    assert {"score", "volume"} <= kinds(found)
    assert found.notes == ("there is no ranking yet, so what became of one cannot be told: run `bgml score`",)
    assert json.loads(json.dumps(found.document(), default=str))["level"] == found.level
    assert monitor(project, dataset) == found


def test_a_feed_that_stops_is_seen(dataset: Dataset, copied: Callable[..., Project]) -> None:
    project = copied(drift=FEW)
    calm = monitor(project, dataset)
    path = project.root / "data" / "signals.parquet"
    signals = pd.read_parquet(path)
    gone = (signals["category"] == "named") & (signals["occurred_at"] >= pd.Timestamp("2025-06-02"))
    signals[~gone].to_parquet(path)
    found = monitor(project, open_dataset(project))
    before, after = ({(finding.kind, finding.name): finding for finding in each.findings} for each in (calm, found))
    assert before["volume", "named"].level != "red"
    assert (after["volume", "named"].level, found.level) == ("red", "red")
    name = "actions_named_28d"
    assert after["feature", name].value > before["feature", name].value + 0.2


def test_a_version_that_describes_no_training_data(
    dataset: Dataset, copied: Callable[..., Project], monkeypatch: pytest.MonkeyPatch
) -> None:
    project = copied(drift=FEW)
    load = artifact.load

    def older(*given: Any) -> Any:
        scorer = load(*given)
        del scorer.info["reference"]
        return scorer

    monkeypatch.setattr(artifact, "load", older)
    found = monitor(project, dataset)
    assert kinds(found) == {"volume"}
    assert any("was trained before training data were described in it" in note for note in found.notes)


def test_too_few_candidates_are_not_compared(dataset: Dataset, copied: Callable[..., Project]) -> None:
    found = monitor(copied(), dataset)
    assert any("are too few to compare with training (drift.min_rows = 100)" in note for note in found.notes)
    assert kinds(found) <= {"volume"}


def test_mature_rankings_are_held_to_their_promise(dataset: Dataset, copied: Callable[..., Project]) -> None:
    project = copied(drift=FEW)
    score(project, dataset, date(2025, 3, 31), "propensity:1")
    found = monitor(project, dataset)
    assert "outcome" in kinds(found)
    assert found.notes == ()
    told = found.document()["realised"]
    assert (told["dates"], told["groups"] > 0, told["low"] <= told["ratio"] <= told["high"]) == ((date(2025, 3, 31),), True, True)


def test_without_a_version_and_with_a_feature_gone_it_is_told(dataset: Dataset, copied: Callable[..., Project], tmp_path: Any) -> None:
    with pytest.raises(TrackingError, match="run `bgml train`"):
        monitor(small_project(tmp_path / "fresh"), dataset)
    with pytest.raises(ModelError, match='propensity:2 reads "people_7d", but the project has no such feature'):
        monitor(copied(features={"without": ["people_7d"]}, drift=FEW), dataset)

"""Versions as they were trained: on dates that neither knew, or why there are none."""

import datetime

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from bgml.data.dataset import Dataset
from bgml.evaluation.duel.contender import contender
from bgml.evaluation.duel.frozen import Frozen, frozen
from bgml.learning.examples import collect
from bgml.project import Project
from bgml.scoring import artifact
from tests.rivals import EARLY

LABELS = ("a", "b")


def test_dates_begin_where_both_were_trained_and_end_where_outcomes_are_known(rivals: Project, rivals_data: Dataset) -> None:
    pair = contender(rivals, "propensity:1"), contender(rivals, "contrary")
    found = frozen(rivals, rivals_data, *pair, labels=LABELS, draws=20)
    assert isinstance(found, Frozen)
    assert found.dates == (datetime.date(2025, 2, 17), datetime.date(2025, 3, 17), datetime.date(2025, 4, 14))
    assert found.dates[0] >= EARLY
    assert found.dates[-1] + datetime.timedelta(60) <= rivals_data.until < found.dates[-1] + datetime.timedelta(60 + 28)
    assert found.race.models == LABELS
    examples = collect(rivals, rivals_data, found.dates)
    scores = artifact.load(pair[0].version.folder, rivals).score(examples.frame())  # type: ignore[union-attr]
    days = examples.as_of.astype("datetime64[D]")
    expected = [roc_auc_score(examples.won[days == day], scores[days == day]) for day in np.unique(days)]
    assert found.race.estimate("a", "auc").value == pytest.approx(np.mean(expected)), "the stored model's scores, not refitted"
    assert found.counts.won_opportunities == examples.won_opportunities()


def test_why_there_are_none(rivals: Project, rivals_data: Dataset) -> None:
    early, late, file = (contender(rivals, name) for name in ("propensity:1", "propensity:3", "people_count"))
    assert frozen(rivals, rivals_data, early, late, labels=LABELS) == (
        "As they were trained they cannot be compared yet: the later one was trained as of 2025-06-30, what became of that date's groups "
        "is known from 2025-08-29 on, and data is until 2025-06-30."
    )
    said = "people_count is a file, not a trained version: nothing is compared as it was trained."
    assert frozen(rivals, rivals_data, early, file, labels=LABELS) == said


def test_a_rule_whose_file_is_gone_is_loaded_from_the_stored_one(moved: Project, rivals_data: Dataset) -> None:
    pair = contender(moved, "propensity:1"), contender(moved, "contrary")
    (moved.root / "models" / "contrary.py").unlink()
    assert isinstance(frozen(moved, rivals_data, *pair, labels=LABELS, draws=5), Frozen)


def test_a_version_that_cannot_be_scored_says_so(moved: Project, rivals_data: Dataset) -> None:
    first, second = contender(moved, "propensity:1"), contender(moved, "contrary")
    assert first.version is not None
    (first.version.folder / "model.txt").unlink()
    said = frozen(moved, rivals_data, first, second, labels=LABELS)
    assert isinstance(said, str)
    assert said.startswith("As they were trained they cannot be compared: ")
    assert "model.txt cannot be read" in said

"""Learning in two steps: what the rows with an opportunity become, and that it is learned from, with nothing but training rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from bgml.learning.fitting.estimators import TrainingSet, train
from bgml.learning.fitting.fit import fit
from bgml.learning.fitting.staged import OWN, staged
from bgml.scoring.calibration import sigmoid
from bgml.scoring.columns import Columns
from tests.made_up import made_up, propensity


@pytest.fixture(scope="module")
def begun(examples):
    """Every third row that did not win had an opportunity that was lost."""
    lost = np.random.default_rng(0).random(len(examples)) < 0.3
    return replace(examples, created=np.where((examples.won == 1) | lost, 1, 0).astype(np.float32))


@pytest.fixture(scope="module")
def lesson(begun):
    columns = Columns.of(begun.features, list(begun.features.columns))
    weight = np.where(begun.won == 1, 1.0, 2.0)
    return columns, TrainingSet(columns.matrix(begun.features, "m"), begun.won == 1, weight), begun.created == 1


def test_a_row_with_an_opportunity_has_the_chance_of_its_like_and_a_part_of_its_own_outcome(lesson):
    columns, data, created = lesson
    made = staged(propensity(), data, created, columns, threads=1)
    rows = np.flatnonzero(created)
    first = train(propensity(), TrainingSet(data.matrix[rows], data.won[rows], data.weight[rows]), columns, threads=1)
    expected = OWN * data.won[rows] + (1 - OWN) * sigmoid(first.margins(data.matrix[rows], 1))
    assert made.chance[rows] == pytest.approx(expected)
    assert (made.chance[~created] == 0).all()
    assert (made.won == data.won).all()


def test_the_chances_promise_about_as_many_wins_as_there_were(lesson):
    columns, data, created = lesson
    made = staged(propensity(), data, created, columns, threads=1)
    assert (made.chance * data.weight).sum() == pytest.approx(data.weight[data.won].sum(), rel=0.1)


def test_chances_of_0_and_1_are_learned_like_outcomes(lesson):
    columns, data, _ = lesson
    certain = train(propensity(), replace(data, chance=data.won.astype(float)), columns, threads=1)
    assert certain.margins(data.matrix, 1) == pytest.approx(train(propensity(), data, columns, threads=1).margins(data.matrix, 1), abs=1e-3)


@pytest.mark.parametrize("all_won", [True, False])
def test_nothing_changes_where_all_opportunities_were_won_or_none_was(lesson, all_won):
    columns, data, _ = lesson
    created = data.won if all_won else ~data.won
    assert staged(propensity(), data, created, columns, threads=1) is data


def test_lost_opportunities_are_learned_from_only_where_the_model_says_so(begun, settings):
    plain = replace(begun, created=None)
    texts = {
        name: fit(propensity(staged=asked), rows, settings, threads=1, name="m", calibrated=False).estimator.text
        for name, asked, rows in (("staged", True, begun), ("not asked", False, begun), ("not known", True, plain))
    }
    assert texts["not asked"] == texts["not known"] != texts["staged"]


def test_the_same_bits_for_any_number_of_threads(begun, settings):
    first, second = (fit(propensity(staged=True), begun, settings, threads=threads, name="m") for threads in (1, 3))
    assert first.estimator.text == second.estimator.text
    assert first.info == second.info


def test_chances_stay_those_of_winning_and_the_order_is_good(begun, settings):
    later = made_up(seed=1)
    scorer = fit(propensity(staged=True), begun, settings, threads=1, name="m")
    raw = scorer.score(later.frame())
    assert roc_auc_score(later.won, raw) > 0.7
    assert scorer.propensity(raw).mean() == pytest.approx(later.won.mean(), rel=0.35)


def test_what_became_of_opportunities_is_part_of_the_fingerprint(begun, settings):
    other = replace(begun, created=np.where(np.arange(len(begun)) == 0, 1 - begun.created, begun.created))
    prints = [fit(propensity(staged=True), rows, settings, threads=1, name="m").info["fingerprints"]["rows"] for rows in (begun, other)]
    assert prints[0] != prints[1]

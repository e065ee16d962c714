"""What an evaluation says of the model that made the newest ranking."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import pytest

from bgml.web.quality.evaluation import Evaluation
from bgml.web.quality.quality import Quality
from tests.web.evaluated import an_evaluation


def _snapshot(name="propensity", as_of="2025-06-30"):
    return SimpleNamespace(manifest={"model": {"name": name, "version": 2, "as_of": as_of}})


def _quality(name="propensity", **changes):
    found = Quality.of(Evaluation.of(an_evaluation(**changes)), _snapshot(name))
    assert found is not None
    return found


def test_it_is_about_the_model_in_use_or_nothing():
    evaluation = Evaluation.of(an_evaluation())
    assert _quality("lambdarank").at()["precision"][2].value == pytest.approx(0.41)
    assert Quality.of(evaluation, _snapshot("value")) is None
    assert Quality.of(evaluation, None) is None


def test_metrics_at_each_length_of_the_list():
    at = _quality().at()
    assert set(at) == {"precision", "recall", "lift", "amount"}
    assert [row.k for row in at["precision"]] == [10, 25, 50, 100]
    assert (at["precision"][2].low, at["precision"][2].high) == (pytest.approx(0.4), pytest.approx(0.48))


def test_the_difference_to_the_best_rule():
    assert _quality().difference().value == pytest.approx(0.13)
    assert _quality("points").difference() is None
    assert _quality("points").rival is None
    assert _quality(best_baseline=None).difference() is None
    document = an_evaluation()
    document["models"]["propensity"]["to_best_baseline"]["precision_at_50"] = {"value": None}
    assert _quality(models=document["models"]).difference() is None


def test_calibration_of_models_that_state_a_probability():
    found = _quality().calibration()
    assert found.slope.value == 0.9 and found.overall.value == 2.0 and found.bins[-1].won_opportunities == 10
    assert _quality("lambdarank").calibration() is None


def test_parts_of_the_test_are_means_of_the_dates_that_are_known():
    days = [f"2025-01-{day:02d}" for day in (6, 13, 20)]
    rows = [{"as_of": day, "model": "propensity", "precision_at_50": value} for day, value in zip(days, (0.2, None, 0.6), strict=True)]
    quality = _quality(dates=[*rows, {"as_of": days[2], "model": "points", "precision_at_50": 0.5}])
    assert [week.value for week in quality.by_week()] == [0.2, None, 0.6]
    assert quality.by_part(2) == [(date(2025, 1, 6), [0.2, None]), (date(2025, 1, 20), [0.6, 0.5])]


def test_gains_are_those_of_the_model_and_its_rival():
    assert list(_quality().gains().curves) == ["propensity", "points"]
    assert _quality("lambdarank").gains() is None, "the evaluation drew the best model alone"
    gains = an_evaluation()["gains"]
    gains["curves"]["points"]["found"][3] = None
    assert list(_quality(gains=gains).gains().curves) == ["propensity"]


@pytest.mark.parametrize(("as_of", "stale"), [("2025-06-30", False), ("2025-07-07", True), (None, False)])
def test_a_version_trained_on_later_data_makes_the_evaluation_stale(as_of, stale):
    assert _quality().stale(_snapshot(as_of=as_of)) is stale

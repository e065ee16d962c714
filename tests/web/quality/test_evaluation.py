"""The stored evaluation, as far as it is read; whatever else lies in its place is refused in one way."""

from __future__ import annotations

import copy
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bgml.web.quality.evaluation import Evaluation
from tests.web.evaluated import an_evaluation

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3), max_leaves=8,
)  # fmt: skip
READ = ("headline", "best_baseline", "data_until", "summary", "models", "calibration", "dates", "gains")


def test_what_is_read_of_an_evaluation():
    found = Evaluation.of(an_evaluation())
    assert (found.headline, found.best_baseline, found.data_until) == ("precision_at_50", "points", date(2025, 6, 30))
    assert found.models["propensity"].metrics["precision_at_50"].value == pytest.approx(0.44)
    assert len(found.calibration["propensity"].bins) == 10
    assert not found.calibration["propensity"].slope.bounded
    days = [week.as_of for week in found.weeks["propensity"]]
    assert len(days) == 26 and days == sorted(days)
    assert found.gains is not None and set(found.gains.curves) == {"propensity", "points", "truth"}


def test_weeks_are_put_in_order_and_those_without_a_value_stay():
    document = an_evaluation(dates=[
        {"as_of": "2025-01-13", "model": "propensity", "precision_at_50": None}, {"as_of": "2025-01-06", "model": "propensity"},
    ])  # fmt: skip
    weeks = Evaluation.of(document).weeks["propensity"]
    assert [(week.as_of.day, week.value) for week in weeks] == [(6, None), (13, None)]


def test_a_race_without_chapters_is_one():
    document = {name: value for name, value in an_evaluation().items() if name not in ("calibration", "gains", "dates")}
    found = Evaluation.of(document)
    assert (found.calibration, found.gains, found.weeks) == ({}, None, {})


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "many", [1]])
def test_a_number_that_is_none_is_refused(value):
    document = an_evaluation()
    document["models"]["propensity"]["metrics"]["precision_at_50"] = {"value": value}
    with pytest.raises(ValueError):
        Evaluation.of(document)


def test_curves_that_are_shorter_than_their_shares_are_refused():
    document = an_evaluation()
    document["gains"]["curves"]["propensity"]["low"].pop()
    with pytest.raises(ValueError, match="not as long as its shares"):
        Evaluation.of(document)


@given(name=st.sampled_from(READ), value=JSON)
def test_anything_in_place_of_a_part_is_read_or_refused(name, value):
    _read_or_refused({**an_evaluation(), name: value})


@given(value=st.dictionaries(st.sampled_from(READ), JSON))
def test_any_document_is_read_or_refused(value):
    _read_or_refused(copy.deepcopy(value))


def _read_or_refused(document):
    try:
        found = Evaluation.of(document)
    except ValueError:
        return
    assert isinstance(found.headline, str) and isinstance(found.models, dict)

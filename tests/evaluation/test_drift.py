"""Drift: what is more than training dates differ by, missing and new values, volume with the season taken out."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from bgml.config import DriftSection
from bgml.data.dataset import open_tables
from bgml.evaluation.drift import Drift, Finding, of_features, of_score, of_volume, worst_first
from bgml.learning.fitting.reference import described

THRESHOLDS = DriftSection()


def referred(rows=10_000, dates=1, **columns):
    """What training looked like, its rows spread over so many dates in turn."""
    kinds = {name: "number" if pd.api.types.is_numeric_dtype(values) else "category" for name, values in columns.items()}
    features = {name: described(values, kinds[name], np.arange(len(values)) % dates) for name, values in columns.items()}
    return {"rows": rows, "features": features}


def looked_at(reference, frame, tells=1.0):
    """Findings by kind and name."""
    found = of_features(reference, frame, THRESHOLDS, dict.fromkeys(reference["features"], tells))
    return {(finding.kind, finding.name): finding for finding in found}


def test_the_same_data_are_green_and_moved_data_red():
    draw = np.random.default_rng(2)
    reference = referred(x=pd.Series(draw.normal(size=10_000)))
    same, moved = (looked_at(reference, pd.DataFrame({"x": draw.normal(shift, size=2000)})) for shift in (0, 1))
    assert list(same) == [("feature", "x")]
    assert same["feature", "x"].level == "green"
    assert moved["feature", "x"].level == "red"
    assert moved["feature", "x"].value > 0.25


def test_a_feature_the_model_hardly_uses_is_yellow_at_worst():
    reference = referred(x=pd.Series(range(1000), dtype=float))
    finding = looked_at(reference, pd.DataFrame({"x": [5000.0] * 500}), tells=0.01)["feature", "x"]
    assert finding.level == "yellow"
    assert finding.sentence.endswith("; it does 1% of the model's work")


def test_few_rows_differ_by_chance_and_are_not_blamed():
    reference = referred(x=pd.Series(range(1000), dtype=float))
    few = pd.DataFrame({"x": [100.0, 400.0, 700.0, 720.0, 740.0, 990.0]})
    finding = looked_at(reference, few)["feature", "x"]
    assert finding.value > 0.25
    assert finding.level == "green"
    assert "without drift" in finding.sentence


def test_what_moves_all_groups_of_a_date_together_is_no_drift():
    """A column of the topic is one value at a date: every date is far from the others, today no farther."""
    draw = np.random.default_rng(3)
    dates = 50
    level = draw.normal(size=dates)
    of_date, of_group = pd.Series(level[np.arange(20_000) % dates]), pd.Series(draw.normal(size=20_000))
    reference = referred(20_000, dates, of_date=of_date, of_group=of_group)
    now = pd.DataFrame({"of_date": np.full(400, level[7]), "of_group": draw.normal(1, size=400)})
    found = looked_at(reference, now)
    assert found["feature", "of_date"].value > 2
    assert found["feature", "of_date"].level == "green"
    assert "without drift" in found["feature", "of_date"].sentence
    assert found["feature", "of_group"].level == "red"


def test_a_feed_that_breaks_is_red_though_dates_differ():
    """Dates differ a little, as seasons do; a column that is suddenly zero is farther than any of them."""
    draw = np.random.default_rng(4)
    dates, rows = 50, np.arange(50_000)
    season = np.sin(np.arange(dates) / 4)
    reference = referred(50_000, dates, x=pd.Series(draw.poisson(np.exp(1.5 + 0.3 * season[rows % dates])).astype(float)))
    usual, broken = (pd.DataFrame({"x": draw.poisson(np.exp(mean), 800).astype(float)}) for mean in (1.7, -2.0))
    assert looked_at(reference, usual)["feature", "x"].level == "green"
    assert looked_at(reference, broken)["feature", "x"].level == "red"


def test_what_is_missing_on_some_dates_of_training_may_be_missing_now():
    values = pd.Series(np.where(np.arange(10_000) % 10 < 3, np.nan, 1.0))
    now = pd.DataFrame({"x": [np.nan] * 300})
    assert ("missing", "x") not in looked_at(referred(10_000, 10, x=values), now)
    assert looked_at(referred(10_000, 1, x=values), now)["missing", "x"].level == "red"


def test_missing_values_and_new_categories():
    reference = referred(n=pd.Series([1.0] * 90 + [np.nan] * 10), c=pd.Series(["a"] * 50 + ["b"] * 50))
    frame = pd.DataFrame({"n": [1.0] * 60 + [np.nan] * 40, "c": ["a"] * 45 + ["b"] * 50 + ["new"] * 5})
    found = looked_at(reference, frame)
    assert (found["missing", "n"].level, found["missing", "n"].value) == ("red", pytest.approx(0.3))
    assert found["missing", "n"].sentence == "missing in 40%, 10% in training"
    assert (found["category", "c"].level, found["category", "c"].value) == ("yellow", pytest.approx(0.05))
    assert found["category", "c"].sentence == "5.0% of groups have values new since training: new"
    assert ("missing", "c") not in found


def test_the_score_is_judged_like_a_feature():
    scores = np.linspace(-3, 3, 1000)
    reference = {"rows": 1000, "features": {}, "score": described(pd.Series(scores), "number", np.zeros(1000, np.int64))}
    assert of_score(reference, scores, THRESHOLDS).level == "green"
    assert of_score(reference, scores + 3, THRESHOLDS).level == "red"


def volume(days_and_numbers, category="named", recorded=None):
    """Findings on signals, so many on each day before 2025-01-06."""
    as_of = pd.Timestamp("2025-01-06")
    days = np.concatenate([np.full(n, day) for day, n in days_and_numbers])
    signals = pd.DataFrame({
        "signal_id": [f"s{number}" for number in range(len(days))], "account_id": "a", "person_id": "p", "topic": "x", "category": category,
        "action": "visit", "occurred_at": (as_of - pd.to_timedelta(days, "D")).astype("datetime64[us]"),
    })  # fmt: skip
    if recorded is not None:
        signals["recorded_at"] = pd.Timestamp(recorded)
    deals = pd.DataFrame({
        "opportunity_id": ["o"], "account_id": ["a"], "topic": ["x"], "created_at": [as_of], "closed_at": [pd.NaT], "outcome": ["open"],
    })  # fmt: skip
    deals["closed_at"] = deals["closed_at"].astype("datetime64[us]")
    dataset = open_tables({"accounts": pd.DataFrame({"account_id": ["a"]}), "signals": signals, "opportunities": deals})
    return list(of_volume(dataset, date(2025, 1, 6), THRESHOLDS))


@pytest.mark.parametrize(("recent", "level"), [(4, "green"), (3, "green"), (5, "green"), (2, "red"), (7, "red"), (0, "red")])
def test_volume_of_four_weeks_against_thirteen(recent, level):
    (finding,) = volume([*((day, recent) for day in range(1, 29)), *((day, 4) for day in range(29, 120))])
    assert finding.value == pytest.approx(recent / 4 - 1)
    assert finding.level == level
    assert "no year before to compare with" in finding.sentence


def test_a_season_that_comes_every_year_is_no_drift():
    once = [*((day, 2) for day in range(1, 29)), *((day, 4) for day in range(29, 120))]
    both = [(day + shift, n) for shift in (0, 364) for day, n in once]
    (finding,) = volume(both)
    assert (finding.level, finding.value) == ("green", pytest.approx(0))
    assert "0.50 times a year before" in finding.sentence


def test_a_category_too_small_to_tell_is_left_out():
    assert volume([(1, 30), (60, 100)]) == []


def test_the_worst_stands_first_and_gives_the_level():
    findings = [Finding("score", "score", "green", 0.2, ""), Finding("feature", "a", "yellow", 0.1, ""),
                Finding("feature", "b", "yellow", 0.2, ""), Finding("volume", "named", "red", -0.9, "")]  # fmt: skip
    ordered = worst_first(findings)
    assert [finding.name for finding in ordered] == ["named", "b", "a", "score"]
    drift = Drift("m:1", date(2024, 1, 1), date(2024, 6, 3), 10, ordered, ())
    assert (drift.level, drift.document()["level"]) == ("red", "red")
    assert Drift("m:1", date(2024, 1, 1), date(2024, 6, 3), 10, (), ()).level == "green"

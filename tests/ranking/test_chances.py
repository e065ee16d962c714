from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bgml.learning.fitting.calibrate import fit_calibration
from bgml.ranking.chances import behind, chances, shown


@pytest.mark.parametrize(
    ("propensity", "low", "high", "said"),
    [
        (0.319, 0.29, 0.35, "32%"),
        (0.319, 0.26, 0.38, "30%"),
        (0.319, 0.20, 0.46, "20-50%"),
        (0.0123, 0.0098, 0.0155, "1.2%"),
        (0.0123, 0.004, 0.03, "0.5-3%"),
        (0.03, 0.001, 0.06, "under 6%"),
        (0.95, 0.93, 0.97, "96%"),
        (0.97, 0.72, 0.985, "97%"),
        (None, 0.1, 0.2, ""),
        (float("nan"), 0.1, 0.2, ""),
    ],
)
def test_no_more_digits_than_the_interval_allows(propensity: float | None, low: float, high: float, said: str) -> None:
    assert shown(propensity, low, high) == said


@pytest.mark.parametrize(("propensity", "said"), [(0.319, "30%"), (0.0319, "3%"), (0.00319, "0.3%"), (0.96, "96%"), (0.5, "50%")])
def test_without_an_interval_one_digit(propensity: float, said: str) -> None:
    assert shown(propensity) == said


@given(st.floats(0.001, 0.99), st.floats(0.01, 0.6), st.floats(0.01, 0.6))
def test_what_is_shown_stays_inside_the_interval(propensity: float, below: float, above: float) -> None:
    low, high = propensity * (1 - below), propensity + (1 - propensity) * above
    said = shown(propensity, low, high)
    numbers = [float(part) / 100 for part in re.findall(r"[\d.]+", said)]
    if len(numbers) == 1 and not said.startswith("under"):
        assert low <= numbers[0] <= high
    else:
        step = min(propensity - low, high - propensity)
        assert abs(numbers[-1] - high) <= step / 2 + 1e-9


def test_a_ranking_is_shown_by_its_own_curve() -> None:
    random = np.random.default_rng(0)
    raw = random.normal(0, 1.5, 20_000)
    won = random.random(20_000) < 1 / (1 + np.exp(3 - raw))
    scores = np.array([4.0, 2.0, 0.0, -3.0])
    said = {}
    for deals in (20, int(won.sum())):
        curve = fit_calibration(raw, won, deals, "smooth")
        table = pa.table({"score": scores, "propensity": curve.propensity(scores)})
        said[deals] = chances(table, {"calibration": curve.record()})
    few, many = said.values()
    assert "-" in few[1]
    assert "-" not in many[1]
    assert many[1].endswith("%")


def test_older_rankings_without_a_curve_and_rules_without_propensities() -> None:
    assert chances(pa.table({"score": [1.0], "propensity": [0.319]}), {}) == ["30%"]
    assert chances(pa.table({"score": [1.0], "propensity": pa.array([None], pa.float64())}), {"calibration": None}) == [""]


def test_the_evidence_is_counted() -> None:
    assert behind({"calibrated_on": 1234}) == "Chances are rounded to what the 1,234 distinct wins behind them can tell."
    assert behind({}) == ""

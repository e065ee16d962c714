from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss

from bgml.evaluation.race.reliability import LEAST, WonBy, bin_edges, brier, logistic_line, reliability
from bgml.evaluation.race.scored import Scored


def stated(propensity: Any, won: Any, account: Any = None, deals: list[tuple[int, str]] | None = None) -> Scored:
    """One date's candidates of a model "a" that states these propensities."""
    propensity, won = np.asarray(propensity, float), np.asarray(won, bool)
    rows = np.arange(len(won)) if account is None else np.asarray(account)
    found = {} if deals is None else {"deals": pd.DataFrame(deals, columns=["row", "opportunity_id"]).assign(amount=np.nan)}
    return Scored(
        as_of=np.full(len(won), np.datetime64("2024-01-01")),
        account=rows.astype(np.int32),
        topic=np.zeros(len(won), np.int32),
        won=won,
        amount=np.full(len(won), np.nan),
        scores={"a": propensity},
        propensities={"a": propensity},
        **found,
    )


def drawn(seed: int, rows: int = 3000, slope: float = 1.0) -> Scored:
    """Candidates whose log odds of winning are `slope` times what is stated."""
    random = np.random.default_rng(seed)
    log_odds = random.normal(-2, 1.2, rows)
    return stated(1 / (1 + np.exp(-log_odds)), random.random(rows) < 1 / (1 + np.exp(-slope * log_odds)))


def test_the_parts_of_the_brier_score_by_hand() -> None:
    propensity, won = np.array([0.2, 0.2, 0.2, 0.2, 0.6, 0.6]), np.array([0, 0, 0, 1, 1, 1], bool)
    found = brier(propensity, won, np.array([0, 0, 0, 0, 1, 1]))
    assert found.reliability == pytest.approx((4 * (0.2 - 0.25) ** 2 + 2 * (0.6 - 1) ** 2) / 6)
    assert found.resolution == pytest.approx((4 * (0.25 - 0.5) ** 2 + 2 * (1 - 0.5) ** 2) / 6)
    assert found.uncertainty == 0.25
    assert found.value == pytest.approx(brier_score_loss(won, propensity))
    assert found.remainder == pytest.approx(0, abs=1e-12)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6))
def test_the_parts_add_up_to_what_scikit_learn_says(seed: int) -> None:
    scored = drawn(seed, rows=200)
    if not scored.won.any():
        return
    found = reliability(scored, ["a"], draws=0)["a"].brier
    parts = found.reliability - found.resolution + found.uncertainty + found.remainder
    assert parts == pytest.approx(found.value)
    assert found.value == pytest.approx(brier_score_loss(scored.won, scored.propensities["a"]))
    assert found.uncertainty == pytest.approx(scored.won.mean() * (1 - scored.won.mean()))


def test_bins_are_those_of_a_calibration_curve() -> None:
    random = np.random.default_rng(0)
    propensity = np.repeat([0.1, 0.3, 0.7], 200)
    scored = stated(propensity, random.random(600) < propensity)
    found = reliability(scored, ["a"], draws=0)["a"].bins
    share, predicted = calibration_curve(scored.won, propensity, n_bins=5, strategy="uniform")
    assert [one.observed.value for one in found] == pytest.approx(share.tolist())
    assert [one.predicted for one in found] == pytest.approx(predicted.tolist())
    assert [one.rows for one in found] == [200, 200, 200]


def test_every_bin_holds_enough_distinct_deals_and_all_rows_are_in_one() -> None:
    scored = drawn(1)
    found = reliability(scored, ["a"], draws=20)["a"].bins
    assert len(found) > 5
    assert all(one.won_opportunities >= LEAST for one in found)
    assert sum(one.rows for one in found) == len(scored)
    assert [one.end for one in found[:-1]] == [one.start for one in found[1:]]
    assert all(one.observed.low <= one.observed.value <= one.observed.high for one in found)


def test_a_deal_on_many_rows_fills_no_bin() -> None:
    scored = stated(np.linspace(0.01, 0.99, 100), np.arange(100) >= 60, deals=[(row, f"o{row % 4}") for row in range(60, 100)])
    (one,) = reliability(scored, ["a"], draws=0)["a"].bins
    assert one.won_opportunities == 4
    assert one.rows == 100


def test_groups_count_where_the_target_is_no_deal() -> None:
    scored = replace(stated([0.1] * 6, [1, 1, 1, 0, 1, 0], account=[0, 0, 1, 1, 2, 2]), topic=np.array([0, 0, 0, 0, 1, 1], np.int32))
    assert WonBy.of(scored).distinct(np.ones(6, bool)) == 3
    assert WonBy.of(scored).distinct(np.array([1, 1, 0, 0, 0, 0], bool)) == 1


def test_equal_propensities_are_never_parted() -> None:
    propensity = np.repeat([0.1, 0.5], [90, 10])
    deals = WonBy(np.arange(100), np.arange(100))
    assert bin_edges(propensity, deals, least=5).tolist() == [0.1, 0.5]
    assert bin_edges(propensity, deals, least=11).tolist() == [0.1]


@pytest.mark.parametrize("slope", [0.6, 1.0, 1.7])
def test_a_known_slope_is_found_and_lies_in_its_interval(slope: float) -> None:
    found = reliability(drawn(3, rows=8000, slope=slope), ["a"], draws=100)["a"]
    assert found.slope.value == pytest.approx(slope, abs=0.1)
    assert found.slope.low < slope < found.slope.high
    assert found.slope.high - found.slope.low < 0.4


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.2, 2.5), st.floats(-4, 2))
def test_slope_and_intercept_equal_scikit_learns(seed: int, slope: float, intercept: float) -> None:
    random = np.random.default_rng(seed)
    log_odds = random.normal(-3, 2, 400)
    won = random.random(400) < 1 / (1 + np.exp(-(intercept + slope * log_odds)))
    won[:4] = [True, False, True, False]
    fitted = LogisticRegression(C=np.inf, tol=1e-10, max_iter=2000).fit(log_odds[:, None], won)
    found = logistic_line(log_odds, np.ones((400, 1)), won[:, None].astype(float))
    assert found[:, 0] == pytest.approx([fitted.coef_[0, 0], fitted.intercept_[0]], rel=1e-3, abs=1e-3)


def test_weights_count_as_copies() -> None:
    random = np.random.default_rng(0)
    log_odds, copies = random.normal(size=60), random.integers(0, 4, 60)
    won = random.random(60) < 0.4
    weighted = logistic_line(log_odds, copies[:, None].astype(float), (copies * won)[:, None].astype(float))
    repeated = np.repeat(np.arange(60), copies)
    plain = logistic_line(log_odds[repeated], np.ones((len(repeated), 1)), won[repeated][:, None].astype(float))
    assert weighted == pytest.approx(plain)


@pytest.mark.parametrize(
    ("log_odds", "won"),
    [([-1.0, 1.0], [0.0, 1.0]), ([-1.0, 1.0], [0.0, 0.0]), ([-1.0, 1.0], [1.0, 1.0]), ([-1.0, -1.0], [0.0, 1.0])],
    ids=["wholly apart", "no winner", "no loser", "one value"],
)
def test_no_slope_where_there_is_none(log_odds: list[float], won: list[float]) -> None:
    assert np.isnan(logistic_line(np.array(log_odds), np.ones((2, 1)), np.array(won)[:, None])).all()


def test_intervals_redraw_accounts_not_rows() -> None:
    alone = drawn(5, rows=2000)
    often = stated(np.tile(alone.propensities["a"], 4), np.tile(alone.won, 4), account=np.tile(np.arange(2000), 4))
    once, four = (reliability(one, ["a"], draws=200)["a"].slope for one in (alone, often))
    assert four.value == pytest.approx(once.value, rel=1e-6)
    assert four.high - four.low == pytest.approx(once.high - once.low, rel=0.05)


def test_the_threads_change_nothing_and_silent_models_are_left_out() -> None:
    scored = drawn(6, rows=500)
    scored = replace(scored, scores={**scored.scores, "silent": scored.scores["a"]})
    one, two = (reliability(scored, ["silent", "a"], draws=100, threads=threads) for threads in (1, 2))
    assert list(one) == ["a"]
    assert one == two

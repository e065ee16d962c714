from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm, t

from bgml.errors import ModelError
from bgml.evaluation.race.intervals import (
    FEWEST,
    LEVEL,
    MUCH,
    Race,
    Worth,
    equal_accounts,
    estimate_of,
    estimate_of_metric,
    level_at,
    level_for,
    race,
    reach,
)  # fmt: skip
from bgml.evaluation.race.metrics import METRICS, SHARES, Tally, mean_over_dates, per_date
from bgml.evaluation.race.scored import Scored

Make = Callable[..., Scored]


@settings(max_examples=60)
@given(seed=st.integers(0, 50), tied=st.booleans())
def test_a_multiplicity_is_the_same_as_that_many_copies(random_scored: Make, seed: int, tied: bool) -> None:
    one = random_scored(seed, rows=120, accounts=15, tied=tied)
    weights = np.random.default_rng(seed).integers(0, 4, (15, 5)).astype(np.uint8)
    counted, winners = Tally(one, "model_1").count(weights)
    for draw in range(5):
        copies = np.repeat(np.arange(len(one)), weights[one.account, draw])
        copied = Scored(one.as_of[copies], one.account[copies], one.topic[copies], one.won[copies], one.amount[copies],
                        {"model_1": one.scores["model_1"][copies]}, {"model_1": one.propensities["model_1"][copies]})  # fmt: skip
        plain = per_date(copied).set_index("as_of")[list(METRICS)].reindex(one.dates)
        np.testing.assert_allclose(counted[:, :, draw], plain.to_numpy(), rtol=1e-9, atol=1e-12)
        expected = [copied.propensities["model_1"][copied.as_of == date].sum() for date in one.dates]
        np.testing.assert_allclose(winners[:, 0, draw], expected, rtol=1e-9)


def test_the_value_is_the_mean_over_dates(random_scored: Make) -> None:
    one = random_scored(3)
    run = race(one, draws=20)
    means = mean_over_dates(per_date(one)).set_index(["model", "metric"])
    for model in one.models:
        for metric in METRICS:
            estimate = run.estimate(model, metric)
            assert estimate.value == pytest.approx(means.loc[(model, metric), "value"])
            assert estimate.low <= estimate.high


def test_the_seed_decides_and_threads_do_not(random_scored: Make) -> None:
    one = random_scored(4)
    first, second, other = race(one, draws=130, seed=1), race(one, draws=130, seed=1, threads=2), race(one, draws=130, seed=2)
    assert first.sums.tobytes() == second.sums.tobytes()
    assert first.sums.tobytes() != other.sums.tobytes()
    assert first.sums[..., 0].tobytes() == other.sums[..., 0].tobytes()


def test_a_model_against_its_twin_differs_by_nothing(random_scored: Make) -> None:
    one = random_scored(5)
    twins = replace(one, scores={"a": one.scores["model_0"], "b": 2 * one.scores["model_0"] + 1}, propensities={})
    difference = race(twins, draws=50).difference("a", "b", "precision_at_10")
    assert (difference.value, difference.low, difference.high) == (0.0, 0.0, 0.0)
    assert not difference.excludes_zero


def test_the_interval_of_a_difference_is_paired(random_scored: Make) -> None:
    """Two nearly equal models: their difference is far surer than either value."""
    one = random_scored(6, rows=3000, accounts=300)
    rng = np.random.default_rng(0)
    pair = replace(one, scores={"a": one.scores["model_0"], "b": one.scores["model_0"] + 0.05 * rng.normal(size=len(one))}, propensities={})
    run = race(pair, draws=200)
    difference, alone = run.difference("a", "b", "auc"), run.estimate("a", "auc")
    assert difference.high - difference.low < 0.2 * (alone.high - alone.low)


def test_folds_add_up_to_the_whole(random_scored: Make) -> None:
    one = random_scored(7, dates=4)
    run = race(one, draws=10)
    assert run.folds.tolist() == [0, 1]
    per_fold = [run.estimate("model_0", "precision_at_10", fold=fold).value for fold in (0, 1)]
    dates = [int((run.date_folds == fold).sum()) for fold in (0, 1)]
    assert run.estimate("model_0", "precision_at_10").value == pytest.approx(np.average(per_fold, weights=dates))


def test_accounts_are_the_unit_that_is_drawn(scored: Make) -> None:
    """One account: every draw is the data itself, however many groups it has."""
    one = scored([[(float(score), score % 3 == 0) for score in range(30)]], accounts=[7] * 30)
    estimate = race(one, draws=30).estimate("a", "precision_at_100")
    assert (estimate.low, estimate.high) == pytest.approx((estimate.value, estimate.value))


def test_a_metric_without_any_value_is_unknown(scored: Make) -> None:
    estimate = race(scored([[(2.0, False), (1.0, False)]]), draws=10).estimate("a", "auc")
    assert math.isnan(estimate.value)
    assert math.isnan(estimate.low)
    assert estimate.undefined_dates == 1


def test_predicted_over_observed(scored: Make) -> None:
    run = race(scored([[(0.5, True), (0.25, False), (0.25, False)]], propensity=True), draws=10)
    assert run.predicted_over_observed("a").value == pytest.approx(1.0)
    assert math.isnan(race(scored([[(0.5, True)]]), draws=1).predicted_over_observed("a").value)


def test_without_draws_there_is_a_value_and_no_interval(scored: Make) -> None:
    estimate = race(scored([[(2.0, True), (1.0, False)]]), draws=0).estimate("a", "precision_at_10")
    assert estimate.value == 0.5
    assert math.isnan(estimate.low)


def test_an_unknown_model_names_the_nearest(random_scored: Make) -> None:
    run: Race = race(random_scored(8), draws=1)
    with pytest.raises(ModelError, match='did you mean "model_0"'):
        run.estimate("model0", "auc")


def test_the_percentiles_are_those_of_the_expanded_interval_by_hand() -> None:
    tail = 100 * norm.cdf(-t.ppf(0.975, 9) * np.sqrt(10 / 9))
    assert level_for(np.arange(10)) == pytest.approx((tail, 100 - tail))
    assert level_for(np.repeat(np.arange(10), 7)) == pytest.approx((tail, 100 - tail))


def test_many_accounts_need_no_widening_few_and_unequal_ones_do() -> None:
    assert level_for(np.arange(100_000)) == pytest.approx(LEVEL, abs=1e-3)
    lows = [level_for(np.arange(number))[0] for number in (3, 5, 10, 20, 50, 500)]
    assert lows == sorted(lows)
    # One account with half of the winning rows leaves the evidence of fewer accounts.
    uneven = np.concatenate([np.zeros(20, int), np.arange(1, 21)])
    assert level_for(uneven)[0] < level_for(np.arange(21))[0]


@pytest.mark.parametrize("winners", [0, 1, 2])
def test_where_hardly_anybody_won_the_interval_is_all_that_was_drawn(winners: int) -> None:
    draws = np.concatenate([[0.5], np.linspace(0, 1, 101)])
    found = estimate_of(draws, level=level_for(np.arange(winners)))
    assert (found.low, found.high) == pytest.approx((0, 1), abs=1e-6)


def test_the_worth_of_accounts_by_hand() -> None:
    assert equal_accounts(np.array([4, 4, 7, 9, 1])) == pytest.approx(25 / (4 + 1 + 1 + 1))
    assert equal_accounts(np.array([4, 4, 7, 9, 1]), np.array([5.0, 5.0, 10.0, 10.0, 10.0])) == pytest.approx(4)
    # One deal that is nearly all leaves hardly anything to go by, and nothing is less than that.
    assert equal_accounts(np.arange(5), np.array([1.0, 1, 1, 1, 1000])) == FEWEST
    assert equal_accounts(np.arange(5), np.zeros(5)) == equal_accounts(np.zeros(0, np.int64)) == FEWEST


@given(rows=st.lists(st.tuples(st.integers(0, 9), st.floats(0.01, 1e6)), min_size=1, max_size=40))
def test_accounts_are_worth_their_number_at_most(rows: list[tuple[int, float]]) -> None:
    account, weight = np.array([account for account, _ in rows]), np.array([weight for _, weight in rows])
    for found in (equal_accounts(account), equal_accounts(account, weight)):
        assert FEWEST <= found <= max(len(np.unique(account)) * (1 + 1e-9), FEWEST)


def test_a_share_has_a_logit_interval_and_an_amount_one_on_the_logarithm_by_hand() -> None:
    far = t.ppf(0.975, 19) * np.sqrt(20 / 19)
    shares = np.concatenate([[0.2], 0.2 + 0.05 * np.array([-1.0, 1.0] * 50)])
    found, log_odds = estimate_of_metric("auc", shares, 20), np.log(0.2 / 0.8)
    assert (found.low, found.high) == pytest.approx([1 / (1 + np.exp(-log_odds + way * far * 0.05 / 0.16)) for way in (1, -1)])
    amounts = np.concatenate([[1000.0], 1000 + 300 * np.array([-1.0, 1.0] * 50)])
    found = estimate_of_metric("amount_at_50", amounts, 20)
    assert (found.low, found.high) == pytest.approx([1000 * np.exp(way * far * 0.3) for way in (-1, 1)])
    assert estimate_of_metric("lift_at_50", amounts, 20) == estimate_of(amounts, level=level_at(20))


@given(
    draws=st.lists(st.floats(0, 1), min_size=2, max_size=50), metric=st.sampled_from([*sorted(SHARES), "amount_at_10"]),
    worth=st.floats(FEWEST, 1e6),
)  # fmt: skip
def test_the_interval_holds_the_value_and_stays_where_the_metric_can_be(draws: list[float], metric: str, worth: float) -> None:
    found = estimate_of_metric(metric, np.array(draws), worth)
    assert found.low >= 0 and (found.high <= 1 or metric not in SHARES)
    if 0 < found.value < 1:
        assert found.low <= found.value <= found.high


def test_few_accounts_reach_far_and_very_many_no_further_than_the_normal() -> None:
    assert reach(MUCH.rows) == pytest.approx(norm.ppf(0.975))
    assert [reach(worth) for worth in (FEWEST, 10, 100)] == sorted([reach(worth) for worth in (FEWEST, 10, 100)], reverse=True)


def test_a_race_goes_by_the_accounts_that_won_and_an_amount_by_what_they_brought(random_scored: Make) -> None:
    one = random_scored(3, rows=600, accounts=60)
    run = race(one, draws=200)
    won = one.won
    assert run.worth == Worth(equal_accounts(one.account[won]), equal_accounts(one.account[won], np.nan_to_num(one.amount[won])))
    assert [part.rows for part in run.fold_worth] == [equal_accounts(one.account[won & (one.fold == fold)]) for fold in run.folds]
    plain = replace(run, worth=MUCH, fold_worth=())
    for metric in ("auc", "amount_at_10", "lift_at_10"):
        for fold in (None, *run.folds.tolist()):
            wide, narrow = (part.estimate("model_0", metric, fold) for part in (run, plain))
            assert wide.low <= narrow.low < narrow.high < wide.high
    difference = run.difference("model_0", "model_1", "auc")
    assert difference.low < plain.difference("model_0", "model_1", "auc").low
    large = replace(one, amount=np.where(np.arange(len(one)) == np.flatnonzero(won)[0], 1e9, one.amount))
    assert race(large, draws=5).worth == Worth(run.worth.rows, FEWEST)

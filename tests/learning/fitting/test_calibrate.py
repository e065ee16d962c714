from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta

from bgml.learning.fitting.calibrate import account_folds, fit_calibration, newest
from bgml.scoring.calibration import ROOM, SHIFT, sigmoid
from tests.made_up import made_up


def test_folds_part_the_accounts_with_winners_dealt_out_evenly(examples):
    fold = account_folds(examples, seed=0)
    winners = np.unique(examples.account[examples.won == 1])
    counts = np.bincount(fold[winners], minlength=5)
    assert set(fold) == {0, 1, 2, 3, 4}
    assert counts.max() - counts.min() <= 1
    assert (fold == account_folds(examples, seed=0)).all()
    assert (fold != account_folds(examples, seed=1)).any()


def test_the_newest_slice_is_as_long_as_asked_where_it_has_the_wins():
    examples = made_up(groups=600, dates=30)
    chosen = newest(examples, days=91, won=20)
    assert len(np.unique(examples.as_of[chosen])) == 13
    assert examples.as_of[chosen].max() == examples.as_of.max()


def test_the_newest_slice_grows_until_it_has_the_wins():
    examples = made_up(groups=100, dates=30)
    late = examples.take(~((examples.as_of > np.datetime64("2024-03-01")) & (examples.won == 1)))
    chosen = newest(late, days=28, won=5)
    assert examples.take(chosen).won_opportunities() >= 5
    assert late.as_of[chosen].min() <= np.datetime64("2024-03-01")


def test_the_newest_slice_ends_where_no_more_wins_are_found(examples):
    once = examples.take((examples.won == 0) | (examples.account % 8 == (examples.as_of - examples.as_of.min()).astype(int) // 7))
    assert newest(once, days=7, won=10**6).all()
    assert newest(examples, days=7, won=10**6).mean() == 1 / 8


@pytest.mark.parametrize("method", ["smooth", "sigmoid"])
def test_a_curve_that_is_a_sigmoid_is_found(method):
    random = np.random.default_rng(0)
    raw = random.normal(0, 1.5, 50_000)
    won = random.random(50_000) < sigmoid(raw - 3)
    calibration = fit_calibration(raw, won, int(won.sum()), method)
    at = np.array([-1.0, 0.0, 1.0, 2.0, 3.0])
    assert calibration.propensity(at) == pytest.approx(sigmoid(at - 3), rel=0.15)


def test_the_smooth_curve_bends_where_the_data_does():
    random = np.random.default_rng(0)
    raw = random.normal(0, 1, 100_000)
    truth = np.where(raw < 0.5, 0.02, 0.02 + 0.3 * (raw - 0.5))
    won = random.random(len(raw)) < truth
    smooth, plain = (fit_calibration(raw, won, int(won.sum()), method) for method in ("smooth", "sigmoid"))
    error = {c.method: np.abs(c.propensity(raw) - truth).mean() for c in (smooth, plain)}
    assert error["smooth"] < 0.7 * error["sigmoid"]


def test_few_deals_on_many_dates_keep_the_curve_near_a_sigmoid():
    random = np.random.default_rng(0)
    raw = random.normal(0, 1, 20_000)
    won = random.random(len(raw)) < np.where(raw < 1, 0.01, 0.2)
    many, few = (fit_calibration(raw, won, deals, "smooth") for deals in (int(won.sum()), 5))
    assert np.ptp(np.log(few.slopes)) < np.ptp(np.log(many.slopes)) / 2


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(["normal", "counts", "heavy"]), st.sampled_from(["smooth", "sigmoid"]))
def test_propensities_rise_strictly_and_are_right_on_average(seed, shape, method):
    random = np.random.default_rng(seed)
    raw = {"normal": random.normal(size=500), "counts": random.poisson(1, 500) * 1.0, "heavy": random.standard_cauchy(500)}[shape]
    won = random.random(500) < 0.1
    won[:2] = True, False
    calibration = fit_calibration(raw, won, int(won.sum()), method)
    propensity = calibration.propensity(np.unique(raw))
    certain = shape == "heavy"  # an outlier's logit may be beyond what floats tell from 1
    assert ((propensity > 0) & (propensity < 1)).all() or certain
    assert (np.diff(propensity) > 0).all() or certain
    assert (np.diff(propensity) >= 0).all()
    assert calibration.propensity(raw).mean() == pytest.approx(won.mean(), rel=0.02)


def test_one_score_for_all_gives_the_base_rate():
    won = np.arange(100) < 10
    assert fit_calibration(np.zeros(100), won, 10, "smooth").propensity([0.0]) == pytest.approx([0.1], rel=1e-3)


def drawn_curve(deals_share=1.0, rows=30_000, seed=0):
    random = np.random.default_rng(seed)
    raw = random.normal(0, 1.5, rows)
    won = random.random(rows) < sigmoid(raw - 3)
    return fit_calibration(raw, won, int(won.sum() * deals_share), "smooth"), raw, won


def test_the_interval_holds_the_truth_and_widens_with_fewer_deals():
    at = np.array([-2.0, 0.0, 2.0, 4.0])
    many, few = drawn_curve()[0], drawn_curve(deals_share=0.02)[0]
    for curve in (many, few):
        low, high = curve.interval(at)
        assert (low < sigmoid(at - 3)).all()
        assert (sigmoid(at - 3) < high).all()
        assert (low < curve.propensity(at)).all()
        assert (curve.propensity(at) < high).all()
    assert (np.diff(few.interval(at), axis=0) > 1.2 * np.diff(many.interval(at), axis=0)).all()


def test_the_interval_is_that_of_refits_on_redrawn_rows():
    """Laplace's width against the bootstrap's; SHIFT, which no redrawing shows, is taken out."""
    curve, raw, won = drawn_curve(rows=8000)
    random, at = np.random.default_rng(1), np.array([0.0, 1.5, 3.0])
    refits = []
    for _ in range(60):
        rows = random.integers(0, len(raw), len(raw))
        propensity = fit_calibration(raw[rows], won[rows], int(won[rows].sum()), "smooth").propensity(at)
        refits.append(np.log(propensity / (1 - propensity)))
    low, high = (np.log(end / (1 - end)) for end in curve.interval(at))
    spread = np.sqrt(((high - low) / (2 * 1.959964)) ** 2 - SHIFT**2)
    assert spread == pytest.approx(np.std(refits, axis=0), rel=0.45)


def test_no_propensity_is_higher_than_the_deals_support():
    """Of the twenty highest scores every other one won: nobody is promised more than ten in twenty may mean."""
    raw = np.concatenate([np.linspace(5, 6, 20), np.linspace(-3, 4, 2000)])
    won = np.concatenate([np.arange(20) % 2 == 0, np.arange(2000) % 40 == 0])
    curve = fit_calibration(raw, won, int(won.sum()), "sigmoid")
    bound = beta.ppf(0.975, 10.5, 10.5)
    assert 0.95 * bound < curve.propensity([1e6])[0] < bound
    assert (np.diff(curve.propensity([4.0, 10.0, 100.0, 1e4])) > 0).all()


def test_a_score_shared_by_winners_and_others_counts_whole():
    won = np.arange(200) < 20
    curve = fit_calibration(np.zeros(200), won, 20, "smooth")
    assert sigmoid(np.array(curve.ceiling + ROOM)) == pytest.approx(beta.ppf(0.975, 20.5, 180.5), rel=1e-6)


def test_few_deals_bound_the_extremes_more_than_many():
    few, many = drawn_curve(deals_share=0.05)[0], drawn_curve()[0]
    assert few.ceiling < many.ceiling < 40
    assert many.propensity([1e3]) > few.propensity([1e3])

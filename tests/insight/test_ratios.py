"""Ratios: the crude one is plain arithmetic, the standardised one takes confounding out, few deals give no interval."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bgml.insight.ratios import Sample, compare


def sample(values, accounts=None, strata=None):
    rows = pd.DataFrame({"account_id": accounts if accounts is not None else range(len(values)), "value": np.asarray(values, float)})
    if strata is not None:
        rows["segment"] = strata
    return Sample(rows, pd.DataFrame({"row": np.arange(len(rows)), "opportunity_id": np.arange(len(rows))}))


def ratio(values, side, statistic="mean", **more):
    return compare(sample(values, **more), np.asarray(side), statistic, ("with", "without"), measure="m",
                   strata=("segment",) if "strata" in more else (), draws=200)  # fmt: skip


@given(st.lists(st.tuples(st.floats(1, 1000), st.integers(-1, 1)), min_size=12, max_size=60))
def test_crude_means_and_medians_are_numpys(rows):
    values, side = (np.array(column) for column in zip(*rows, strict=True))
    if not (side == 1).any() or not (side == 0).any():
        return
    for statistic, plain in (("mean", np.mean), ("median", np.median)):
        found = ratio(values, side, statistic)
        assert found.crude.value == pytest.approx(plain(values[side == 1]) / plain(values[side == 0]))
        assert (found.over.rows, found.under.rows) == ((side == 1).sum(), (side == 0).sum())


@given(st.lists(st.tuples(st.floats(1, 1000), st.integers(0, 1), st.sampled_from("xyz")), min_size=20, max_size=60))
def test_the_standardised_mean_is_the_mean_of_stratum_means_over_the_mix_of_both(rows):
    values, side, strata = (np.array(column) for column in zip(*rows, strict=True))
    if len(set(side)) < 2:
        return
    shared = [name for name in set(strata) if {0, 1} <= set(side[strata == name])]
    found = ratio(values, side, strata=strata)
    mix = {name: (strata == name).sum() for name in shared}
    if not shared:
        assert found.adjusted is not None and math.isnan(found.adjusted.value)
        assert found.shared == 0
        return
    means = [sum(mix[name] * values[(strata == name) & (side == place)].mean() for name in shared) for place in (1, 0)]
    assert found.adjusted is not None
    assert found.adjusted.value == pytest.approx(means[0] / means[1])
    assert found.shared == pytest.approx(sum(mix.values()) / len(values))


def test_a_difference_that_is_only_the_mix_vanishes():
    chance = np.random.default_rng(1)
    large = chance.random(4000) < 0.5
    side = (chance.random(4000) < np.where(large, 0.8, 0.2)).astype(int)
    won = (chance.random(4000) < np.where(large, 0.4, 0.1)).astype(float)
    found = ratio(won, side, "share", strata=np.where(large, "large", "small"))
    assert found.crude.low > 1.5
    assert found.adjusted is not None
    assert found.adjusted.low < 1 < found.adjusted.high
    assert found.best is found.adjusted


def test_the_standardised_median_of_equal_strata_is_one():
    values = [1, 2, 3, 100, 200, 300, 1, 2, 3, 1, 2, 3, 100, 200, 300]
    side = [1] * 6 + [0] * 9
    strata = ["s"] * 3 + ["l"] * 3 + ["s"] * 6 + ["l"] * 3
    found = ratio(values, side, "median", strata=strata)
    assert found.crude.value == pytest.approx(51.5 / 3)
    assert found.adjusted is not None
    assert found.adjusted.value == pytest.approx(1)


def test_few_opportunities_give_a_value_and_no_interval():
    found = ratio([1] * 4 + [2] * 30, [1] * 4 + [0] * 30)
    assert found.too_few
    assert found.crude.value == 0.5
    assert math.isnan(found.crude.low) and math.isnan(found.crude.high)
    assert not math.isnan(found.under.value.low)
    assert "too few" in found.told()


def test_a_side_has_an_interval_of_its_own_whoever_it_is_compared_with():
    chance = np.random.default_rng(2)
    won = (chance.random(400) < 0.4).astype(float)
    widths = []
    for rest in (400, 10):
        values = np.append(won, [1, 0] * (rest // 2))
        found = ratio(values, [1] * 400 + [0] * rest, "share").over.value
        widths.append(found.high - found.low)
    assert widths[1] == pytest.approx(widths[0], rel=0.2)


def test_draws_without_a_win_on_the_other_side_leave_the_interval_without_end():
    accounts = [*range(40), *[100] * 30, *range(200, 240)]
    values = [1] * 20 + [0] * 20 + [1] * 30 + [0] * 40
    found = ratio(values, [1] * 40 + [0] * 70, "share", accounts=accounts)
    assert math.isinf(found.crude.high)
    assert found.told().endswith("on")
    assert found.document()["crude"]["high"] is None


def test_the_accounts_carry_the_uncertainty_not_the_rows():
    apart = ratio([1, 0] * 100 + [0, 0, 0, 1] * 50, [1] * 200 + [0] * 200, "share")
    clustered = ratio(
        [1] * 100 + [0] * 100 + [0] * 150 + [1] * 50, [1] * 200 + [0] * 200, "share",
        accounts=[*np.repeat(range(10), 10), *np.repeat(range(10, 20), 10), *np.repeat(range(20, 35), 10), *np.repeat(range(35, 40), 10)],
    )  # fmt: skip
    assert clustered.crude.value == apart.crude.value
    assert clustered.crude.high - clustered.crude.low > 2 * (apart.crude.high - apart.crude.low)


def test_the_order_of_rows_does_not_matter():
    chance = np.random.default_rng(0)
    values, side, strata = chance.random(80), chance.integers(0, 2, 80), chance.choice(["x", "y"], 80)
    accounts = chance.integers(0, 30, 80)
    order = chance.permutation(80)
    one = ratio(values, side, strata=strata, accounts=accounts)
    other = ratio(values[order], side[order], strata=strata[order], accounts=accounts[order])
    assert one.adjusted is not None and other.adjusted is not None
    for mine, theirs in ((one.crude, other.crude), (one.adjusted, other.adjusted)):
        assert (mine.value, mine.low, mine.high) == pytest.approx((theirs.value, theirs.low, theirs.high))


def test_a_part_of_a_sample_keeps_its_deals():
    whole = sample([1, 2, 3, 4])
    part = whole.where(np.array([False, True, False, True]))
    assert part.rows["value"].tolist() == [2, 4]
    assert part.deals.to_dict("list") == {"row": [0, 1], "opportunity_id": [1, 3]}

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from bgml.config import settings_from
from bgml.learning.examples import Examples, no_deals
from bgml.learning.fitting.amounts import NoAmounts, amount_columns, fit_amounts
from tests.made_up import made_up, with_closed

DATES = np.array(["2024-01-01", "2024-01-08"], "datetime64[D]")
KNOWN_BY = pd.Timestamp("2024-07-06")
"""The second date and 180 days: what closes from here on is not known yet."""


def settings(**outcome):
    return settings_from({"project": {"name": "t"}, "outcome": outcome}, "test")


def world(deals, features=None, topics=2):
    """Groups a000.. on two dates, one per deal; `deals` has amount and any other column of closed deals."""
    n = len(deals)
    account, topic = np.arange(n, dtype=np.int32), (np.arange(n) % topics).astype(np.int32)
    ids, names = np.array([f"a{number:03d}" for number in range(n)], object), np.array(["Cloud", "Data"], object)
    filled = {
        "account_id": ids, "topic": names[topic], "opportunity_id": [f"o{number:03d}" for number in range(n)], "segment": None,
        "created": pd.Timestamp("2024-02-01"), "closed": pd.Timestamp("2024-03-01"), "won": True,
    }  # fmt: skip
    closed = pd.DataFrame({**filled, **deals}, index=range(n))
    both = pd.concat([features if features is not None else pd.DataFrame(index=range(n))] * 2, ignore_index=True)
    outcome = np.zeros(2 * n)
    keys = np.repeat(DATES, n), np.tile(account, 2), np.tile(topic, 2), ids, names
    return Examples(both, *keys, outcome.astype(np.float32), outcome, no_deals(), closed)


def lognormal(n, seed=0, spread=0.6):
    return np.exp(np.random.default_rng(seed).normal(0, spread, n))


def test_a_median_is_shrunk_to_the_whole_and_smeared_to_a_mean():
    amount = np.where(np.arange(40) % 2 == 0, 1000.0, 4000.0)
    found = fit_amounts(world(pd.DataFrame({"amount": amount})), settings())
    step = 20 / 30 * math.log(2)
    assert (found.method, found.deals, found.typical, found.share) == ("median", 40, 2500, 1)
    assert found.base == pytest.approx(math.log(2000))
    groups = pd.DataFrame({"topic": ["Cloud", "Data", "Other"]})
    assert found.logarithm(groups) == pytest.approx([math.log(2000) - step, math.log(2000) + step, math.log(2000)])
    assert found.smearing == pytest.approx((1000 / math.exp(math.log(2000) - step) + 4000 / math.exp(math.log(2000) + step)) / 2)


def test_segments_are_told_apart_only_where_they_are_a_feature():
    deals = pd.DataFrame({"amount": np.where(np.arange(60) < 30, 100.0, 900.0), "segment": np.where(np.arange(60) < 30, "small", "large")})
    ours = pd.DataFrame({"segment": pd.Categorical(deals["segment"])})
    groups = pd.DataFrame({"topic": "Cloud", "segment": ["small", "large", None]})
    with_them = fit_amounts(world(deals, ours), settings()).logarithm(groups)
    assert with_them[0] < with_them[2] < with_them[1]
    assert len(set(fit_amounts(world(deals), settings()).logarithm(groups))) == 1


def test_amounts_above_the_99th_percentile_count_as_it():
    amount = np.append(np.full(98, 100.0), [500.0, 1e9])
    found = fit_amounts(world(pd.DataFrame({"amount": amount})), settings())
    assert found.cap == pytest.approx(np.quantile(amount, 0.99))
    assert found.cap < 2e7
    assert (found.if_won(pd.DataFrame({"topic": ["Cloud", "Data"]})) <= found.cap).all()


def test_below_forty_deals_nothing_is_expected():
    with pytest.raises(NoAmounts, match="39 won deals with an amount are known to have closed before 2024-07-06, at least 40 are needed"):
        fit_amounts(world(pd.DataFrame({"amount": np.full(39, 1.0)})), settings())
    amount = np.where(np.arange(60) < 39, 100.0, np.nan)
    with pytest.raises(NoAmounts, match="39 won deals"):
        fit_amounts(world(pd.DataFrame({"amount": amount})), settings())
    with pytest.raises(NoAmounts, match="0 won deals with an amount are known"):
        fit_amounts(made_up(), settings())


def test_deals_that_close_later_change_nothing():
    early = pd.DataFrame({"amount": lognormal(60), "closed": pd.Timestamp("2024-03-01")})
    late = pd.DataFrame({"amount": np.full(60, 1e6), "closed": KNOWN_BY})
    both = world(pd.concat([early, late], ignore_index=True))
    assert fit_amounts(both, settings()) == fit_amounts(replace(both, closed=both.closed.iloc[:60]), settings())
    day_before = both.closed["closed"].where(both.closed.index < 60, KNOWN_BY - pd.Timedelta(days=1))
    just = replace(both, closed=both.closed.assign(closed=day_before))
    assert fit_amounts(just, settings()).deals == 120


def test_from_a_hundred_deals_a_regression_finds_size_topic_and_the_mean():
    n, people = 2000, np.random.default_rng(1).integers(1, 20, 2000).astype(np.float32)
    truth = 5000 * (1 + people) ** 0.5 * np.where(np.arange(n) % 2 == 1, 3.0, 1.0)
    features = pd.DataFrame({"people_91d": people, "visitors_91d": np.float32(0)})
    found = fit_amounts(world(pd.DataFrame({"amount": truth * lognormal(n)}), features), settings())
    assert found.method == "regression"
    (size,) = found.terms
    assert size.columns == ("people_91d", "visitors_91d")
    assert size.slope == pytest.approx(0.5, abs=0.08)
    groups = pd.DataFrame({"people_91d": [3, 3], "visitors_91d": 0, "topic": ["Cloud", "Data"]})
    mean = math.exp(0.6**2 / 2)
    assert found.smearing == pytest.approx(mean, rel=0.05)
    assert found.if_won(groups).tolist() == pytest.approx([10_000 * mean, 30_000 * mean], rel=0.1)


def test_a_deal_is_described_by_its_groups_last_row_before_it_was_created():
    n = 120
    features = pd.DataFrame({"employees": np.tile([10.0, 1000.0], n // 2).astype(np.float32)})
    deals = pd.DataFrame({"amount": np.tile([100.0, 10_000.0], n // 2), "created": pd.Timestamp("2024-01-08")})
    examples = world(deals, features, topics=1)
    second = examples.as_of == DATES[1]
    told = replace(examples, features=examples.features.assign(employees=np.where(second, examples.features["employees"], np.nan)))
    assert fit_amounts(told, settings()).terms[0].slope == pytest.approx(1.0, rel=0.05)
    sooner = replace(told, closed=told.closed.assign(created=pd.Timestamp("2024-01-07")))
    assert fit_amounts(sooner, settings()).terms == (), "the row of 2024-01-01 tells no number of employees"


@pytest.mark.parametrize(
    "changes",
    [{"created": pd.Timestamp("2023-12-31")}, {"topic": "Other"}, {"account_id": "z"}],
    ids=["before any date", "another topic", "another account"],
)
def test_deals_of_no_candidate_still_give_medians(changes):
    deals = pd.DataFrame({"amount": lognormal(150), "closed": pd.Timestamp("2024-07-05")})
    assert fit_amounts(world(deals), settings()).method == "regression"
    found = fit_amounts(world(deals.assign(**changes)), settings())
    assert (found.method, found.deals) == ("median", 150)


def test_a_row_older_than_the_horizon_describes_no_deal():
    examples = world(pd.DataFrame({"amount": lognormal(150), "created": pd.Timestamp("2024-07-03"), "closed": pd.Timestamp("2024-07-05")}))
    assert fit_amounts(examples, settings()).method == "regression"
    early = examples.take((examples.as_of == DATES[0]) | (examples.account == 0))
    assert fit_amounts(early, settings()).method == "median", "2024-01-01 is 184 days before the deals"


def test_where_deals_count_for_the_account_its_largest_group_describes_them():
    deals = pd.DataFrame({"amount": lognormal(120), "topic": "nowhere"})
    features = pd.DataFrame({"people_91d": np.arange(120, dtype=np.float32)})
    found = fit_amounts(world(deals, features), settings(match="account"))
    assert found.method == "regression"


def test_what_is_expected_counts_deals_for_nothing_and_for_created_ones_those_lost():
    deals = pd.DataFrame({"amount": np.where(np.arange(100) < 80, 1000.0, 0.0)})
    assert fit_amounts(world(deals), settings()).share == 0.8
    lost = pd.concat([deals, pd.DataFrame({"amount": np.full(300, np.nan)})], ignore_index=True).assign(won=np.arange(400) < 100)
    assert fit_amounts(world(lost), settings()).share == 0.8
    assert fit_amounts(world(lost), settings(target="created")).share == pytest.approx(0.8 / 4)
    with pytest.raises(NoAmounts, match="seller's verdict"):
        fit_amounts(world(deals), settings(target="accepted"))


def test_the_order_of_the_deals_makes_no_difference():
    examples = with_closed(made_up(groups=2000))
    shuffled = replace(examples, closed=examples.closed.sample(frac=1, random_state=1))
    ours, theirs = fit_amounts(examples, settings()), fit_amounts(shuffled, settings())
    assert ours.method == "regression"
    assert ours.if_won(examples.frame()) == pytest.approx(theirs.if_won(examples.frame()))


def test_the_columns_it_wants_of_those_there_are():
    assert amount_columns(["people_7d", "segment", "employees", "people_91d"]) == ("segment", "employees", "people_91d")

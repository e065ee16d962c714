"""The truth: exact against plain loops, calibrated against what happens, blind to what comes later."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from bgml.market.calendar import AHEAD, make_calendar
from bgml.market.deals import DAY, chance_in_time
from bgml.market.journeys import LONGEST, NEVER, Plans, chance_of_lead, chance_of_opening, make_plans, walk
from bgml.market.parameters import HORIZON, TOPICS, Market
from bgml.market.simulate import Simulated, make_market
from bgml.market.truth import chance_of_winning, find_truth

MARKET = Market()


def some_plans(n: int) -> Plans:
    """Plans of all kinds but competitors."""
    random = np.random.default_rng(8)
    kind, segment, fit = (random.integers(0, top, n).astype(np.int8) for top in (4, 3, 5))
    return make_plans(MARKET, random, kind, segment, fit)


def slow_chance(plans: Plans, row: int, age: int, people: int, lead: bool) -> float:
    """The same probability by recursion over one journey's weeks and coins."""
    in_time = chance_in_time(MARKET, int(plans.segment[row]), AHEAD)
    length = plans.length[row]
    memory: dict[tuple[int, int, bool], float] = {}

    def from_here(ahead: int, k: int, warm: bool) -> float:
        if ahead == AHEAD or age + ahead >= length:
            return 0.0
        if (ahead, k, warm) not in memory:
            now = np.array([age + ahead])
            opens = chance_of_opening(MARKET, plans.opening[row, k - 1 : k], np.array([warm]), now, length)[0]
            mql = chance_of_lead(plans.leads[row, k - 1 : k], now, length)[0]
            joins = plans.pace[row] if k < plans.size[row] else 0.0
            later = sum(
                (mql if lead_then else 1 - mql) * (joins if more else 1 - joins) * from_here(ahead + 1, k + more, bool(lead_then))
                for lead_then in (0, 1)
                for more in range(2 if joins else 1)
            )
            memory[ahead, k, warm] = opens * plans.winning[row, k - 1] * in_time[ahead] + (1 - opens) * later
        return memory[ahead, k, warm]

    return float(from_here(0, people, lead))


def test_the_integral_equals_plain_recursion() -> None:
    plans = some_plans(60)
    random = np.random.default_rng(4)
    age = random.integers(0, plans.length)
    people, lead = random.integers(plans.first, plans.size + 1), random.random(60) < 0.5
    fast = chance_of_winning(MARKET, plans, np.arange(60), age, people, lead)
    slow = [slow_chance(plans, row, int(age[row]), int(people[row]), bool(lead[row])) for row in range(60)]
    assert fast == pytest.approx(slow, abs=1e-12)


def test_the_integral_equals_many_walks() -> None:
    plan = some_plans(40)
    best = int(np.argmax(plan.winning[np.arange(40), plan.size - 1]))
    rows = np.full(20_000, best)
    plans = plan.take(rows)
    joined, opened, _ = walk(MARKET, np.random.default_rng(6), plans)
    seat = (joined <= opened[:, None]).sum(axis=1) - 1
    ahead = np.minimum(opened, AHEAD - 1)
    in_time = chance_in_time(MARKET, int(plan.segment[best]), AHEAD)[ahead]
    wins = np.where(opened < AHEAD, plans.winning[np.arange(20_000), seat] * in_time, 0.0)
    none = np.zeros(1, dtype=np.int64)
    expected = chance_of_winning(MARKET, plan, np.array([best]), none, plan.first[[best]], none > 0)[0]
    assert wins.mean() == pytest.approx(expected, abs=4 * wins.std() / np.sqrt(20_000))


def outcomes(made: Simulated, weeks: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Truth and outcome of every row at some as-of weeks."""
    truth, deals = made.truth, made.deals
    pair = deals.account * len(TOPICS) + deals.topic
    probability, won = [], []
    for week in weeks:
        day = made.market.first_day + 7 * week
        wins = pair[deals.won & (deals.created >= day * DAY) & (deals.closed < (day + HORIZON) * DAY)]
        rows = truth.week == week
        probability.append(truth.probability[rows])
        won.append(np.isin((truth.account * len(TOPICS) + truth.topic)[rows], wins))
    return np.concatenate(probability), np.concatenate(won)


def test_the_truth_is_calibrated() -> None:
    """Horizons do not overlap, so that given the truth the outcomes of all rows are independent and errors binomial."""
    markets = [make_market(Market(accounts=1500, weeks=120, seed=seed)) for seed in range(40, 44)]
    parts = [outcomes(made, [16, 42, 68, 94]) for made in markets]
    probability, won = (np.concatenate(column) for column in zip(*parts, strict=True))
    assert won.sum() > 300
    bins = np.digitize(probability, [0.001, 0.002, 0.004, 0.008, 0.02, 0.1, 0.25, 0.4, 0.5, 0.6])
    for index in range(bins.max() + 1):
        rows = bins == index
        error = np.sqrt((probability[rows] * (1 - probability[rows])).sum())
        assert abs(won[rows].sum() - probability[rows].sum()) < 3.5 * error + 1.0, (index, won[rows].mean(), probability[rows].mean())
    error = np.sqrt((probability * (1 - probability)).sum())
    assert abs(won.sum() - probability.sum()) < 3 * error


def test_nothing_later_enters(made: Simulated) -> None:
    week = 50
    journeys, market = made.journeys, made.market
    now = week - journeys.start
    joined = np.where(journeys.joined > now[:, None], NEVER, journeys.joined)
    opened = np.where(journeys.opened >= now, NEVER, journeys.opened)
    leads = journeys.leads & (np.arange(LONGEST) < now[:, None])
    stopped = dataclasses.replace(journeys, joined=joined, opened=opened, leads=leads)
    pairs = market.accounts * len(TOPICS)
    rows = made.truth.week == week
    keys = (made.truth.week * pairs + made.truth.account * len(TOPICS) + made.truth.topic)[rows]
    again = find_truth(market, made.population, make_calendar(market), stopped, keys)
    assert (again.probability == made.truth.probability[rows]).all()
    changed = journeys.opened != stopped.opened
    assert changed.any()


def test_probabilities_are_probabilities_and_competitors_never_buy(made: Simulated) -> None:
    assert (made.truth.probability >= 0).all() and (made.truth.probability < 1).all()
    rival = made.population.rival[made.truth.account]
    assert rival.any() and made.truth.probability[rival].max() < 1e-9

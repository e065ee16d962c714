"""Opportunities."""

from __future__ import annotations

import numpy as np
import pytest

from bgml.market.deals import DAY, DELAYS, NO_JOURNEY, OPENING_DAYS, chance_in_time, delay_distribution
from bgml.market.parameters import HORIZON, SEGMENTS, Market
from bgml.market.simulate import Simulated

MARKET = Market()


def test_delays_are_a_distribution_and_lost_deals_last_longer() -> None:
    for segment in range(len(SEGMENTS)):
        won, lost = (delay_distribution(MARKET, segment, won=end) for end in (True, False))
        assert won.sum() == pytest.approx(1.0) and lost.sum() == pytest.approx(1.0)
        assert (lost * DELAYS).sum() > (won * DELAYS).sum()


@pytest.mark.parametrize("week", [0, 5, 20, 25])
def test_the_chance_to_close_in_time_counts_days(week: int) -> None:
    expected = sum(
        share * chance
        for day, share in enumerate(OPENING_DAYS)
        for delay, chance in zip(DELAYS, delay_distribution(MARKET, 1, won=True), strict=True)
        if 7 * week + day + delay < HORIZON
    )
    assert chance_in_time(MARKET, 1, 26)[week] == pytest.approx(expected)


def test_deals_are_created_while_the_tables_last_and_closed_later(made: Simulated) -> None:
    deals, market = made.deals, made.market
    assert (np.diff(deals.created) >= 0).all()
    assert deals.created[0] >= market.first_day * DAY and deals.created[-1] < market.last_day * DAY
    assert ((deals.closed // DAY - deals.created // DAY) >= DELAYS[0]).all()
    assert ((deals.created // DAY - market.first_day) % 7 < 5).all()


def test_some_deals_leave_no_trace_and_some_amounts_are_unknown(made: Simulated) -> None:
    assert (made.deals.journey == NO_JOURNEY).any() and (made.deals.journey != NO_JOURNEY).any()
    assert 0 < np.isnan(made.deals.amount).mean() < 0.3
    assert np.nanmin(made.deals.amount) > 0
    assert 0 < made.deals.euro.mean() < 0.5


def test_a_journey_opens_one_deal_in_its_week(made: Simulated) -> None:
    led = made.deals.journey != NO_JOURNEY
    journey = made.deals.journey[led]
    assert len(set(journey)) == len(journey)
    week = (made.deals.created[led] // DAY - made.market.first_day) // 7
    assert (week == made.journeys.start[journey] + made.journeys.opened[journey]).all()

"""Opportunities: what a journey opens, what sellers open without one, how long they last and how they end."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bgml.market.calendar import Calendar
from bgml.market.journeys import NEVER, Journeys, scatter
from bgml.market.parameters import BURN_IN, HORIZON, TOPICS, Market, by_segment, generator
from bgml.market.population import REGIONS, Floats, Ints, Population, activity

OPENING_DAYS = np.array([0.2, 0.25, 0.25, 0.2, 0.1])
"""Monday to Friday: when sellers open opportunities."""

DELAYS = np.arange(3, 366)
"""Days from opening to closing."""

AMOUNTS = (14_000.0, 62_000.0, 260_000.0)
"""Median amount per segment."""

NO_JOURNEY = -1
DAY = 86_400_000_000
"""Microseconds of a day: times are whole microseconds since 1970-01-01."""


@dataclass(frozen=True)
class Deals:
    """Opportunities in the order they were created. One row per opportunity."""

    account: Ints
    topic: Ints
    journey: Ints  # row of the journey behind it, or NO_JOURNEY
    created: Ints  # microseconds
    closed: Ints  # microseconds, also beyond the last day
    won: NDArray[np.bool_]
    amount: Floats  # NaN: nobody noted it
    euro: NDArray[np.bool_]

    def take(self, rows: Ints) -> Deals:
        """The deals of `rows`, in that order."""
        return Deals(**{name: values[rows] for name, values in vars(self).items()})


def delay_distribution(market: Market, segment: int, *, won: bool) -> Floats:
    """Probability of each of DELAYS between opening and closing."""
    median = market.closing_days[segment] * (1.0 if won else market.lost_longer)
    density = np.exp(-0.5 * (np.log(DELAYS / median) / market.closing_spread) ** 2) / DELAYS
    return np.asarray(density / density.sum(), dtype=np.float64)


def chance_in_time(market: Market, segment: int, weeks: int) -> Floats:
    """By weeks from the as-of date to the week of opening: probability that a won opportunity closes within the horizon."""
    reached = np.cumsum(delay_distribution(market, segment, won=True))
    day = 7 * np.arange(weeks)[:, None] + np.arange(len(OPENING_DAYS))
    left = HORIZON - 1 - day  # closed on the day D + H - 1 at the latest
    inside = np.where(left >= DELAYS[0], reached[np.clip(left - DELAYS[0], 0, len(reached) - 1)], 0.0)
    return np.asarray(inside @ OPENING_DAYS, dtype=np.float64)


def unseen_rate(market: Market, population: Population) -> Floats:
    """By account: opportunities without a journey expected per week, over all topics."""
    rate = market.unseen * activity(market, population) * np.exp(market.fit_odds * (population.fit - 2.0))
    return np.where(population.rival, 0.0, rate)


def unseen_winning(market: Market, fit: NDArray[np.int8]) -> Floats:
    """Probability that such an opportunity is won."""
    return np.asarray(1.0 / (1.0 + np.exp(-(market.unseen_odds + market.fit_odds * (fit - 2.0)))), dtype=np.float64)


def make_deals(market: Market, population: Population, calendar: Calendar, journeys: Journeys) -> Deals:
    """Open and close the opportunities of all weeks of the tables."""
    random = generator(market, "deals")
    rows = np.flatnonzero(journeys.opened < NEVER)
    seat = journeys.people(journeys.opened[rows], rows) - 1
    unseen = [_unseen(market, population, calendar, random, topic) for topic in range(len(TOPICS))]
    account = np.concatenate([journeys.account[rows], *(found[0] for found in unseen)])
    topic = np.concatenate([journeys.topic[rows], *(np.full(len(found[0]), index) for index, found in enumerate(unseen))])
    week = np.concatenate([journeys.start[rows] + journeys.opened[rows], *(found[1] for found in unseen)])
    journey = np.concatenate([rows, np.full(len(account) - len(rows), NO_JOURNEY)])
    chance = np.concatenate([journeys.plans.winning[rows, seat], unseen_winning(market, population.fit[account[len(rows) :]])])
    size = np.concatenate([seat + 1.0, np.ones(len(account) - len(rows))])
    won = random.random(len(account)) < chance
    created, closed = _times(market, random, week, population.segment[account], won)
    deals = Deals(
        account=account,
        topic=topic,
        journey=journey,
        created=created,
        closed=closed,
        won=won,
        amount=_amounts(market, population, random, account, topic, size),
        euro=_pays_in_euro(population, random)[account],
    )
    return deals.take(_inside(market, deals))


def _unseen(market: Market, population: Population, calendar: Calendar, random: np.random.Generator, topic: int) -> tuple[Ints, Ints]:
    """Account and week of opportunities of `topic` that come out of nothing."""
    expected = (calendar.starts * calendar.popularity[topic])[BURN_IN : BURN_IN + market.weeks]
    return scatter(random, unseen_rate(market, population) * population.focus[:, topic], expected)


def _times(market: Market, random: np.random.Generator, week: Ints, segment: NDArray[np.int8], won: NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """When opportunities of a week are opened, and when they close: in office hours, never on the same day."""
    n = len(week)
    weekday = np.searchsorted(np.cumsum(OPENING_DAYS), random.random(n) * OPENING_DAYS.sum(), side="right").clip(0, 4)
    day = market.first_day + 7 * week + weekday
    coin, delay = random.random(n), np.zeros(n, dtype=np.int64)
    for index in range(len(market.segments)):
        for end in (True, False):
            rows = np.flatnonzero((segment == index) & (won == end))
            reached = np.cumsum(delay_distribution(market, index, won=end))
            delay[rows] = DELAYS[np.searchsorted(reached, coin[rows] * reached[-1], side="right").clip(0, len(DELAYS) - 1)]
    clock = random.integers(8 * 3600, 18 * 3600, (2, n)) * 1_000_000
    return day * DAY + clock[0], (day + delay) * DAY + clock[1]


def _amounts(market: Market, population: Population, random: np.random.Generator, account: Ints, topic: Ints, size: Floats) -> Floats:
    """Amounts: log-normal, larger for larger committees; some were never noted."""
    price = np.exp(np.linspace(-0.5, 0.6, len(TOPICS)))[topic]
    median = by_segment(AMOUNTS, population.segment[account]) * price * size**0.35
    amount = np.round(median * np.exp(random.normal(0.0, 0.6, len(account))), -2)
    return np.where(random.random(len(account)) < market.no_amount, np.nan, np.maximum(amount, 500.0))


def _pays_in_euro(population: Population, random: np.random.Generator) -> NDArray[np.bool_]:
    """Accounts whose opportunities are in euros: some of those in EMEA."""
    return np.asarray((random.random(population.accounts) < 0.2) & (population.region == REGIONS.index("EMEA")), dtype=np.bool_)


def _inside(market: Market, deals: Deals) -> Ints:
    """Rows of the deals created while the tables last, by creation."""
    order = np.lexsort((deals.topic, deals.account, deals.created))
    created = deals.created[order]
    return np.asarray(order[(created >= market.first_day * DAY) & (created < market.last_day * DAY)], dtype=np.int64)

"""The truth: for each as-of date and pair, the probability of being won within the horizon, given all that is hidden by then.

An opportunity of the pair must be created at or after the as-of date and won within the horizon. It can come from a journey under
way, from a journey yet to start, or from nothing at all; the three are independent, so the chances that none of them wins multiply.
Nothing later than the as-of date enters: the future people, MQLs, openings and closings of a journey are integrated over.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bgml.market.calendar import AHEAD, Calendar
from bgml.market.deals import chance_in_time, unseen_rate, unseen_winning
from bgml.market.journeys import Journeys, Plans, chance_of_lead, make_plans, ripeness, starts_per_week
from bgml.market.parameters import BURN_IN, SEGMENTS, TOPICS, Market, generator
from bgml.market.population import LEVELS, Floats, Ints, Population

SAMPLE = 300
"""Plans per segment, level of fit and kind from which the chances of a journey yet to start are averaged."""

BLOCK = 4096
"""Rows integrated at once: small enough to stay in the processor's cache."""


@dataclass(frozen=True)
class Truth:
    """One row per as-of week, account and topic, in this order."""

    week: Ints
    account: Ints
    topic: Ints
    probability: Floats


def find_truth(market: Market, population: Population, calendar: Calendar, journeys: Journeys, keys: Ints) -> Truth:
    """The truth of each key: as-of week × pairs + pair, where a pair is account × topics + topic; ascending."""
    pairs = population.accounts * len(TOPICS)
    week, pair = keys // pairs, keys % pairs
    account, topic = pair // len(TOPICS), pair % len(TOPICS)
    cells = population.rival[account] * (len(SEGMENTS) * LEVELS) + population.segment[account] * LEVELS + population.fit[account]
    later = expected_later_wins(market, population, calendar)[cells, topic, week] * population.focus[account, topic]
    log_none = -later + _under_way(market, population, journeys, keys)
    return Truth(week=week, account=account, topic=topic, probability=np.round(-np.expm1(log_none), 9))


def _under_way(market: Market, population: Population, journeys: Journeys, keys: Ints) -> Floats:
    """By key: logarithm of the probability that no journey under way wins."""
    pairs = population.accounts * len(TOPICS)
    total = np.zeros(len(keys))
    for begin in range(0, len(journeys.account), 20_000):
        part = np.arange(begin, min(begin + 20_000, len(journeys.account)))
        rows, age = _weeks_under_way(market, journeys, part)
        key = (journeys.start[rows] + age) * pairs + journeys.account[rows] * len(TOPICS) + journeys.topic[rows]
        place = np.searchsorted(keys, key).clip(0, max(len(keys) - 1, 0))
        kept = np.flatnonzero(keys[place] == key) if len(keys) else np.zeros(0, dtype=np.int64)
        rows, age, place = rows[kept], age[kept], place[kept]
        lead = journeys.leads[rows, age - 1]
        chance = chance_of_winning(market, journeys.plans, rows, age, journeys.people(age, rows), lead)
        total += np.bincount(place, weights=np.log1p(-chance), minlength=len(keys))
    return total


def _weeks_under_way(market: Market, journeys: Journeys, part: Ints) -> tuple[Ints, Ints]:
    """Journey and age for each as-of date at which a journey has begun and has neither ended nor opened an opportunity."""
    last = np.minimum(journeys.plans.length[part] - 1, journeys.opened[part])
    rows = np.repeat(part, last)
    age = 1 + np.arange(len(rows)) - np.repeat(np.cumsum(last) - last, last)
    week = journeys.start[rows] + age
    inside = (week >= 0) & (week <= market.weeks)
    return rows[inside], age[inside]


def chance_of_winning(market: Market, plans: Plans, rows: Ints, age: Ints, people: Ints, lead: NDArray[np.bool_]) -> Floats:
    """Probability that each journey in `rows` of `plans`, at its age, with its people, wins within the horizon.

    `lead` says whether last week held an MQL. Rows are worked through in blocks of journeys that are alike in size and age.
    """
    in_time = np.array([chance_in_time(market, segment, AHEAD) for segment in range(len(SEGMENTS))])
    left = np.minimum(plans.length[rows] - age, AHEAD)
    order = np.lexsort((left, plans.size[rows]))
    chance = np.zeros(len(rows))
    for begin in range(0, len(rows), BLOCK):
        block = order[begin : begin + BLOCK]
        flow = flow_of_wins(market, plans.take(rows[block]), age[block], people[block], lead[block], int(left[block].max()))
        chance[block] = (flow * in_time[plans.segment[rows[block]], : flow.shape[1]]).sum(axis=1)
    return chance


def flow_of_wins(market: Market, plans: Plans, age: Ints, people: Ints, lead: NDArray[np.bool_], weeks: int) -> Floats:
    """Journey × week ahead: probability that an opportunity is opened in that week and won in the end.

    Carries the probability of each number of people forward, week by week, in the order of `journeys.walk`: `waiting` of those not
    opened yet, `warm` of those among them whose last week held an MQL.
    """
    width = int(plans.size.max())
    opening, winning, ease = plans.opening[:, :width], plans.winning[:, :width], plans.leads[:, :width]
    length = plans.length
    joins = np.where(np.arange(1, width + 1) < plans.size[:, None], plans.pace[:, None], 0.0)
    waiting = (np.arange(1, width + 1) == people[:, None]).astype(np.float64)
    warm = waiting * lead[:, None]
    flow = np.zeros((len(age), weeks))
    for week in range(weeks):
        now = age + week
        own = opening * ripeness(now, length)[:, None]
        picked = (market.pickup * (now < length))[:, None]
        opened = waiting * own + warm * (1.0 - own) * picked
        flow[:, week] = (opened * winning).sum(axis=1)
        waiting = waiting - opened
        # An MQL is as likely whether or not the week before held one.
        warm = _join(waiting * chance_of_lead(ease, now[:, None], length[:, None]), joins)
        waiting = _join(waiting, joins)
    return flow


def _join(mass: Floats, joins: Floats) -> Floats:
    """The probability of each number of people after the next one may have joined."""
    moved = mass * joins
    after = mass - moved
    after[:, 1:] += moved[:, :-1]
    return after


def expected_later_wins(market: Market, population: Population, calendar: Calendar) -> Floats:
    """Cell × topic × as-of week: wins within the horizon expected of what has not begun, for an account that cares about nothing else.

    A cell is rival × segments × levels of fit. Beginnings are Poisson, so wins are too, and exp(-expected) is the chance of none.
    """
    cells = 2 * len(SEGMENTS) * LEVELS
    per_start = typical_wins(market)
    probe = _one_account_per_cell(population)
    rates = starts_per_week(market, probe)
    without = unseen_rate(market, probe) * unseen_winning(market, probe.fit)
    in_time = np.array([chance_in_time(market, segment, AHEAD) for segment in range(len(SEGMENTS))])
    wins = np.einsum("kc,kcs->cs", rates, per_start[:, np.arange(cells) % (cells // 2)]) + without[:, None] * in_time[probe.segment]
    begins = (calendar.starts * calendar.popularity)[:, BURN_IN:]
    windows = np.lib.stride_tricks.sliding_window_view(begins, AHEAD, axis=1)[:, : market.weeks + 1]
    return np.asarray(np.einsum("cs,tws->ctw", wins, windows), dtype=np.float64)


def typical_wins(market: Market) -> Floats:
    """Kind × cell × weeks until the start: probability that a journey of the kind, starting that far ahead, wins in time."""
    cells = len(SEGMENTS) * LEVELS
    kind, cell = (np.repeat(grid.ravel(), SAMPLE) for grid in np.indices((len(market.kinds), cells)))
    segment, fit = (cell // LEVELS).astype(np.int8), (cell % LEVELS).astype(np.int8)
    plans = make_plans(market, generator(market, "typical"), kind.astype(np.int8), segment, fit)
    result = np.zeros((len(market.kinds) * cells, AHEAD))
    for group in range(len(market.kinds) * cells):
        rows = np.arange(group * SAMPLE, (group + 1) * SAMPLE)
        none = np.zeros(SAMPLE, dtype=np.int64)
        flow = flow_of_wins(market, plans.take(rows), none, plans.first[rows], none > 0, AHEAD).mean(axis=0)
        in_time = chance_in_time(market, group % cells // LEVELS, AHEAD)
        result[group] = [(flow[: AHEAD - ahead] * in_time[ahead:]).sum() for ahead in range(AHEAD)]
    return result.reshape(len(market.kinds), cells, AHEAD)


def _one_account_per_cell(population: Population) -> Population:
    """A population with one account in each cell, for the rates that depend on nothing else."""
    rival, segment, fit = (grid.ravel() for grid in np.indices((2, len(SEGMENTS), LEVELS)))
    kept = {name: values for name, values in vars(population).items() if name not in ("rival", "segment", "fit")}
    return Population(rival=rival.astype(np.bool_), segment=segment.astype(np.int8), fit=fit.astype(np.int8), **kept)

"""Buying journeys: what each could become (its plan), and week by week what became of it (its walk).

A plan is hidden and fixed when the journey starts: how long it lasts, who would join and in which order, how eager and how likely
to win it would be with the first k of them. The walk is chance: when the next one joins, whether an act makes an MQL, whether an
opportunity is opened. The truth knows the plan and how far the walk has come, and integrates over the rest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bgml.market.calendar import Calendar
from bgml.market.parameters import BURN_IN, FUNCTIONS, ROLES, SEATS, TOPICS, Market, by_segment, generator
from bgml.market.population import POOLS, Floats, Ints, Population, activity

NEVER = 10**4
LONGEST = 60
"""The most weeks a journey lasts."""


@dataclass(frozen=True)
class Plans:
    """What journeys could become. One row per journey; `k` people are in column k - 1."""

    kind: NDArray[np.int8]
    segment: NDArray[np.int8]
    length: Ints  # weeks
    size: Ints  # people of the whole committee
    first: Ints  # people who start it together
    seats: Ints  # journey × SEATS: place in the account's pool of who joins as number k, -1 outside
    pace: Floats  # chance per week that the next one joins
    rates: Floats  # journey × SEATS: acts per full week
    opening: Floats  # journey × SEATS: chance per week, at the height of the journey, that k people open an opportunity
    leads: Floats  # journey × SEATS: how easily the acts of k people make an MQL
    winning: Floats  # journey × SEATS: probability that an opportunity opened by k people is won
    dark: NDArray[np.bool_]  # leaves no trace but third-party intent

    def take(self, rows: Ints) -> Plans:
        """The plans of `rows`, in that order."""
        return Plans(**{name: values[rows] for name, values in vars(self).items()})


@dataclass(frozen=True)
class Journeys:
    """Journeys that took place. One row per journey."""

    account: Ints
    topic: Ints
    start: Ints  # week
    plans: Plans
    joined: Ints  # journey × SEATS: age in weeks at which number k joined, NEVER when they did not
    opened: Ints  # age at which an opportunity was opened, NEVER when none was
    leads: NDArray[np.bool_]  # journey × LONGEST: whether the week of that age held an MQL

    def people(self, age: Ints, rows: Ints) -> Ints:
        """How many people had joined by `age`."""
        return np.asarray((self.joined[rows] <= age[:, None]).sum(axis=1), dtype=np.int64)


def vigour(age: Ints, length: Ints) -> Floats:
    """Share of full activity in the week of that age: it grows, then fades; 0 after the end."""
    phase = (age + 0.5) / length
    rise, fall = (phase / 0.3) ** 0.8, (np.maximum(1.0 - phase, 0.0) / 0.4) ** 0.8
    return np.where(phase < 1.0, 0.35 + 0.65 * np.minimum(1.0, np.minimum(rise, fall)), 0.0)


def ripeness(age: Ints, length: Ints) -> Floats:
    """Share of the full chance to open an opportunity: nothing at first, most past the middle, little at the end; 0 after it."""
    phase = (age + 0.5) / length
    return np.where(phase < 1.0, np.clip(np.minimum((phase - 0.35) / 0.2, (1.08 - phase) / 0.33), 0.0, 1.0), 0.0)


def chance_of_lead(ease: Floats, age: Ints, length: Ints) -> Floats:
    """Probability that the week holds an MQL."""
    return np.asarray(-np.expm1(-ease * vigour(age, length)))


def chance_of_opening(market: Market, opening: Floats, lead: NDArray[np.bool_], age: Ints, length: Ints) -> Floats:
    """Probability that an opportunity is opened in the week, by the committee or by a seller on last week's MQL."""
    own = opening * ripeness(age, length)
    return np.asarray(np.where(lead & (age < length), 1.0 - (1.0 - own) * (1.0 - market.pickup), own))


def make_plans(
    market: Market, random: np.random.Generator, kind: NDArray[np.int8], segment: NDArray[np.int8], fit: NDArray[np.int8]
) -> Plans:
    """Draw a plan for each row of `kind`, `segment` and `fit`. Depends on nothing else."""
    n = len(kind)
    kinds = market.kinds
    weeks = np.array([k.weeks for k in kinds])[kind, segment]
    length = np.clip(np.rint(weeks * np.exp(random.normal(0.0, 0.2, n))), 4, LONGEST).astype(np.int64)
    seats, most = _seats(market, random, kind, segment)
    size = np.minimum(1 + random.poisson(np.array([k.people for k in kinds])[kind, segment] - 1.0), most)
    first = 1 + random.binomial(size - 1, market.together)
    pace = np.clip((size - first) / (market.coming * length) * np.exp(random.normal(0.0, 0.3, n)), 0.0, 0.8)
    spread, typical = np.array([k.spread for k in kinds])[kind], np.array([k.actions for k in kinds])[kind]
    mood = random.normal(0.0, market.mood, (n, 1))
    rates = np.clip(typical[:, None] * np.exp(mood + random.normal(0.0, 1.0, (n, SEATS)) * spread[:, None]), 0.3, 60.0)
    eager = np.exp(random.normal(0.0, market.eager, n))
    dark = random.random(n) < market.dark
    breadth = np.minimum(np.arange(1, SEATS + 1) / by_segment(market.need, segment)[:, None], 1.0)
    covered = _covered(seats, segment)
    ready = breadth**3 * (0.35 + 0.65 * covered)
    odds = market.base_odds + market.breadth_odds * breadth + market.coverage_odds * covered
    odds += (market.fit_odds * (fit - 2.0) + np.array([k.odds for k in kinds])[kind])[:, None]
    return Plans(
        kind=kind,
        segment=segment,
        length=length,
        size=size,
        first=first,
        seats=seats,
        pace=pace,
        rates=rates,
        opening=np.minimum((np.array([k.hazard for k in kinds])[kind] * eager)[:, None] * ready, 0.6),
        leads=np.array([k.leads for k in kinds])[kind][:, None] * np.cumsum(np.sqrt(rates), axis=1),
        winning=1.0 / (1.0 + np.exp(-odds)),
        dark=dark,
    )


def _seats(market: Market, random: np.random.Generator, kind: NDArray[np.int8], segment: NDArray[np.int8]) -> tuple[Ints, Ints]:
    """Who joins in which order, as places in the account's pool, and how many there are at most."""
    seats = np.full((len(kind), SEATS), -1, dtype=np.int64)
    most = np.ones(len(kind), dtype=np.int64)
    for index, pool in enumerate(POOLS):
        role = np.repeat(np.arange(len(ROLES)), pool)
        rows = np.flatnonzero(segment == index)
        odds = np.array([k.roles for k in market.kinds])[kind[rows]][:, role]
        noise = random.gumbel(size=odds.shape)
        with np.errstate(divide="ignore"):
            order = np.argsort(-(np.log(odds) + noise), axis=1, kind="stable")[:, :SEATS]
        some = odds.sum(axis=1) > 0
        seats[rows[some], : order.shape[1]] = order[some]
        most[rows] = np.clip((odds > 0).sum(axis=1), 1, SEATS)
    return seats, most


def _covered(seats: Ints, segment: NDArray[np.int8]) -> Floats:
    """Share of FUNCTIONS that the first k people cover."""
    roles = np.full((len(POOLS), max(sum(pool) for pool in POOLS) + 1), -1)
    for index, pool in enumerate(POOLS):
        roles[index, : sum(pool)] = np.repeat(np.arange(len(ROLES)), pool)
    role = roles[segment[:, None], seats]
    covers = [np.logical_or.accumulate(np.isin(role, function), axis=1) for function in FUNCTIONS]
    return np.asarray(np.mean(covers, axis=0), dtype=np.float64)


def starts_per_week(market: Market, population: Population) -> Floats:
    """Kind × account: journeys expected per week, over all topics, in a week like any other."""
    base = activity(market, population)
    level = population.fit - 2.0
    rows = [kind.rate * base * np.exp(kind.fit * level) * (population.rival == (kind.name == "rival")) for kind in market.kinds]
    return np.asarray(rows, dtype=np.float64)


def scatter(random: np.random.Generator, weights: Floats, expected: Floats) -> tuple[Ints, Ints]:
    """Independent Poisson events: account and week of each, from weights per account and expected numbers per week and unit of weight."""
    total = weights.sum()
    number = random.poisson(total * expected)
    week = np.repeat(np.arange(len(expected)), number)
    reach = np.cumsum(weights)
    account = np.searchsorted(reach, random.random(len(week)) * reach[-1], side="right")
    return np.minimum(account, len(weights) - 1), week


def take_place(market: Market, population: Population, calendar: Calendar) -> Journeys:
    """Start the journeys of all weeks, plan them and walk them."""
    random = generator(market, "plans")
    weeks = BURN_IN + market.weeks
    rates = starts_per_week(market, population)
    found: list[tuple[Ints, Ints, Ints, Ints]] = []
    for index in range(len(market.kinds)):
        for about in range(len(TOPICS)):
            expected = (calendar.starts * calendar.popularity[about])[:weeks]
            who, week = scatter(random, rates[index] * population.focus[:, about], expected)
            found.append((who, np.full(len(who), about), week - BURN_IN, np.full(len(who), index)))
    account, topic, start, kinds = (np.concatenate(column) for column in zip(*found, strict=True))
    plans = make_plans(market, random, kinds.astype(np.int8), population.segment[account], population.fit[account])
    joined, opened, leads = walk(market, generator(market, "walk"), plans)
    return Journeys(account=account, topic=topic, start=start, plans=plans, joined=joined, opened=opened, leads=leads)


def walk(market: Market, random: np.random.Generator, plans: Plans) -> tuple[Ints, Ints, NDArray[np.bool_]]:
    """What became of each plan: when people joined, when an opportunity was opened, which weeks held an MQL.

    In each week first the opportunity is opened or not, by those who are there; then an MQL is made or not; then, at the end of the
    week, the next one joins or not.
    """
    n = len(plans.length)
    joined = np.full((n, SEATS), NEVER, dtype=np.int64)
    joined[np.arange(SEATS) < plans.first[:, None]] = 0
    opened = np.full(n, NEVER, dtype=np.int64)
    leads = np.zeros((n, LONGEST), dtype=np.bool_)
    people = plans.first.copy()
    for age in range(LONGEST):
        rows = np.flatnonzero(plans.length > age)
        if not len(rows):
            break
        ages, length, seat = np.full(len(rows), age), plans.length[rows], people[rows] - 1
        coin = random.random((3, len(rows)))
        lead = leads[rows, age - 1] if age else np.zeros(len(rows), dtype=np.bool_)
        opens = coin[0] < chance_of_opening(market, plans.opening[rows, seat], lead, ages, length)
        opened[rows] = np.where(opens & (opened[rows] == NEVER), age, opened[rows])
        leads[rows, age] = coin[1] < chance_of_lead(plans.leads[rows, seat], ages, length)
        joins = rows[(coin[2] < plans.pace[rows]) & (people[rows] < plans.size[rows])]
        joined[joins, people[joins]] = age + 1
        people[joins] += 1
    return joined, opened, leads

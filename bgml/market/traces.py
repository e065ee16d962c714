"""What journeys leave behind: the acts of their members, MQLs, third-party intent, and what customers do after they bought."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bgml.market.calendar import WEEKDAYS, Calendar
from bgml.market.deals import DAY, NO_JOURNEY, Deals
from bgml.market.journeys import LONGEST, NEVER, Journeys, vigour
from bgml.market.parameters import BURN_IN, SEATS, Market, generator
from bgml.market.population import OUTSIDER, STUDENT, Floats, Ints, Population

NOBODY = -1
ACTIONS: tuple[tuple[str, str], ...] = (
    ("email_click", "named"),
    ("content_download", "named"),
    ("webinar_attended", "named"),
    ("pricing_visit", "named"),
    ("demo_request", "named"),
    ("trial_started", "named"),
    ("newsletter_click", "named"),
    ("webinar_registered", "named"),
    ("event_scan", "named"),
    ("help_visit", "named"),
    ("page_view", "anonymous"),
    ("blog_view", "anonymous"),
    ("pricing_view", "anonymous"),
    ("docs_view", "anonymous"),
    ("mql", "qualified_lead"),
    ("topic_research", "third_party_intent"),
    ("vendor_comparison", "third_party_intent"),
)
"""Every action and its category."""

LIGHT, SERIOUS = (0, 1, 2, 0, 8), (3, 4, 5)
LIGHT_UNKNOWN, SERIOUS_UNKNOWN = (10, 11, 10), (12, 13)
CAMPAIGN, SCAN, HELP, MQL, RESEARCH = (6, 7), 8, 9, 14, (15, 16)


@dataclass(frozen=True)
class Signals:
    """Signals in no particular order. One row per signal; NOBODY where there is no person or visitor."""

    account: NDArray[np.int32]
    topic: NDArray[np.int8]
    person: NDArray[np.int32]
    visitor: NDArray[np.int32]
    action: NDArray[np.int8]
    occurred: Ints  # microseconds
    recorded: Ints  # microseconds; 0 where nothing was noted: at once
    weight: NDArray[np.float32]  # NaN where nothing was noted

    def __len__(self) -> int:
        """How many signals there are."""
        return len(self.account)

    def take(self, rows: Ints | NDArray[np.bool_]) -> Signals:
        """The signals of `rows`, in that order."""
        return Signals(**{name: values[rows] for name, values in vars(self).items()})


def signals_of(
    account: Ints,
    topic: Ints,
    occurred: Ints,
    action: Ints | NDArray[np.int8],
    person: Ints | None = None,
    visitor: Ints | None = None,
    recorded: Ints | None = None,
    weight: Floats | None = None,
) -> Signals:
    """Signals from columns; what is left out is nobody and nothing."""
    n = len(account)
    return Signals(
        account=account.astype(np.int32),
        topic=topic.astype(np.int8),
        person=np.full(n, NOBODY, dtype=np.int32) if person is None else person.astype(np.int32),
        visitor=np.full(n, NOBODY, dtype=np.int32) if visitor is None else visitor.astype(np.int32),
        action=action.astype(np.int8),
        occurred=occurred,
        recorded=np.zeros(n, dtype=np.int64) if recorded is None else recorded,
        weight=np.full(n, np.nan, dtype=np.float32) if weight is None else weight.astype(np.float32),
    )


def join(parts: list[Signals]) -> Signals:
    """All signals of `parts`."""
    return Signals(**{name: np.concatenate([vars(part)[name] for part in parts]) for name in vars(parts[0])})


def times(market: Market, random: np.random.Generator, week: Ints) -> Ints:
    """A moment in each week: mostly on working days, mostly in working hours."""
    n = len(week)
    weekday = np.searchsorted(np.cumsum(WEEKDAYS), random.random(n) * WEEKDAYS.sum(), side="right").clip(0, 6)
    second = np.clip(random.normal(13.5 * 3600, 3.3 * 3600, n), 0, 86399).astype(np.int64)
    return np.asarray((market.first_day + 7 * week + weekday) * DAY + second * 1_000_000, dtype=np.int64)


@dataclass(frozen=True)
class Members:
    """The people of journeys. Row = journey × SEATS + number."""

    person: Ints
    visitor: Ints
    named_from: Ints  # age of the journey at which they tell who they are, NEVER when they do not


def make_members(market: Market, population: Population, journeys: Journeys) -> Members:
    """Who the seats of each journey are."""
    random = generator(market, "members")
    n = len(journeys.account)
    first = population.first_person[journeys.account]
    person = first[:, None] + journeys.plans.seats
    alone = np.flatnonzero(journeys.plans.seats[:, 0] < 0)
    student = np.array([kind.name == "student" for kind in market.kinds])[journeys.plans.kind[alone]]
    outside = (population.people_outside(journeys.account[alone], kind) for kind in (STUDENT, OUTSIDER))
    person[alone, 0] = np.where(student, *outside)
    year = np.maximum(journeys.start, 0) / 52.0
    silent = random.random((n, SEATS)) < (market.never_named + market.consent * year)[:, None]
    after = random.geometric(market.named_after, (n, SEATS)) - 1
    named_from = np.where(silent, NEVER, np.minimum(journeys.joined + after, NEVER))
    return Members(person=person.ravel(), visitor=np.arange(n * SEATS), named_from=named_from.ravel())


def leave_traces(market: Market, calendar: Calendar, journeys: Journeys, members: Members, deals: Deals) -> list[Signals]:
    """Every signal that journeys and customers leave in the weeks of the tables."""
    random = generator(market, "traces")
    parts = []
    for begin in range(0, len(journeys.account), 20_000):
        part = np.arange(begin, min(begin + 20_000, len(journeys.account)))
        parts.append(_acts(market, random, calendar, journeys, members, part))
        parts.append(_reports(market, random, calendar, journeys, part))
    return [*parts, _leads(market, random, journeys, members), _customers(market, random, journeys, members, deals)]


def _acts(market: Market, random: np.random.Generator, calendar: Calendar, journeys: Journeys, members: Members, part: Ints) -> Signals:
    """What members do, from the week they join to the end of the journey."""
    part = part[~journeys.plans.dark[part]]
    span = np.maximum(journeys.plans.length[part][:, None] - journeys.joined[part], 0)
    seat = np.repeat((part[:, None] * SEATS + np.arange(SEATS)).ravel(), span.ravel())
    age = journeys.joined.ravel()[seat] + np.arange(len(seat)) - np.repeat(np.cumsum(span.ravel()) - span.ravel(), span.ravel())
    row = seat // SEATS
    week = journeys.start[row] + age
    kept = (week >= 0) & (week < market.weeks)
    seat, age, row, week = seat[kept], age[kept], row[kept], week[kept]
    mean = journeys.plans.rates.ravel()[seat] * vigour(age, journeys.plans.length[row]) * calendar.busy[week + BURN_IN]
    number = random.poisson(mean) + (age == journeys.joined.ravel()[seat])  # to join is to act
    seat, age, row, week = (np.repeat(column, number) for column in (seat, age, row, week))
    named = age >= members.named_from[seat]
    serious = np.array([kind.serious for kind in market.kinds])[journeys.plans.kind[row]] * (age + 0.5) / journeys.plans.length[row]
    action = _choose(random, named, random.random(len(row)) < serious)
    return signals_of(
        journeys.account[row],
        journeys.topic[row],
        times(market, random, week),
        action,
        person=np.where(named, members.person[seat], NOBODY),
        visitor=np.where(named & (random.random(len(row)) < 0.4), NOBODY, members.visitor[seat]),
        weight=np.where(np.isin(action, SERIOUS), 3.0, np.nan),
    )


def _choose(random: np.random.Generator, named: NDArray[np.bool_], serious: NDArray[np.bool_]) -> Ints:
    """An action for each act, by whether the person is known and means it."""
    coin = random.random(len(named))
    drawn = [np.asarray(names)[(coin * len(names)).astype(np.int64)] for names in (LIGHT, SERIOUS, LIGHT_UNKNOWN, SERIOUS_UNKNOWN)]
    return np.where(named, np.where(serious, drawn[1], drawn[0]), np.where(serious, drawn[3], drawn[2]))


def _reports(market: Market, random: np.random.Generator, calendar: Calendar, journeys: Journeys, part: Ints) -> Signals:
    """Third-party intent: some weeks of a journey are noticed elsewhere; delivered the Monday after."""
    length = journeys.plans.length[part]
    row = np.repeat(part, length)
    age = np.arange(len(row)) - np.repeat(np.cumsum(length) - length, length)
    week = journeys.start[row] + age
    chance = np.array([kind.intent for kind in market.kinds])[journeys.plans.kind[row]] * vigour(age, journeys.plans.length[row])
    seen = (random.random(len(row)) < chance) & (week >= 0) & (week < market.weeks)
    row, week = row[seen], week[seen]
    return third_party(market, random, journeys.account[row], journeys.topic[row], week)


def third_party(market: Market, random: np.random.Generator, account: Ints, topic: Ints, week: Ints) -> Signals:
    """Account-level research reported by somebody else, with a weight, recorded on the Monday morning after the week."""
    delivered = (market.first_day + 7 * (week + 1)) * DAY + 6 * 3600 * 1_000_000
    action = np.asarray(RESEARCH)[random.integers(0, len(RESEARCH), len(account))]
    weight = np.round(random.beta(2.0, 2.0, len(account)), 2) + 0.01
    return signals_of(account, topic, times(market, random, week), action, recorded=delivered, weight=weight)


def _leads(market: Market, random: np.random.Generator, journeys: Journeys, members: Members) -> Signals:
    """An MQL names one of those who had joined, the more active the likelier."""
    row, age = np.nonzero(journeys.leads & ~journeys.plans.dark[:, None])
    week = journeys.start[row] + age
    kept = (week >= 0) & (week < market.weeks)
    row, age, week = row[kept], age[kept], week[kept]
    odds = np.log(journeys.plans.rates[row]) + random.gumbel(size=(len(row), SEATS))
    number = np.argmax(np.where(journeys.joined[row] <= age[:, None], odds, -np.inf), axis=1)
    seat = row * SEATS + number
    action = np.full(len(row), MQL)
    return signals_of(journeys.account[row], journeys.topic[row], times(market, random, week), action, person=members.person[seat])


def _customers(market: Market, random: np.random.Generator, journeys: Journeys, members: Members, deals: Deals) -> Signals:
    """Customers read the manual: the committee of a won opportunity stays visible for more than a year."""
    row = np.flatnonzero(deals.won & (deals.journey != NO_JOURNEY))
    weeks = np.arange(LONGEST + 10)
    seat = (deals.journey[row][:, None] * SEATS + np.arange(SEATS)).ravel()
    there = (journeys.joined[deals.journey[row]] < NEVER).ravel()
    seat, owner = seat[there], np.repeat(row, SEATS)[there]
    number = random.poisson(market.after_purchase * np.exp(-weeks / 30.0), (len(seat), len(weeks)))
    which, ahead = np.nonzero(number)
    many = number[which, ahead]
    which, ahead = np.repeat(which, many), np.repeat(ahead, many)
    week = (deals.closed[owner[which]] // DAY - market.first_day) // 7 + 1 + ahead
    kept = week < market.weeks
    which, week = which[kept], week[kept]
    at = times(market, random, week)
    return signals_of(
        deals.account[owner[which]], deals.topic[owner[which]], at, np.full(len(which), HELP), person=members.person[seat[which]]
    )

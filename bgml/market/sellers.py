"""What sellers do: they touch groups with an MQL or an open opportunity more than others, and note few of an opportunity's contacts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bgml.market.deals import DAY, NO_JOURNEY, Deals
from bgml.market.journeys import Journeys
from bgml.market.parameters import ROLES, SEATS, Market, generator
from bgml.market.population import OUTSIDER, Ints, Population
from bgml.market.traces import MQL, NOBODY, Signals

TOUCHES = ("email", "call", "meeting")
NO_TOPIC = -1
NO_TIME = 0


@dataclass(frozen=True)
class Touches:
    """Acts of sellers, in the order of time. One row per act."""

    account: Ints
    person: Ints  # or NOBODY
    topic: Ints  # or NO_TOPIC
    kind: Ints  # index of TOUCHES
    occurred: Ints  # microseconds


@dataclass(frozen=True)
class Contacts:
    """People noted on opportunities. One row per person and opportunity."""

    deal: Ints
    person: Ints
    role: NDArray[np.int8]  # index of ROLES, or OUTSIDER where nobody noted it
    added: Ints  # microseconds, or NO_TIME


def make_touches(market: Market, population: Population, signals: Signals, deals: Deals) -> Touches:
    """Routine calls, answers to MQLs, and the work on open opportunities."""
    random = generator(market, "touches")
    parts = [_routine(market, population, random), _answers(market, random, signals), _work(market, random, deals)]
    account, person, topic, occurred = (np.concatenate(column) for column in zip(*parts, strict=True))
    kept = np.flatnonzero(occurred < market.last_day * DAY)
    kept = kept[np.argsort(occurred[kept], kind="stable")]
    kind = random.choice(len(TOUCHES), size=len(kept), p=(0.6, 0.3, 0.1))
    return Touches(account=account[kept], person=person[kept], topic=topic[kept], kind=kind, occurred=occurred[kept])


def _office_hours(random: np.random.Generator, day: Ints) -> Ints:
    return np.asarray(day * DAY + random.integers(8 * 3600, 18 * 3600, len(day)) * 1_000_000, dtype=np.int64)


def _routine(market: Market, population: Population, random: np.random.Generator) -> tuple[Ints, Ints, Ints, Ints]:
    """Sellers call some people of every account now and then, about nothing in particular."""
    number = random.poisson(market.routine_touches * market.weeks, population.accounts)
    account = np.repeat(np.arange(population.accounts), number)
    first, after = population.first_person[account], population.first_person[account + 1]
    person = first + (random.random(len(account)) * (after - first)).astype(np.int64)
    day = market.first_day + random.integers(0, 7 * market.weeks, len(account))
    return account, person, np.full(len(account), NO_TOPIC), _office_hours(random, day)


def _answers(market: Market, random: np.random.Generator, signals: Signals) -> tuple[Ints, Ints, Ints, Ints]:
    """Most MQLs get a call within days."""
    rows = np.flatnonzero((signals.action == MQL) & (random.random(len(signals)) < market.answered))
    day = signals.occurred[rows] // DAY + random.integers(1, 8, len(rows))
    account, person, topic = (column[rows].astype(np.int64) for column in (signals.account, signals.person, signals.topic))
    return account, person, topic, _office_hours(random, day)


def _work(market: Market, random: np.random.Generator, deals: Deals) -> tuple[Ints, Ints, Ints, Ints]:
    """An open opportunity is worked every week."""
    days = (deals.closed - deals.created) // DAY
    number = random.poisson(market.work * days / 7.0)
    deal = np.repeat(np.arange(len(days)), number)
    day = deals.created[deal] // DAY + 1 + (random.random(len(deal)) * days[deal]).astype(np.int64)
    return deals.account[deal], np.full(len(deal), NOBODY), deals.topic[deal], _office_hours(random, day)


def note_contacts(market: Market, population: Population, journeys: Journeys, deals: Deals, members: Ints) -> Contacts:
    """Some of those who had joined when the opportunity was opened; `members` is the person of each seat of the journeys."""
    random = generator(market, "contacts")
    led = np.flatnonzero(deals.journey != NO_JOURNEY)
    journey = deals.journey[led]
    there = journeys.joined[journey] <= journeys.opened[journey][:, None]
    which, number = np.nonzero(there & (random.random((len(led), SEATS)) < market.noted))
    alone = np.flatnonzero((deals.journey == NO_JOURNEY) & (random.random(len(deals.account)) < market.noted))
    first = population.first_person[deals.account[alone]]
    deal = np.concatenate([led[which], alone])
    person = np.concatenate([members[journey[which] * SEATS + number], first + random.integers(0, 8, len(alone))])
    role = np.where(random.random(len(deal)) < 0.5, population.person_role[person], OUTSIDER)
    added = _office_hours(random, deals.created[deal] // DAY + 1 + random.integers(0, 40, len(deal)))
    added = np.where((added < deals.closed[deal]) & (random.random(len(deal)) < 0.8), added, NO_TIME)
    kept = np.flatnonzero(added < market.last_day * DAY)
    kept = kept[np.lexsort((person[kept], deal[kept]))]
    return Contacts(deal=deal[kept], person=person[kept], role=np.minimum(role[kept], OUTSIDER).astype(np.int8), added=added[kept])


def role_names() -> list[str | None]:
    """The name of each role of Contacts."""
    return [*ROLES, None]

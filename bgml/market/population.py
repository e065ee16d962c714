"""Accounts and the people in them: who could buy, and whom they would have to bring along."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bgml.market.parameters import ROLES, SEGMENTS, TOPICS, Market, by_segment, generator

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

INDUSTRIES = ("Banking", "Energy", "Government", "Healthcare", "Insurance", "Logistics", "Manufacturing", "Media", "Retail", "Software")
REGIONS = ("AMER", "APAC", "EMEA")
LEVELS = 5
"""Levels of fit, from 0, the worst, to 4."""

POOLS = ((2, 2, 1, 3, 1, 0, 1), (3, 3, 2, 5, 2, 1, 2), (4, 5, 4, 8, 3, 2, 4))
"""Per segment, how many people of each of ROLES could join a committee. The same in every account of a segment, so that what a
journey may become depends on nothing but the segment, the fit and its kind."""

READERS = (2, 4, 6)
"""Per segment, people outside every committee: they read newsletters and change company."""

EMPLOYEES = (60, 600, 6000)
OUTSIDER, STUDENT = len(ROLES), len(ROLES) + 1
"""What stands for a role for people outside committees."""


@dataclass(frozen=True)
class Population:
    """Every account and person. One row per account, unless said otherwise."""

    segment: NDArray[np.int8]
    fit: NDArray[np.int8]  # level, 0 to 4: hidden
    rival: NDArray[np.bool_]  # hidden
    focus: Floats  # account × topic, rows sum to 1: hidden
    industry: NDArray[np.int8]
    region: NDArray[np.int8]
    employees: Ints
    revenue: Floats
    owner: NDArray[np.int32]
    first_person: Ints  # one more than there are accounts: the people of account a are first_person[a] to first_person[a + 1] - 1
    person_account: NDArray[np.int32]  # one row per person
    person_role: NDArray[np.int8]  # one row per person: index of ROLES, OUTSIDER or STUDENT
    moves_week: NDArray[np.int32]  # one row per person: the week they change company, or a week that never comes
    moves_to: NDArray[np.int32]  # one row per person: the account they go to

    @property
    def accounts(self) -> int:
        """How many accounts there are."""
        return len(self.segment)

    def people_outside(self, account: Ints, kind: int) -> Ints:
        """The first person of `kind` (OUTSIDER or STUDENT) of each account: the lone researcher, the student."""
        pool = np.array([sum(pool) for pool in POOLS])[self.segment[account]]
        return np.asarray(self.first_person[account] + pool + (1 if kind == STUDENT else 0), dtype=np.int64)


def populate(market: Market) -> Population:
    """Draw the accounts and their people."""
    random = generator(market, "population")
    n = market.accounts
    segment = random.choice(len(SEGMENTS), size=n, p=market.segments).astype(np.int8)
    industry = random.integers(0, len(INDUSTRIES), n).astype(np.int8)
    region = random.choice(len(REGIONS), size=n, p=(0.5, 0.15, 0.35)).astype(np.int8)
    size = random.normal(0.0, 0.6, n)
    employees = np.maximum(3, np.asarray(EMPLOYEES)[segment] * np.exp(size)).astype(np.int64)
    revenue = np.round(employees * 150_000.0 * np.exp(random.normal(0.0, 0.5, n)), -4)
    focus = random.gamma(market.focus, 1.0, (n, len(TOPICS))) + 1e-3
    person_account, person_role, first_person = _people(segment)
    moves_week, moves_to = _moves(market, random, person_account, person_role)
    return Population(
        segment=segment,
        fit=_fit(market, random, industry, region, size),
        rival=random.random(n) < market.rivals,
        focus=focus / focus.sum(axis=1, keepdims=True),
        industry=industry,
        region=region,
        employees=employees,
        revenue=revenue,
        owner=_owners(market, region, segment),
        first_person=first_person,
        person_account=person_account,
        person_role=person_role,
        moves_week=moves_week,
        moves_to=moves_to,
    )


def _fit(
    market: Market, random: np.random.Generator, industry: NDArray[np.int8], region: NDArray[np.int8], size: Floats
) -> NDArray[np.int8]:
    """Levels of fit: partly told by industry, region and size, each level as frequent as the others."""
    likes = np.linspace(-1.0, 1.0, len(INDUSTRIES))[np.random.default_rng(7).permutation(len(INDUSTRIES))]
    value = likes[industry] + np.array([0.3, -0.4, 0.0])[region] + 0.5 * size + random.normal(0.0, market.fit_noise, len(size))
    rank = np.argsort(np.argsort(value, kind="stable"), kind="stable")
    return (rank * LEVELS // len(value)).astype(np.int8)


def _owners(market: Market, region: NDArray[np.int8], segment: NDArray[np.int8]) -> NDArray[np.int32]:
    """Sales reps: each works accounts of one region and, mostly, one segment."""
    order = np.lexsort((np.arange(len(region)), segment, region))
    owner = np.empty(len(region), dtype=np.int32)
    owner[order] = np.arange(len(region)) // market.accounts_per_owner
    return owner


def _people(segment: NDArray[np.int8]) -> tuple[NDArray[np.int32], NDArray[np.int8], Ints]:
    """Account and role of every person, and where each account's people begin."""
    rows = [
        np.concatenate([np.repeat(np.arange(len(ROLES)), pool), [OUTSIDER, STUDENT], np.full(readers, OUTSIDER)])
        for pool, readers in zip(POOLS, READERS, strict=True)
    ]
    count = np.array([len(row) for row in rows])[segment]
    first = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
    account = np.repeat(np.arange(len(segment), dtype=np.int32), count)
    place = np.arange(len(account)) - first[account]
    table = np.zeros((len(rows), max(len(row) for row in rows)), dtype=np.int8)
    for index, row in enumerate(rows):
        table[index, : len(row)] = row
    return account, table[segment[account], place], first


def _moves(
    market: Market, random: np.random.Generator, account: NDArray[np.int32], role: NDArray[np.int8]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """When some of the people outside committees change company, and to which account."""
    goes = (random.random(len(account)) < market.movers) & (role == OUTSIDER)
    week = np.where(goes, random.integers(10, max(11, market.weeks), len(account)), 10**6)
    to = random.integers(0, market.accounts, len(account))
    to = np.where(to == account, (to + 1) % market.accounts, to)
    return week.astype(np.int32), np.where(goes, to, account).astype(np.int32)


def activity(market: Market, population: Population) -> Floats:
    """How much more than the average each account does."""
    return by_segment(market.activity, population.segment)

"""Accounts and people."""

from __future__ import annotations

import numpy as np

from bgml.market.parameters import ROLES, Market
from bgml.market.population import LEVELS, OUTSIDER, POOLS, STUDENT, populate

MARKET = Market(accounts=1000, weeks=60, seed=2)
POPULATION = populate(MARKET)


def test_every_account_of_a_segment_has_the_same_pool() -> None:
    for account in range(0, 1000, 37):
        first, after = POPULATION.first_person[account : account + 2]
        roles = POPULATION.person_role[first:after]
        assert (POPULATION.person_account[first:after] == account).all()
        assert tuple(np.bincount(roles[roles < OUTSIDER], minlength=len(ROLES))) == POOLS[POPULATION.segment[account]]


def test_the_people_outside_committees_are_found() -> None:
    accounts = np.arange(1000)
    assert (POPULATION.person_role[POPULATION.people_outside(accounts, OUTSIDER)] == OUTSIDER).all()
    assert (POPULATION.person_role[POPULATION.people_outside(accounts, STUDENT)] == STUDENT).all()
    assert (POPULATION.person_account[POPULATION.people_outside(accounts, STUDENT)] == accounts).all()


def test_levels_of_fit_are_equally_frequent_and_partly_told_by_industry() -> None:
    assert (np.bincount(POPULATION.fit) == 1000 // LEVELS).all()
    by_industry = [POPULATION.fit[POPULATION.industry == industry].mean() for industry in range(10)]
    assert max(by_industry) - min(by_industry) > 1.0
    assert max(POPULATION.fit[POPULATION.industry == industry].std() for industry in range(10)) > 0.5


def test_only_people_outside_committees_change_company_and_never_to_their_own() -> None:
    moves = POPULATION.moves_week < MARKET.weeks
    assert moves.any()
    assert (POPULATION.person_role[moves] == OUTSIDER).all()
    assert (POPULATION.moves_to[moves] != POPULATION.person_account[moves]).all()


def test_a_rep_works_one_region_at_most_at_its_border_two() -> None:
    regions = [len(set(POPULATION.region[POPULATION.owner == owner])) for owner in np.unique(POPULATION.owner)]
    assert sum(number > 1 for number in regions) <= 2

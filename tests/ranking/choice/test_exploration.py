"""Exploration: chances within every limit, and draws that keep them."""

from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bgml.ranking.choice.exploration import UNIT, Rooms, chances, draw
from tests.ranking.choice.lists import listed, lists

SEEDS = [hashlib.sha256(str(number).encode()).hexdigest()[:16] for number in range(4000)]


def rooms(groups: pd.DataFrame, places: int, account: dict[int, int], owner: dict[str, int]) -> Rooms:
    """Places by account and owner spread over the rows; places without limit where there is no owner."""
    of_account = groups["account_id"].astype(int).map(account).to_numpy(np.int64)
    return Rooms(places, of_account, groups["owner"].map(owner).fillna(places).to_numpy(np.int64))


@st.composite
def draws(draw_: st.DrawFn) -> tuple[pd.DataFrame, np.ndarray, Rooms]:
    groups = draw_(lists())
    account = {number: draw_(st.integers(0, 3)) for number in range(9)}
    owner = {name: draw_(st.integers(0, 5)) for name in ("ann", "bob", "cleo")}
    may = np.array(draw_(st.lists(st.booleans(), min_size=len(groups), max_size=len(groups))))
    return groups, may, rooms(groups, draw_(st.integers(0, 12)), account, owner)


@settings(max_examples=200, deadline=None)
@given(draws())
def test_chances_add_up_to_no_more_than_the_places(drawn: tuple[pd.DataFrame, np.ndarray, Rooms]) -> None:
    groups, may, room = drawn
    units = chances(groups, may, room).units
    assert ((units >= 0) & (units <= UNIT)).all()
    assert not units[~may].any()
    assert units.sum() <= room.places * UNIT
    for column, places in (("account_id", room.account), ("owner", room.owner)):
        for _, rows in groups.groupby(column).groups.items():
            assert units[rows].sum() <= places[rows[0]] * UNIT, column


@settings(max_examples=200, deadline=None)
@given(draws())
def test_no_place_is_left_that_a_group_could_take(drawn: tuple[pd.DataFrame, np.ndarray, Rooms]) -> None:
    groups, may, room = drawn
    units = chances(groups, may, room).units
    full = units.sum() == min(room.places, len(groups)) * UNIT
    for row in np.flatnonzero(may):
        of_account = (groups["account_id"] == groups["account_id"][row]).to_numpy()
        of_owner = (groups["owner"] == groups["owner"][row]).to_numpy()
        account_full = units[of_account].sum() == room.account[row] * UNIT
        owner_full = groups["owner"][row] is not None and units[of_owner].sum() == room.owner[row] * UNIT
        assert full or units[row] == UNIT or account_full or owner_full


@settings(max_examples=200, deadline=None)
@given(draws(), st.sampled_from(SEEDS))
def test_a_draw_keeps_every_limit(drawn: tuple[pd.DataFrame, np.ndarray, Rooms], seed: str) -> None:
    groups, may, room = drawn
    chance = chances(groups, may, room)
    taken = draw(groups, chance, seed)
    assert not taken[~may].any()
    assert taken[chance.units == UNIT].all()
    assert int(chance.units.sum()) // UNIT <= taken.sum() <= -(-int(chance.units.sum()) // UNIT)
    for column, places in (("account_id", room.account), ("owner", room.owner)):
        for _, rows in groups.groupby(column).groups.items():
            assert taken[rows].sum() <= places[rows[0]], column
    assert np.array_equal(taken, draw(groups, chance, seed))


def test_without_limits_that_bind_all_have_the_same_chance_and_the_places_are_filled() -> None:
    groups = listed([(number, "t", None, "group") for number in range(30)])
    chance = chances(groups, np.ones(30, bool), Rooms(7, np.full(30, 3), np.full(30, 7)))
    assert chance.probability == pytest.approx(7 / 30, abs=1e-10)
    assert chance.units.sum() == 7 * UNIT
    assert {int(draw(groups, chance, seed).sum()) for seed in SEEDS[:100]} == {7}


def test_huge_limits_are_no_limits() -> None:
    groups = listed([(number, "t", "ann", "group") for number in range(4)])
    chance = chances(groups, np.ones(4, bool), Rooms(10**9, np.full(4, 10**9), np.full(4, 10**9)))
    assert chance.probability.tolist() == [1.0] * 4


def crowded() -> tuple[pd.DataFrame, Rooms]:
    """Forty groups: an owner with one place for twelve of them, an account with one place for four, and more places than those take."""
    rows = [(number // 4, f"t{number % 4}", "ann", "group") for number in range(12)]
    rows += [(3 + number // 4, f"t{number % 4}", "bob", "group") for number in range(16)]
    rows += [(7 + number // 4, f"t{number % 4}", None, "group") for number in range(12)]
    groups = listed(rows)
    account = dict.fromkeys(range(10), 2) | {3: 1, 7: 1}
    return groups, rooms(groups, 14, account, {"ann": 1, "bob": 6})


def test_limits_lower_the_chances_of_those_they_hold() -> None:
    groups, room = crowded()
    chance = chances(groups, np.ones(len(groups), bool), room).probability
    assert chance[(groups["owner"] == "ann").to_numpy()] == pytest.approx(1 / 12, abs=1e-9)
    assert chance[(groups["account_id"] == 7).to_numpy()] == pytest.approx(1 / 4, abs=1e-9)
    assert chance[(groups["account_id"] == 8).to_numpy()] == pytest.approx(1 / 2, abs=1e-9)
    assert chance[(groups["owner"] == "bob").to_numpy()].sum() == pytest.approx(6, abs=1e-9)


def test_groups_are_drawn_as_often_as_their_chance_says_with_limits_in_force() -> None:
    groups, room = crowded()
    chance = chances(groups, np.ones(len(groups), bool), room)
    often = sum(draw(groups, chance, seed).astype(np.int64) for seed in SEEDS)
    p = chance.probability
    off = (often - len(SEEDS) * p) / np.sqrt(len(SEEDS) * p * (1 - p))
    assert 0 < p.min() < p.max() < 1
    assert np.abs(off).max() < 4.5
    assert (off**2).sum() / len(groups) < 2, "about 1 where frequencies follow the chances"


def test_weighted_by_their_chances_the_drawn_stand_for_all_that_could_be() -> None:
    groups, room = crowded()
    chance = chances(groups, np.ones(len(groups), bool), room)
    won = np.random.default_rng(3).random(len(groups)) < 0.4
    estimates = [float((won / chance.probability)[draw(groups, chance, seed)].sum()) for seed in SEEDS]
    error = np.std(estimates) / np.sqrt(len(estimates))
    assert abs(np.mean(estimates) - won.sum()) < 4 * error

"""The numbers of the market: consistent with each other, and frozen."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from bgml.market.parameters import FUNCTIONS, KINDS, PARTS, ROLES, UNTIL, Market, generator


def test_a_market_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Market().seed = 1  # type: ignore[misc]


def test_the_tables_end_on_a_monday_and_begin_on_one() -> None:
    market = Market(weeks=77)
    assert UNTIL.weekday() == 0
    assert (market.last_day - market.first_day) == 77 * 7


def test_shares_and_roles_add_up() -> None:
    assert sum(Market().segments) == pytest.approx(1.0)
    assert all(len(kind.roles) == len(ROLES) for kind in KINDS)
    assert {role for function in FUNCTIONS for role in function} <= set(range(len(ROLES)))


def test_every_part_draws_on_its_own() -> None:
    first = {part: generator(Market(), part).random() for part in PARTS}
    assert len(set(first.values())) == len(PARTS)
    assert first["walk"] == generator(Market(), "walk").random()
    assert not np.isclose(first["walk"], generator(Market(seed=1), "walk").random())

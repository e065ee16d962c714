"""Exploration: groups drawn at random from below the line, each with a chance that is known exactly.

Chances are equal, but for the limits of owners and accounts, and are whole multiples of 2**-36. The draw is systematic (Madow 1949):
chances are laid end to end on a line, a random start and every whole step after it pick. A stretch of the line as long as s picks s groups,
rounded up or down; owners lie on it in one piece each, and accounts within them, so no limit is ever passed, and the chance of each group
to be picked is its length, whatever the order.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
EXPLORATION = "exploration"
BITS = 36
UNIT = 1 << BITS
"""One place, in the whole numbers that chances are counted in."""


@dataclass(frozen=True)
class Rooms:
    """Places left for the draw: in all, and by row those of the row's account and owner."""

    places: int
    account: Integers
    owner: Integers


@dataclass(frozen=True)
class Chances:
    """The chance of each row to be drawn, in units of 2**-36; 0 where it takes no part."""

    units: Integers

    @property
    def probability(self) -> npt.NDArray[np.float64]:
        """As a number from 0 to 1, exactly."""
        return self.units / UNIT


def chances(groups: pd.DataFrame, may: Flags, rooms: Rooms) -> Chances:
    """The chance of each group that may be drawn: the same for all, less where its account or owner could then exceed its places.

    groups: account_id and owner (null for none). Per account and owner the chances add up to at most the places left, in all to
    `rooms.places`, or to less where so many cannot be drawn. With n groups of an account that has m places left: at most m / n each. The
    groups of an owner, and then all groups, are cut at one level, so that their chances add up to the places left.
    """
    units = np.zeros(len(groups), np.int64)
    rows = np.flatnonzero(may & (rooms.account > 0) & (rooms.owner > 0))
    if not len(rows) or not rooms.places:
        return Chances(units)
    account, owner = _account_and_owner(groups, rows)
    places, of_account, of_owner = (np.minimum(room, len(rows)) for room in (rooms.places, rooms.account[rows], rooms.owner[rows]))
    chance = np.full(len(rows), UNIT)
    for part, room in ((account, of_account), (owner, of_owner), (np.zeros_like(account), np.full(len(rows), places))):
        chance = _lowered(chance, part, room)
    units[rows] = chance
    return Chances(units)


def _account_and_owner(groups: pd.DataFrame, rows: Integers) -> tuple[Integers, Integers]:
    """Account and owner of some rows as numbers; those without an owner are one more."""
    account = pd.factorize(groups["account_id"].iloc[rows])[0]
    owner, owners = pd.factorize(groups["owner"].iloc[rows])
    return account.astype(np.int64), np.where(owner < 0, len(owners), owner).astype(np.int64)


def _lowered(chance: Integers, part: Integers, room: Integers) -> Integers:
    """Chances cut at one level per part, so that they add up to no more than the part's places; exactly to those where it was cut.

    room: by row, the same within a part. Places that do not divide evenly are a unit more for some.
    """
    places = np.zeros(part.max() + 1, np.int64)
    places[part] = room * UNIT
    level = _levels(chance, part, places)[part]
    cut, higher = np.minimum(chance, level), chance > level
    left = places - _added(cut, part, len(places))
    turn = pd.Series(higher).groupby(part).cumsum().to_numpy()
    return cut + (higher & (turn <= left[part]))


def _levels(chance: Integers, part: Integers, places: Integers) -> Integers:
    """The largest level per part, up to a whole place, at which chances cut there still fit, by bisection."""
    low, high = np.zeros(len(places), np.int64), np.full(len(places), UNIT + 1)
    while (high - low > 1).any():
        middle = (low + high) // 2
        fits = _added(np.minimum(chance, middle[part]), part, len(places)) <= places
        low, high = np.where(fits, middle, low), np.where(fits, high, middle)
    return low


def _added(values: Integers, part: Integers, parts: int) -> Integers:
    """Sums by part, in whole numbers."""
    total = np.zeros(parts, np.int64)
    np.add.at(total, part, values)
    return total


def draw(groups: pd.DataFrame, chances: Chances, ranking_id: str) -> Flags:
    """The rows drawn, each with its chance; the same ranking_id (hexadecimal) draws the same."""
    drawn = np.zeros(len(groups), np.bool_)
    rows = np.flatnonzero(chances.units)
    if not len(rows):
        return drawn
    random = np.random.Generator(np.random.PCG64(int(ranking_id, 16)))
    account, owner = _account_and_owner(groups, rows)
    shuffled = [random.permutation(codes.max() + 1)[codes] for codes in (owner, account)]
    rows = rows[np.lexsort((random.permutation(len(rows)), shuffled[1], shuffled[0]))]
    end = np.cumsum(chances.units[rows]) + random.integers(UNIT)
    drawn[rows] = end // UNIT > (end - chances.units[rows]) // UNIT
    return drawn

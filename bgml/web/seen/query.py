"""What somebody asks a list for: filters, a text, an order."""

from __future__ import annotations

from dataclasses import dataclass, field

FILTERS = ("owner", "topic", "segment", "region", "band", "stage", "route", "trend")
"""Columns that a list can be filtered by, each to any of several values."""
SORTS = ("rank", "propensity", "expected_amount", "people", "coverage", "account_name", "movement")
"""What a list can be ordered by: rank and account_name begin with the least, the rest with the most; "-" in front turns it around."""


@dataclass(frozen=True)
class Query:
    """What is wanted of a ranking. Everything given must hold; equal queries are equal values.

    filters: column -> the values it may have ("" for none), in a fixed order; text: words that account name, account id or topic must
    hold, whatever their case; selected: only groups to work this week (or only others).
    """

    filters: tuple[tuple[str, tuple[str, ...]], ...] = ()
    text: str = ""
    selected: bool | None = None
    sort: str = "rank"

    @property
    def descending(self) -> bool:
        """Whether the order is turned around."""
        return self.sort.startswith("-")


@dataclass(frozen=True)
class Slice:
    """A part of a list: positions of groups in the snapshot, how many there are in all, and the cursor of what follows."""

    positions: tuple[int, ...]
    total: int
    next_cursor: str | None = None
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    """Of each filter, how many groups of the list each value has, the other filters in force: for menus."""


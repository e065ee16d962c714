"""What in the tables makes past dates look other than they were: columns without dates, tables that end before the others."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from bgml.data.overview import FIRMOGRAPHICS, TITLES

if TYPE_CHECKING:
    from bgml.config import Settings
    from bgml.data.dataset import Dataset

BEHIND = 30
"""A table that ends so many days before the others is behind."""
TIMES = {
    "signals": ("occurred_at", "recorded_at"), "opportunities": ("created_at", "closed_at"), "touches": ("occurred_at",),
    "verdicts": ("at",),
}  # fmt: skip


@dataclass(frozen=True)
class Undated:
    """A column that says what holds now, not since when; static: `data.static` lets it be a feature all the same."""

    table: str
    column: str
    static: bool


@dataclass(frozen=True)
class Ended:
    """A table whose newest row lies `days` before the newest of the others."""

    table: str
    last: datetime.date
    days: int


def undated(dataset: Dataset, settings: Settings) -> tuple[Undated, ...]:
    """Columns of accounts, and of people without dates, that hold something and that a feature could read."""
    own = [name for name in (*FIRMOGRAPHICS, *settings.data.static) if name not in TITLES]
    found = [("accounts", name) for name in dict.fromkeys(own)]
    if not (dataset.has_column("people", "valid_from") or dataset.has_column("people", "valid_to")):
        found += [("people", name) for name in TITLES]
    return tuple(
        Undated(table, column, column in settings.data.static) for table, column in found if dataset.has_column(table, column)
    )


def ended(dataset: Dataset) -> tuple[Ended, ...]:
    """Tables that end a month before the others; their silence would be taken for nothing having happened."""
    last = {table: day for table in TIMES if dataset.has(table) and (day := _last(dataset, table)) is not None}
    behind = []
    for table, day in last.items():
        others = [other for name, other in last.items() if name != table]
        if others and (days := (max(others) - day).days) >= BEHIND:
            behind.append(Ended(table, day, days))
    return tuple(behind)


def _last(dataset: Dataset, table: str) -> datetime.date | None:
    """The UTC day of a table's newest time."""
    rows = dataset.table(table)
    newest = dataset.arrow(rows.aggregate(**{column: rows[column].max() for column in TIMES[table] if column in rows.columns}))
    times = [pd.Timestamp(time) for time in newest.to_pylist()[0].values() if time is not None]
    return max(times).date() if times else None

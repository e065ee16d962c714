"""The account of an import: for every raw table, rows read = used + merged + set aside by reason."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from bgml.errors import DataError
from bgml.sources.mapping.opening import Opened, Source
from bgml.sources.mapping.staging import ASIDE, MERGED, USED

NO_RULE = "nothing in it that the tables hold"
NOT_READ = "not read: the mapping has no such table"


@dataclass(frozen=True)
class Entry:
    """What became of the rows of one raw table; `aside` counts by reason, most frequent first."""

    source: str
    table: str
    where: str
    rows: int
    used: int
    merged: int
    aside: dict[str, int]

    def document(self) -> dict[str, Any]:
        """The entry for JSON."""
        return {
            "source": self.source,
            "table": self.table,
            "where": self.where,
            "rows": self.rows,
            "used": self.used,
            "merged": self.merged,
            "aside": self.aside,
        }


def account(connection: duckdb.DuckDBPyConnection, sources: Sequence[Source]) -> list[Entry]:
    """One entry per raw table that was found, from the fates of its rows: a row that anything was made of is used.

    Tables of acts that nothing reads have an entry as well, with all their rows set aside.
    """
    counted = connection.execute(
        f"""SELECT raw, fate, coalesce(reason, ''), count(*) FROM
            (SELECT raw, row, min(fate) AS fate, min(reason) FILTER (fate = {ASIDE}) AS reason FROM fates
            WHERE row IS NOT NULL GROUP BY raw, row)
        GROUP BY ALL"""
    ).fetchall()
    by_table: dict[int, list[tuple[int, str, int]]] = defaultdict(list)
    for raw, fate, reason, rows in counted:
        by_table[raw].append((fate, reason, rows))
    opened = [(source, table) for source in sources for table in source.tables.values() if table.found]
    entries = [_entry(source, table, by_table[table.number]) for source, table in opened]
    return entries + [
        Entry(source.label, acts.name, acts.where, acts.rows, 0, 0, {NOT_READ: acts.rows} if acts.rows else {})
        for source in sources
        for acts in source.unread_acts
    ]


def _entry(source: Source, table: Opened, counted: list[tuple[int, str, int]]) -> Entry:
    """The entry of one table; DataError where its rows do not add up, which would be a defect."""
    assert table.found is not None
    used = sum(rows for fate, _, rows in counted if fate == USED)
    merged = sum(rows for fate, _, rows in counted if fate == MERGED)
    aside: dict[str, int] = defaultdict(int, table.found.rejected)
    for fate, reason, rows in counted:
        if fate == ASIDE:
            aside[reason] += rows
    rest = table.found.rows - used - merged - sum(aside.values())
    if source.declaration.tables[table.name].lookup:
        used += rest
    elif rest:
        aside[NO_RULE] += rest
    if rest < 0:
        raise DataError(f"{table.found.where}: {-rest} rows more than it has were accounted for; please report this")
    ordered = dict(sorted(aside.items(), key=lambda item: (-item[1], item[0])))
    return Entry(source.label, table.name, table.found.where, table.found.rows, used, merged, ordered)

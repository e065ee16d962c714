"""The staged tables: rows made of any source, before identity, topics and visitors find their accounts; and what became of raw rows."""

from __future__ import annotations

import duckdb

from bgml.data.tables import TABLES, Kind
from bgml.sources.declaration import TARGETS

SQL_TYPES: dict[Kind, str] = {"id": "VARCHAR", "text": "VARCHAR", "number": "DOUBLE", "time": "TIMESTAMP"}
ABOUT = {f"about_{what}": "VARCHAR" for what in ("campaign", "url", "asset", "form", "keyword", "product")}
"""Columns that say what an act or an opportunity is about, for `topics`."""

HINTS: dict[str, dict[str, str]] = {
    "accounts": {"updated_at": "TIMESTAMP"},
    "people": {"company": "VARCHAR", "domain": "VARCHAR", "updated_at": "TIMESTAMP"},
    "signals": {"email": "VARCHAR", "company": "VARCHAR", "domain": "VARCHAR", "ip": "VARCHAR", **ABOUT},
    "touches": {"email": "VARCHAR", **ABOUT},
    "opportunities": {"updated_at": "TIMESTAMP", **ABOUT},
    "opportunity_contacts": {"email": "VARCHAR"},
}
"""Columns of the staged tables beyond the contract: from where a person, an account or a topic can be found."""

MERGES = {"kind": "VARCHAR", "id": "VARCHAR", "master": "VARCHAR", "why": "VARCHAR", "elsewhere": "VARCHAR"}
"""Two records are one; `elsewhere` names the kind of source whose id the master is, written as that source's ids are."""
IDS = ("account_id", "person_id", "visitor_id", "opportunity_id", "id", "master")
NEEDED = {
    "accounts": ("account_id",),
    "people": ("person_id",),
    "signals": ("signal_id", "category", "action", "occurred_at"),
    "touches": ("touch_id", "kind", "occurred_at"),
    "opportunities": ("opportunity_id", "created_at", "outcome"),
    "opportunity_contacts": ("opportunity_id",),
    "merges": ("kind", "id", "master"),
}
"""What a staged row cannot be without; account and topic are found later."""

TIMES = {"signals": ("occurred_at", "recorded_at"), "touches": ("occurred_at",), "opportunities": ("created_at", "closed_at")}
"""Times that must lie between 1990 and tomorrow; the closed_at of an open deal is an expectation, and is dropped."""

RECORDS = ("accounts", "people", "opportunities")
USED, MERGED, ASIDE = 0, 1, 2
"""What became of a raw row, the best first; RECORDS are the targets that others refer to."""


def create_staging(connection: duckdb.DuckDBPyConnection) -> None:
    """The empty staged tables: staged_TARGET with `_source`, `_raw`, `_row` before their columns, and `fates`."""
    for target in TARGETS:
        columns = ", ".join(f"{name} {kind}" for name, kind in staged_columns(target).items())
        connection.execute(f"CREATE TABLE staged_{target} (_source INTEGER, _raw INTEGER, _row BIGINT, {columns})")
    connection.execute("CREATE TABLE outsiders (_source INTEGER, kind VARCHAR, id VARCHAR, reason VARCHAR)")
    connection.execute("CREATE TABLE fates (raw INTEGER, row BIGINT, fate TINYINT, reason VARCHAR)")


def staged_columns(target: str) -> dict[str, str]:
    """The columns of a staged table with their SQL types."""
    if target == "merges":
        return dict(MERGES)
    return {column.name: SQL_TYPES[column.kind] for column in TABLES[target].columns} | HINTS[target]

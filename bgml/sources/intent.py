"""Files of third-party intent as one raw table: every file by its own columns, with its name and the date in it."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping

import duckdb

from bgml.errors import DataError
from bgml.sources.declaration import Declaration
from bgml.sources.raw import Place, RawTable, identifier, quoted, squash

NAME = "intent"
DATE = re.compile(r"(?<![0-9])(20[0-9]{2})[-_.]?([01][0-9])[-_.]?([0-3][0-9])(?![0-9])")
WORDS = {
    "very high": 1.0,
    "high": 1.0,
    "hot": 1.0,
    "on fire": 1.0,
    "onfire": 1.0,
    "medium": 0.6,
    "moderate": 0.6,
    "warm": 0.6,
    "low": 0.3,
    "cold": 0.3,
}
"""Weights of scores that are words: a choice, in even steps below a full score."""


def create_intent_macros(connection: duckdb.DuckDBPyConnection) -> None:
    """What intent.toml calls beyond the macros of every declaration.

    iso_week(x): the Monday of 2024-W07. intent_weight(score, highest): the score over the vendor's highest, of a word by WORDS, null
    without one. known_from(begin, finish, came, named, delay): when rows about begin to finish became known: as delivered, unless
    before they begin; else by the date in the file's name, unless before they finish (then the name tells the week); else
    `delay` days after they finish.
    """
    words = " ".join(f"WHEN {quoted(word)} THEN {weight}" for word, weight in WORDS.items())
    for macro in (
        "iso_week(x) AS try_strptime(regexp_replace(upper(x), '^([0-9]{4})-?W([0-9]{2})$', '\\1-W\\2-1'), '%G-W%V-%u')::TIMESTAMP",
        f"intent_weight(score, highest) AS coalesce(number(score) / highest, CASE lower(clean(score)) {words} END)",
        """known_from(begin, finish, came, named, delay) AS coalesce(
            CASE WHEN came >= begin THEN came END,
            CASE WHEN named >= finish THEN named END,
            finish + to_days(CAST(delay AS INTEGER)))""",
    ):
        connection.execute(f"CREATE OR REPLACE MACRO {macro}")


def gathered(connection: duckdb.DuckDBPyConnection, declaration: Declaration, found: Mapping[str, Place]) -> dict[str, Place]:
    """All files or tables of a source of intent as the one raw table that the declaration is about; its macros are made as well."""
    create_intent_macros(connection)
    spellings = {names[0]: names for names in (text.rstrip("?").split("|") for text in declaration.tables[NAME].columns)}
    where = next(iter(found.values())).where if len(found) == 1 else f"{len(found)} files of intent"

    def opened() -> RawTable:
        selects, rows, rejected = [], 0, dict[str, int]()
        for place in sorted(found.values(), key=lambda place: place.where):
            table = place.open()
            selects.append(_select(table, spellings, rows))
            rows += table.rows
            for reason, number in table.rejected.items():
                rejected[reason] = rejected.get(reason, 0) + number
        return RawTable(NAME, where, " UNION ALL ".join(selects), tuple(spellings), rows, rejected)

    return {NAME: Place(NAME, where, opened)}


def _select(table: RawTable, spellings: Mapping[str, list[str]], first: int) -> str:
    """SQL of a file's rows under the declared names, numbered from `first`; DataError for a file that is none of intent."""
    by_squash = {squash(column): column for column in reversed(table.columns)}
    picked = {
        name: next((by_squash[squash(text)] for text in names if squash(text) in by_squash), None) for name, names in spellings.items()
    }
    for meaning, one_of in {"the company": ("domain", "account_id"), "the topic": ("topic", "category", "product")}.items():
        if not any(picked[name] for name in one_of):
            expected = " or ".join(one_of)
            raise DataError(
                f"{table.where} is no file of intent: no column says {meaning} ({expected}); it has {', '.join(table.columns[:8])}"
            )
    date = file_date(table.where)
    given = {"file": quoted(table.where), "file_date": quoted(date.isoformat()) if date else "NULL"}
    columns = (
        f"CAST({given[name] if name in given else identifier(column) if column else 'NULL'} AS VARCHAR) AS {name}"
        for name, column in picked.items()
    )
    return f"SELECT _row + {first} AS _row, {', '.join(columns)} FROM ({table.relation})"


def adopt_accounts(connection: duckdb.DuckDBPyConnection) -> None:
    """Let intent name accounts by ids of other sources: vendors repeat those of the CRM. Adds to `account_ids`."""
    connection.execute(
        """INSERT INTO account_ids SELECT DISTINCT s._source, s.account_id, known.final
        FROM staged_signals s JOIN (SELECT id, min(final) AS final FROM account_ids GROUP BY id) known ON known.id = s.account_id
        ANTI JOIN account_ids own ON own._source = s._source AND own.id = s.account_id WHERE s.category = 'third_party_intent'"""
    )


def file_date(name: str) -> datetime.date | None:
    """The last date in a file's name, None where there is none.

    >>> file_date("surge_2024-01-01_20240107.csv")
    datetime.date(2024, 1, 7)
    """
    for year, month, day in reversed(DATE.findall(name)):
        try:
            return datetime.date(int(year), int(month), int(day))
        except ValueError:
            continue
    return None

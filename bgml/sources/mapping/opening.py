"""The raw tables a declaration names, found and opened as views whose columns bear the declared names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import duckdb

from bgml.errors import DataError, SettingsError, nearest
from bgml.sources.declaration import Declaration, with_prefixes
from bgml.sources.mapping.asides import case_of, stated
from bgml.sources.mapping.staging import ASIDE
from bgml.sources.mapping.unread import Unread, unread_acts
from bgml.sources.raw import Place, RawTable, identifier, quoted, squash

NEVER = r"\b\B"
"""A pattern that fits nothing."""


@dataclass(frozen=True)
class Opened:
    """One raw table of a declaration in one source: its number in the account, what was found, which named columns are not there."""

    number: int
    name: str
    found: RawTable | None
    absent: tuple[str, ...] = ()


@dataclass(frozen=True)
class Source:
    """One source of an import, its raw tables as views of the DuckDB schema `space`; `label` tells it from others.

    `unread` names the tables that the declaration does not, `unread_acts` counts the rows of those that look like acts.
    """

    number: int
    label: str
    declaration: Declaration
    settings: Mapping[str, Any]
    tables: Mapping[str, Opened]
    unread: tuple[str, ...]
    unread_acts: tuple[Unread, ...] = ()

    @property
    def space(self) -> str:
        """The DuckDB schema of its views."""
        return f"source{self.number}"

    @property
    def id_prefix(self) -> str:
        """What its ids begin with; a second source of a kind whose ids are small numbers has one of its own."""
        crm = self.declaration.crm
        return f"{self.label}:" if crm.id_prefix and self.label != crm.name else crm.id_prefix


def open_source(
    connection: duckdb.DuckDBPyConnection,
    number: int,
    label: str,
    declaration: Declaration,
    settings: Mapping[str, Any],
    found: Mapping[str, Place],
    first: int,
) -> Source:
    """Open the raw tables a declaration names and make its views; raw tables are numbered from `first`.

    DataError where a required table is missing, or a table lacks a column it is of no use without.
    """
    places = {name: _place(declaration, name, found) for name in declaration.tables}
    missing = [name for name, place in places.items() if place is None and declaration.tables[name].required]
    if missing:
        names = " or ".join(declaration.tables[missing[0]].names)
        held = ", ".join(sorted(found)[:8]) or "nothing"
        raise DataError(f"{declaration.crm.title}: there is no table {names}, and nothing can be imported without it; found were {held}")
    space = f"source{number}"
    connection.execute(f"CREATE SCHEMA {space}")
    tables = {}
    for offset, (name, place) in enumerate(places.items()):
        tables[name] = _view(connection, space, declaration, settings, name, place.open() if place else None, first + offset)
    for name, field in declaration.fields.items():
        if field.kind != "column":
            connection.execute(f"CREATE MACRO {space}.setting_{name}() AS {_setting(field.kind, settings[name])}")
    connection.execute(f"CREATE MACRO {space}.own(x) AS {quoted(label + ':')} || key(x)")
    _derive(connection, space, declaration)
    taken = {place.name for place in places.values() if place}
    unread = tuple(sorted(set(found) - taken))
    return Source(number, label, declaration, settings, tables, unread, unread_acts(found[name] for name in unread))


def _derive(connection: duckdb.DuckDBPyConnection, space: str, declaration: Declaration) -> None:
    """Make the tables that blocks join, in the order in which they are declared."""
    connection.execute(f"SET search_path = '{space},main'")
    try:
        for name, text in declaration.derived.items():
            with stated(f"{declaration.path.name}, [derived] {name}", name):
                connection.execute(f"CREATE TABLE {space}.{name} AS {text}")
    finally:
        connection.execute("SET search_path = 'main'")


def _setting(kind: str, words: list[Any]) -> str:
    """SQL of a number, of a list of words in lower case, or of patterns as one; without any it fits nothing."""
    if kind == "number":
        return f"CAST({words[0] if words else 'NULL'} AS DOUBLE)"
    if kind == "words":
        return f"CAST([{', '.join(quoted(word.lower()) for word in words)}] AS VARCHAR[])"
    return quoted("|".join(f"(?:{word})" for word in words) or NEVER)


def _place(declaration: Declaration, name: str, found: Mapping[str, Place]) -> Place | None:
    """Where a raw table of the declaration lies; DataError when it is there under two names."""
    names = dict.fromkeys(full for given in declaration.tables[name].names for full in with_prefixes(declaration.crm, given))
    squashed = {squash(place): found[place] for place in found}
    there = {place.name: place for full in names if (place := squashed.get(squash(full))) is not None}
    if len(there) > 1:
        raise DataError(f"{declaration.crm.title}: the table {name} is there twice ({' and '.join(there)}); keep one of them")
    return next(iter(there.values()), None)


def _view(
    connection: duckdb.DuckDBPyConnection,
    space: str,
    declaration: Declaration,
    settings: Mapping[str, Any],
    name: str,
    table: RawTable | None,
    number: int,
) -> Opened:
    """The view of one raw table: the declared columns as text, null where they are absent, without the rows it sets aside."""
    declared = declaration.tables[name]
    spellings = {text.split("|")[0]: text.split("|") for text in (column.rstrip("?") for column in declared.columns)}
    quiet = {column.rstrip("?").split("|")[0] for column in declared.columns if column.endswith("?")}
    own = {f"field_{key}": settings[key] for key, item in declaration.fields.items() if item.kind == "column" and name in item.tables}
    by_squash = {squash(column): column for column in reversed(table.columns)} if table else {}
    picked = {column: _pick(names, table.columns if table else (), by_squash) for column, names in (spellings | own).items()}
    if table:
        _check_columns(declaration, name, table, picked, own)
    # An empty text is no value; CSV has no other way to say so, and exports differ.
    columns = ", ".join(
        f"nullif(CAST({identifier(found)} AS VARCHAR), '') AS {column}" if found else f"CAST(NULL AS VARCHAR) AS {column}"
        for column, found in picked.items()
    )
    relation = table.relation if table else "SELECT CAST(NULL AS BIGINT) AS _row WHERE false"
    fate = case_of(declared.aside)
    with stated(f"{declaration.path.name}, [tables.{name}]", table.where if table else name):
        connection.execute(f"CREATE VIEW {space}.{name}_all AS SELECT _row, {columns} FROM ({relation})")
        connection.execute(f"CREATE VIEW {space}.{name} AS SELECT * FROM {space}.{name}_all WHERE ({fate}) IS NULL")
        if table and declared.aside:
            connection.execute(
                f"INSERT INTO fates SELECT {number}, _row, {ASIDE}, reason FROM (SELECT _row, {fate} AS reason FROM {space}.{name}_all) "
                "WHERE reason IS NOT NULL"
            )
    absent = tuple(column for column, found in picked.items() if not found and column in spellings.keys() - quiet) if table else ()
    return Opened(number, name, table, absent)


def _pick(names: list[str], columns: tuple[str, ...], by_squash: Mapping[str, str]) -> str | None:
    """The raw column meant by the first spelling that is there, letter by letter or else by its squashed name."""
    for name in names:
        if name in columns:
            return name
        if squash(name) in by_squash:
            return by_squash[squash(name)]
    return None


def _check_columns(
    declaration: Declaration, name: str, table: RawTable, picked: Mapping[str, str | None], own: Mapping[str, list[str]]
) -> None:
    """DataError for a column the table is of no use without, SettingsError for one the settings name in vain."""
    for column in declaration.tables[name].needed:
        if picked[column] is None:
            raise DataError(f'{table.where} has no column "{column}", without which it is of no use; it has {", ".join(table.columns[:8])}')
    for column, words in own.items():
        elsewhere = declaration.fields[column.removeprefix("field_")].tables
        if words and picked[column] is None and len(elsewhere) == 1:
            hint = nearest(words[0], table.columns)
            where = f"bgml.toml: [sources.{declaration.crm.name}]"
            raise SettingsError(f'{where} names "{words[0]}", but {table.where} has no such column{hint}')

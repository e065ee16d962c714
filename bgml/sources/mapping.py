"""Running a declaration: raw tables become views, blocks become rows of the staged tables, and every raw row gets its fate."""

from __future__ import annotations

import contextlib
import datetime
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import duckdb

from bgml.data.tables import TABLES, Kind
from bgml.data.warehouse import reading
from bgml.errors import DataError, SettingsError, nearest
from bgml.sources.declaration import TARGETS, Aside, Block, Declaration, with_prefixes
from bgml.sources.raw import Place, RawTable, identifier, quoted

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
NEVER = r"\b\B"
RECORDS = ("accounts", "people", "opportunities")
USED, MERGED, ASIDE = 0, 1, 2


@dataclass(frozen=True)
class Opened:
    """One raw table of a declaration in one source: its number in the account, what was found, which named columns are not there."""

    number: int
    name: str
    found: RawTable | None
    absent: tuple[str, ...] = ()


@dataclass(frozen=True)
class Source:
    """One source of an import, its raw tables as views of the DuckDB schema `space`; `label` tells it from others."""

    number: int
    label: str
    declaration: Declaration
    settings: Mapping[str, Any]
    tables: Mapping[str, Opened]
    unread: tuple[str, ...]

    @property
    def space(self) -> str:
        """The DuckDB schema of its views."""
        return f"source{self.number}"

    @property
    def id_prefix(self) -> str:
        """What its ids begin with; a second source of a kind whose ids are small numbers has one of its own."""
        crm = self.declaration.crm
        return f"{self.label}:" if crm.id_prefix and self.label != crm.name else crm.id_prefix


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
    return Source(number, label, declaration, settings, tables, unread)


def _derive(connection: duckdb.DuckDBPyConnection, space: str, declaration: Declaration) -> None:
    """Make the tables that blocks join, in the order in which they are declared."""
    connection.execute(f"SET search_path = '{space},main'")
    try:
        for name, text in declaration.derived.items():
            with _stated(f"{declaration.path.name}, [derived] {name}", name):
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


def squash(name: str) -> str:
    """A name without case and punctuation: AccountId, account_id and "ACCOUNT_ID" are one.

    >>> squash('"Product_Line__c"')
    'productlinec'
    """
    return re.sub(r"[^a-z0-9]", "", name.lower())


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
    fate = _case(declared.aside)
    with _stated(f"{declaration.path.name}, [tables.{name}]", table.where if table else name):
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


def _case(asides: tuple[Aside, ...]) -> str:
    """SQL of the first reason that fits a row, null when none does."""
    whens = " ".join(f"WHEN {condition} THEN {_reason(reason, *more)}" for reason, condition, *more in asides)
    return f"CASE {whens} END" if whens else "CAST(NULL AS VARCHAR)"


def _reason(reason: str, value: str | None = None) -> str:
    """SQL of why a row is set aside, with a value of the row where the declaration wants one."""
    return f"{quoted(reason)} || coalesce(': ' || CAST({value} AS VARCHAR), '')" if value else quoted(reason)


@contextlib.contextmanager
def _stated(place: str, where: str) -> Iterator[None]:
    """Turn faults in a declaration's SQL into a SettingsError that names the place in it, others into a DataError of the table."""
    try:
        with reading(where):
            yield
    except DataError as error:
        if isinstance(error.__cause__, (duckdb.ParserException, duckdb.BinderException, duckdb.CatalogException)):
            said = " ".join(str(error.__cause__).split())
            raise SettingsError(f"{place} is no SQL that DuckDB runs: {said[:300]}") from error.__cause__
        raise


def run_blocks(connection: duckdb.DuckDBPyConnection, source: Source, now: datetime.datetime) -> dict[str, str]:
    """Stage the rows of every block of a source whose raw table is there; returns why times are not to be trusted, by what has them."""
    undated = {}
    connection.execute(f"SET search_path = '{source.space},main'")
    try:
        for target in TARGETS:
            for number, block in enumerate(source.declaration.blocks[target], 1):
                opened = source.tables[block.source]
                if opened.found is not None:
                    with _stated(f"{source.declaration.path.name}, [[{target}]] {number}", opened.found.where):
                        staged = _run_block(connection, source, target, block, opened, now)
                    if staged and block.undated:
                        undated[f"{target} from {opened.found.where} ({staged:,})"] = block.undated
    finally:
        connection.execute("SET search_path = 'main'")
    return undated


def _run_block(
    connection: duckdb.DuckDBPyConnection, source: Source, target: str, block: Block, opened: Opened, now: datetime.datetime
) -> int:
    """Stage the rows of one block that can be used, and note the others with the reason; returns how many were staged."""
    kinds = staged_columns(target)
    unknown = [name for name in block.columns if name not in kinds]
    if unknown:
        raise SettingsError(f'"{unknown[0]}" is not a column of {target}{nearest(unknown[0], kinds)}')
    columns = {name: f"CAST({_with_prefix(source, target, block, name, text)} AS {kinds[name]})" for name, text in block.columns.items()}
    selected = ", ".join(f"{text} AS {name}" for name, text in columns.items())
    fate, outside = _case(block.aside), _case(block.outside)
    chosen = f"SELECT {block.source}._row AS _row, {fate} AS _aside, {outside} AS _outside, {selected}"
    inner = f"{chosen} FROM {block.source} {block.join} WHERE {block.where}"
    checked = f"coalesce(_aside, _outside, CASE {_faults(target, set(columns), now)} END)"
    connection.execute(f"CREATE TEMP TABLE block AS SELECT * REPLACE ({checked} AS _aside) FROM ({inner})")
    names = ", ".join(columns)
    staged = connection.execute(
        f"INSERT INTO main.staged_{target} (_source, _raw, _row, {names}) "
        f"SELECT {source.number}, {opened.number}, _row, {names} FROM block WHERE _aside IS NULL"
    ).fetchone()
    connection.execute(f"INSERT INTO main.fates SELECT {opened.number}, _row, {ASIDE}, _aside FROM block WHERE _aside IS NOT NULL")
    if block.outside and target in RECORDS:
        connection.execute(
            f"INSERT INTO main.outsiders SELECT DISTINCT {source.number}, '{target}', {NEEDED[target][0]}, _outside FROM block "
            "WHERE _outside IS NOT NULL"
        )
    if target == "merges":
        makes = any(other.source == block.source for kind in RECORDS for other in source.declaration.blocks[kind])
        fate = f"{MERGED}, why" if makes else f"{USED}, NULL"
        connection.execute(f"INSERT INTO main.fates SELECT {opened.number}, _row, {fate} FROM block WHERE _aside IS NULL")
    connection.execute("DROP TABLE block")
    return int(staged[0]) if staged else 0


def _with_prefix(source: Source, target: str, block: Block, name: str, text: str) -> str:
    """SQL of a column, ids made different from those of other sources."""
    prefix = source.id_prefix
    if name in IDS and prefix and not (name == "master" and "elsewhere" in block.columns):
        return f"{quoted(prefix)} || ({text})"
    if name in ("signal_id", "touch_id"):
        return f"{quoted(f'{source.label}:{block.source}:')} || ({text})"
    return f"({text})"


def _faults(target: str, columns: set[str], now: datetime.datetime) -> str:
    """SQL of the reasons no row of a target can have: something it needs is missing, or its time is none."""
    faults = [f"WHEN {name} IS NULL THEN {quoted(f'no {name} that can be read')}" for name in NEEDED[target]]
    end = (now + datetime.timedelta(days=1)).isoformat(sep=" ")
    for name in TIMES.get(target, ()):
        if name in columns:
            only = "outcome <> 'open' AND " if name == "closed_at" else ""
            faults.append(f"WHEN {only}{name} < TIMESTAMP '1990-01-01' THEN {quoted(f'{name} is before 1990')}")
            faults.append(f"WHEN {only}{name} >= TIMESTAMP '{end}' THEN {quoted(f'{name} is in the future')}")
    if target == "opportunities":
        faults.append("WHEN outcome <> 'open' AND closed_at IS NULL THEN 'closed, but nobody knows when'")
    if target == "opportunities" and "amount" in columns:
        faults.append("WHEN amount < 0 THEN 'negative amount: no purchase'")
    if target == "merges":
        faults.append("WHEN id = master THEN 'merged into itself'")
    return " ".join(faults)

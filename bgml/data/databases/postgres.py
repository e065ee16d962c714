"""PostgreSQL: a read-only session, and its tables as the contract can read them."""

from __future__ import annotations

import json
import os
import weakref
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
import pyarrow

from bgml.data.databases.failures import first_line, secrets_of
from bgml.errors import DataError, nearest

if TYPE_CHECKING:
    import psycopg

PATIENCE = 10
"""Seconds to wait for a server that does not answer."""
SESSION = """
SET TIME ZONE 'UTC'; SET DATESTYLE = 'ISO'; SET extra_float_digits = 3; SET standard_conforming_strings = on;
SET cursor_tuple_fraction = 1.0
"""
COLUMNS = """
SELECT c.relname, a.attname, t.typname, t.typcategory, a.atttypmod, has_table_privilege(c.oid, 'SELECT')
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid JOIN pg_type t ON t.oid = a.atttypid
WHERE n.nspname = %s AND c.relkind IN ('r', 'v', 'm', 'p', 'f') AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY c.relname, a.attnum
"""
WHOLE = {"int2": dt.int16, "int4": dt.int32, "int8": dt.int64}
MOST_DIGITS = 18
"""So many digits always fit into 64 bits."""
STAMP = dt.Timestamp(scale=6)


@dataclass(frozen=True)
class Place:
    """Where a URL leads: what libpq is to be told, the schema asked for, and how messages name server, database and user."""

    conninfo: str
    schema: str | None
    server: str
    database: str
    user: str


@dataclass(frozen=True)
class Column:
    """A column as the server describes it."""

    name: str
    kind: str
    category: str
    modifier: int


@dataclass(frozen=True)
class Relation:
    """A table or view, and whether the user may read it."""

    name: str
    columns: tuple[Column, ...]
    readable: bool


def place(url: str) -> Place:
    """The parts of postgresql://user:password@host:port/database/schema?options; the schema may also be an option, ?schema=."""
    try:
        parts = urlsplit(url)
        port = parts.port or 5432
    except ValueError:
        raise DataError("the URL of the postgres warehouse cannot be read: write a special character of its password as %XX") from None
    database, _, schema = parts.path.removeprefix("/").partition("/")
    options = dict(parse_qsl(parts.query))
    schema = options.pop("schema", "") or unquote(schema)
    conninfo = urlunsplit(("postgresql", parts.netloc, f"/{database}", urlencode(options), ""))
    server = f"{parts.hostname or options.get('host', 'this machine')}:{port}"
    return Place(conninfo, schema or None, server, unquote(database), unquote(parts.username or options.get("user", "")))


def connect(url: str, *, writes: bool = False) -> tuple[psycopg.Connection[Any], str]:
    """A session in UTC that cannot write unless it `writes`, and its schema; DataError, without the password, when there is none."""
    import psycopg

    there = place(url)
    try:
        given: dict[str, Any] = {"application_name": "bgml", "client_encoding": "UTF8"}
        given |= {} if "connect_timeout=" in there.conninfo else {"connect_timeout": PATIENCE}
        connection = psycopg.connect(there.conninfo, autocommit=True, prepare_threshold=None, **given)
    except psycopg.Error as error:
        raise DataError(_why_closed(there, error, first_line(error, secrets_of(url)))) from None
    try:
        connection.execute(SESSION.encode())
        if not writes:
            connection.execute("SET default_transaction_read_only = on")
        return connection, _settled(connection, there)
    except psycopg.Error as error:
        connection.close()
        raise DataError(f"the postgres warehouse cannot be used: {first_line(error, secrets_of(url))}") from None
    except DataError:
        connection.close()
        raise


def _why_closed(there: Place, error: Exception, said: str) -> str:
    """One sentence on why a server did not let us in."""
    text = str(error)
    if "authentication failed" in text or "no password supplied" in text:
        way_out = "correct the environment variable that holds the URL"
        return f'the postgres server {there.server} refuses the user "{there.user}" or the password; {way_out}'
    if f'database "{there.database}" does not exist' in text:
        return f'the postgres server {there.server} has no database "{there.database}"; correct the end of the URL'
    if any(sign in text for sign in ("could not translate", "failed to resolve", "Name or service not known", "No address associated")):
        return f"there is no postgres server {there.server}: its name is not known; correct the URL"
    if any(sign in text for sign in ("refused", "timeout", "timed out", "No such file", "No route", "unreachable")):
        return f"no postgres server answers at {there.server}; see that it runs, that the URL is right and that no firewall is between"
    return f"the postgres warehouse cannot be opened: {said.rpartition('FATAL:')[2].strip() or said}; see that the URL is right"


def _settled(connection: psycopg.Connection[Any], there: Place) -> str:
    """The schema in which tables are looked for, made the session's own."""
    if there.schema is None:
        found = connection.execute("SELECT current_schema()").fetchone()
        if found is None or found[0] is None:
            way_out = f"name one: .../{there.database}/SCHEMA"
            raise DataError(f'the database "{there.database}" has no schema on the search path of the user; {way_out}')
        return str(found[0])
    names = [name for (name,) in connection.execute("SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' ORDER BY 1").fetchall()]
    if there.schema not in names:
        hint = nearest(there.schema, names) or f"; it has {', '.join(names[:5])}"
        raise DataError(f'the database "{there.database}" has no schema "{there.schema}"{hint}')
    allowed = connection.execute("SELECT has_schema_privilege(%s, 'USAGE')", (there.schema,)).fetchone()
    if not (allowed and allowed[0]):
        raise DataError(f'the user "{there.user}" may not use the schema "{there.schema}"; GRANT USAGE ON SCHEMA gives that right')
    connection.execute("SELECT set_config('search_path', quote_ident(%s), false)", (there.schema,))
    return there.schema


def backend_of(connection: psycopg.Connection[Any]) -> Any:  # noqa: ANN401  (Ibis types its backends per warehouse)
    """The session behind Ibis, closed when the backend goes away, by the process that opened it."""
    from ibis.backends.postgres import Backend

    backend = Backend.from_connection(connection)
    weakref.finalize(backend, _close, connection, os.getpid())
    return backend


def _close(connection: psycopg.Connection[Any], owner: int) -> None:
    if os.getpid() == owner:
        connection.close()


def relations(connection: psycopg.Connection[Any], schema: str) -> list[Relation]:
    """Every table and view of a schema."""
    columns: dict[str, list[Column]] = {}
    readable: dict[str, bool] = {}
    for relation, name, kind, category, modifier, may in connection.execute(COLUMNS, (schema,)).fetchall():
        columns.setdefault(relation, []).append(Column(name, kind, category, modifier))
        readable[relation] = may
    return [Relation(name, tuple(columns[name]), readable[name]) for name in columns]


def rows(backend: Any, schema: str, relation: Relation, named: Collection[str]) -> ir.Table:  # noqa: ANN401
    """A table for Ibis: text in the order of its bytes, times in UTC, numbers as floats, other kinds as text.

    Text is compared by its bytes, as everywhere else in bgml, whatever the database's own language. An infinite time is null: an open end.
    `named` are the names of the contract: a column that differs from one by its case only takes it.
    """
    given = {column.name for column in relation.columns}
    names = [_name(column.name, given, named) for column in relation.columns]
    picked = [(*_read(column), name) for column, name in zip(relation.columns, names, strict=True)]
    listed = ", ".join(f"{sql} AS {quoted(name)}" for sql, _, name in picked)
    made: ir.Table = backend.sql(
        f"SELECT {listed} FROM {quoted(schema)}.{quoted(relation.name)}", schema=ibis.schema({name: kind for _, kind, name in picked})
    )
    return made


def _name(column: str, given: Collection[str], named: Collection[str]) -> str:
    lowered = column.lower()
    return lowered if column not in named and lowered in named and lowered not in given else column


def _read(column: Column) -> tuple[str, dt.DataType]:
    """How a column is read, and the type that gives."""
    name = quoted(column.name)
    if column.kind in WHOLE:
        return name, WHOLE[column.kind]
    if column.kind == "numeric" and column.modifier >= 0:
        digits, scale = (column.modifier - 4) >> 16, (column.modifier - 4) & 0x7FF
        if scale == 0:
            return (f"CAST({name} AS BIGINT)", dt.int64) if digits <= MOST_DIGITS else (name, dt.Decimal(digits, 0))
    if column.category == "N" and column.kind in ("numeric", "float4", "float8"):
        return f"CAST({name} AS DOUBLE PRECISION)", dt.float64
    if column.kind == "money":
        return f"CAST(CAST({name} AS NUMERIC) AS DOUBLE PRECISION)", dt.float64
    if column.kind in ("timestamp", "timestamptz", "date"):
        bounded = f"NULLIF(NULLIF({name}, 'infinity'), '-infinity')"
        at = f"({bounded}) AT TIME ZONE 'UTC'" if column.kind == "timestamptz" else bounded
        return at, dt.date if column.kind == "date" else STAMP
    if column.kind == "bool":
        return name, dt.boolean
    return f'CAST({name} AS TEXT) COLLATE "C"', dt.string


def literal(backend: Any, given: pyarrow.Table) -> ir.Table:  # noqa: ANN401
    """Rows of this process as part of a query: a session that cannot write makes no temporary table. Columns: text, integers, times."""
    kinds = ibis.Schema.from_pyarrow(given.schema)
    types = {name: _declared(kind) for name, kind in kinds.items()}
    content = json.dumps(given.to_pylist(), ensure_ascii=False, default=lambda value: value.isoformat()).replace("'", "''")
    collation = {"TEXT": ' COLLATE "C"'}
    picked = ", ".join(f"{quoted(name)}{collation.get(declared, '')} AS {quoted(name)}" for name, declared in types.items())
    listed = ", ".join(f"{quoted(name)} {declared}" for name, declared in types.items())
    made: ir.Table = backend.sql(f"SELECT {picked} FROM JSON_TO_RECORDSET('{content}') AS given({listed})", schema=kinds)
    return made


def _declared(kind: dt.DataType) -> str:
    if kind.is_integer():
        return "BIGINT"
    if kind.is_timestamp():
        return "TIMESTAMP"
    if kind.is_date():
        return "DATE"
    return "DOUBLE PRECISION" if kind.is_floating() else "TEXT"


def quoted(name: str) -> str:
    """A name as SQL writes it.

    >>> quoted('b"c')
    '"b""c"'
    """
    return '"' + name.replace('"', '""') + '"'

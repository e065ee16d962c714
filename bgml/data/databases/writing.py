"""Rows of one date written back to a table of the project's database, in one transaction, in place of those of that date."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa

from bgml.data.databases.failures import first_line, lost, secrets_of
from bgml.data.databases.postgres import connect, quoted
from bgml.data.tables import TABLES
from bgml.errors import DataError

if TYPE_CHECKING:
    import psycopg

POSTGRES = {
    "date32[day]": "date", "int32": "integer", "int64": "bigint", "double": "double precision", "string": "text", "bool": "boolean",
    "list<item: string>": "text[]", "list<element: string>": "text[]",
}  # fmt: skip
DUCKDB = {
    "date32[day]": "DATE", "int32": "INTEGER", "int64": "BIGINT", "double": "DOUBLE", "string": "VARCHAR", "bool": "BOOLEAN",
    "list<item: string>": "VARCHAR[]", "list<element: string>": "VARCHAR[]",
}  # fmt: skip
NAME = re.compile(r"(?:(?P<schema>[A-Za-z_]\w*)\.)?(?P<table>[A-Za-z_]\w*)", re.ASCII)
DESCRIBED = """
SELECT a.attname, format_type(a.atttypid, a.atttypmod), c.relkind
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
WHERE n.nspname = %s AND c.relname = %s AND a.attnum > 0 AND NOT a.attisdropped
"""


def check_target(url: str, name: str) -> tuple[str | None, str]:
    """The schema (None: the session's own) and the table a name means; DataError for a place or a name that cannot be written to."""
    found = NAME.fullmatch(name)
    if found is None:
        raise DataError(f'"{name}" is no name of a table; use letters, digits and _, as in rankings or crm.rankings')
    if found["table"].lower() in TABLES:
        raise DataError(f'"{name}" is the name of a table bgml reads; write to one of another name')
    postgres = url.startswith(("postgres://", "postgresql://"))
    if not postgres and Path(url.removeprefix("duckdb://")).suffix != ".duckdb":
        what = f"a {url.partition('://')[0]} warehouse" if "://" in url else "no database"
        raise DataError(f"[data] url is {what}: a table is written to PostgreSQL or a .duckdb file; write a file with --out")
    return found["schema"], found["table"]


def replace_date(url: str, name: str, rows: pa.Table, as_of: datetime.date) -> None:
    """Put rows into a table, in place of those it holds of the same `as_of`; the table is made where it is missing.

    One transaction: a reader sees the former rows or the new ones, and so does whoever looks after a crash. DataError when the table has
    other columns, or cannot be written; nothing is changed then.
    """
    schema, table = check_target(url, name)
    if "://" in url and not url.startswith("duckdb://"):
        _into_postgres(url, schema, table, rows, as_of)
    else:
        _into_duckdb(Path(url.removeprefix("duckdb://")), schema or "main", table, rows, as_of)


def _into_postgres(url: str, schema: str | None, table: str, rows: pa.Table, as_of: datetime.date) -> None:
    import psycopg

    connection, current = connect(url, writes=True)
    where = f"{schema or current}.{table}"
    try:
        with connection, connection.transaction():
            # Two exports at once take turns.
            connection.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", (f"bgml {where}",))
            _prepare(connection, schema or current, table, rows.schema)
            target = f"{quoted(schema or current)}.{quoted(table)}"
            connection.execute(f"DELETE FROM {target} WHERE as_of = %s".encode(), (as_of,))
            _copy(connection, target, rows)
    except psycopg.Error as error:
        raise DataError(f"{where} was not written: {first_line(error, secrets_of(url))}; {_way_out(error)}") from None


def _prepare(connection: psycopg.Connection[Any], schema: str, table: str, columns: pa.Schema) -> None:
    """Make the table where it is missing; DataError where it has other columns or is no table."""
    found = connection.execute(DESCRIBED, (schema, table)).fetchall()
    wanted = {field.name: POSTGRES[str(field.type)] for field in columns}
    if not found:
        listed = ", ".join(f"{quoted(name)} {kind}" for name, kind in wanted.items())
        connection.execute(f"CREATE TABLE {quoted(schema)}.{quoted(table)} ({listed})".encode())
    elif found[0][2] not in ("r", "p"):
        raise DataError(f"{schema}.{table} is no table that can be written to; name another one")
    else:
        _compare(f"{schema}.{table}", {name: kind for name, kind, _ in found}, wanted)


def _copy(connection: psycopg.Connection[Any], target: str, rows: pa.Table) -> None:
    listed = ", ".join(map(quoted, rows.column_names))
    with connection.cursor() as cursor, cursor.copy(f"COPY {target} ({listed}) FROM STDIN".encode()) as copy:
        for batch in rows.to_batches(max_chunksize=10_000):
            for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                copy.write_row(row)


def _way_out(error: psycopg.Error) -> str:
    if error.sqlstate == "42501":
        return "the user needs the right to write there: GRANT CREATE on the schema, or INSERT, SELECT and DELETE on the table"
    if error.sqlstate == "3F000":
        return "create the schema first"
    return "nothing is changed, run this again" if lost(error) else "nothing is changed"


def _into_duckdb(path: Path, schema: str, table: str, rows: pa.Table, as_of: datetime.date) -> None:
    if not path.exists():
        raise DataError(f"{path} does not exist; a table is written to the project's database, where its tables are")
    try:
        with duckdb.connect(str(path)) as connection:
            connection.begin()
            _prepare_duckdb(connection, schema, table, rows.schema)
            target = f"{quoted(schema)}.{quoted(table)}"
            connection.execute(f"DELETE FROM {target} WHERE as_of = ?", [as_of])
            connection.register("bgml_rows", rows)
            connection.execute(f"INSERT INTO {target} BY NAME SELECT * FROM bgml_rows")
            connection.commit()
    except duckdb.Error as error:
        raise DataError(f"{schema}.{table} of {path} was not written: {first_line(error)}; nothing is changed") from None


def _prepare_duckdb(connection: duckdb.DuckDBPyConnection, schema: str, table: str, columns: pa.Schema) -> None:
    here = "table_catalog = current_database() AND table_schema = ? AND table_name = ?"
    kind = connection.execute(f"SELECT table_type FROM information_schema.tables WHERE {here}", [schema, table]).fetchone()
    wanted = {field.name: DUCKDB[str(field.type)] for field in columns}
    if kind is None:
        listed = ", ".join(f"{quoted(name)} {kind}" for name, kind in wanted.items())
        connection.execute(f"CREATE TABLE {quoted(schema)}.{quoted(table)} ({listed})")
    elif kind[0] != "BASE TABLE":
        raise DataError(f"{schema}.{table} is no table that can be written to; name another one")
    else:
        held = connection.execute(f"DESCRIBE {quoted(schema)}.{quoted(table)}").fetchall()
        _compare(f"{schema}.{table}", {row[0]: row[1] for row in held}, wanted)


def _compare(where: str, held: Mapping[str, str], wanted: Mapping[str, str]) -> None:
    """DataError where a table's columns are not those that are to be written."""
    if held == wanted:
        return
    lacks = [name for name in wanted if name not in held]
    more = [name for name in held if name not in wanted]
    other = [f"{name} is {held[name]} and not {kind}" for name, kind in wanted.items() if held.get(name, kind) != kind]
    told = [f"it lacks {', '.join(lacks[:3])}"] * bool(lacks) + [f"it has {', '.join(more[:3])}"] * bool(more) + other[:2]
    problem = f"the table {where} has other columns than what is to be written ({'; '.join(told)})"
    raise DataError(f"{problem}; name another table, or drop this one")

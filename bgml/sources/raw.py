"""Raw tables where they lie: a folder of CSV or Parquet files, a .duckdb file, a database; every value as text, every row numbered."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pyarrow
import pyarrow.parquet

from bgml.config import holds_password
from bgml.data import csvfiles
from bgml.data.databases.failures import first_line, secrets_of
from bgml.data.databases.opening import SCHEMES, connected
from bgml.data.warehouse import reading
from bgml.errors import DataError, nearest
from bgml.project import from_environment

CHUNK = 1 << 22
MARKS = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


@dataclass(frozen=True)
class RawTable:
    """A raw table ready to be read: `relation` is SQL of its columns as text and `_row`, 0 to rows - 1.

    `columns` as they are spelled, with what selects each; `rejected` counts what was no row at all, by problem; it is part of `rows`.
    """

    name: str
    where: str
    relation: str
    columns: tuple[str, ...]
    rows: int
    rejected: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Place:
    """A raw table that was found, not yet opened; `count` tells its rows where opening it would bring all of them here."""

    name: str
    where: str
    open: Callable[[], RawTable]
    count: Callable[[], int] | None = None

    def rows(self) -> int:
        """How many rows it has."""
        return self.count() if self.count else self.open().rows


def places(
    connection: duckdb.DuckDBPyConnection, source: str, work: Path, schema: str | None = None, *, closing: ExitStack | None = None
) -> dict[str, Place]:
    """The raw tables behind `source`, by their names in lower case; DataError where there are none.

    `source`: a folder, a single file, a .duckdb file, a database URL or "env:NAME"; `schema`: where in a database they lie. CSV files are
    brought into Parquet under `work`, an existing folder of the caller's. A connection to a database ends with `closing`.
    """
    if holds_password(source):
        raise DataError('SRC holds a password: put the whole URL into an environment variable and write "env:NAME"')
    source = from_environment(source, "SRC")
    if "://" in source and not source.startswith("duckdb://"):
        found = _database_places(source, schema, work, closing or ExitStack())
    else:
        found = _local_places(connection, Path(source.removeprefix("duckdb://")).expanduser(), work, schema)
    named: dict[str, Place] = {}
    for place in found:
        if place.name in named:
            raise DataError(f"{source} holds {place.name} twice ({named[place.name].where} and {place.where}); keep one, or say --schema")
        named[place.name] = place
    return named


def _local_places(connection: duckdb.DuckDBPyConnection, path: Path, work: Path, schema: str | None) -> list[Place]:
    if not path.exists():
        raise DataError(f"{path} does not exist; SRC is a folder of CSV or Parquet files, a .duckdb file or a database URL")
    if path.suffix in (".duckdb", ".db") and path.is_file():
        return _duckdb_places(connection, path, schema)
    files = [path] if path.is_file() else sorted(path.iterdir())
    found = [place for file in files if (place := _file_place(connection, file, work)) is not None]
    if not found:
        raise DataError(f"{path} holds no .csv or .parquet file; SRC is a folder of them, a .duckdb file or a database URL")
    return found


def _file_place(connection: duckdb.DuckDBPyConnection, path: Path, work: Path) -> Place | None:
    """A file, or a folder of parts named after the table; None for anything else, and for a CSV file without even a header."""
    kind, parts = path.suffix[1:].lower(), [path]
    if path.is_dir():
        parts = sorted(part for part in path.rglob("*") if part.suffix.lower() in (".csv", ".parquet"))
        held = {part.suffix[1:].lower() for part in parts}
        kind = held.pop() if len(held) == 1 else ""
    if kind not in ("csv", "parquet") or all(_is_blank(part) for part in parts):
        return None
    name = (path.name if path.is_dir() else path.stem).lower()
    opened = _open_csv if kind == "csv" else _open_parquet
    return Place(name, path.name, lambda: opened(connection, name, path.name, parts, work))


def _is_blank(file: Path) -> bool:
    """Whether a file holds nothing but an empty line."""
    return file.stat().st_size <= 8 and not file.read_bytes().strip()


def _open_csv(connection: duckdb.DuckDBPyConnection, name: str, where: str, files: list[Path], work: Path) -> RawTable:
    with reading(where):
        readable = [_as_utf8(file, work / f"{name}_{number}.csv") for number, file in enumerate(files)]
        staged = csvfiles.stage(connection, readable, work / f"{name}.parquet")
    opened = _open_parquet(connection, name, where, [staged.path], work)
    rejected: dict[str, int] = {}
    for problem in staged.rejected.column("problem").to_pylist():
        rejected[problem] = rejected.get(problem, 0) + 1
    return RawTable(name, where, opened.relation, opened.columns, opened.rows + sum(rejected.values()), rejected)


def _as_utf8(file: Path, target: Path) -> Path:
    """The file itself when it is UTF-8, else a copy that is: UTF-16 by its mark, anything else as Windows' Latin-1."""
    with file.open("rb") as opened:
        encoding = MARKS.get(opened.read(2), "utf-8")
    if encoding == "utf-8" and _is_utf8(file):
        return file
    encoding = "cp1252" if encoding == "utf-8" else encoding
    with file.open(encoding=encoding, errors="replace", newline="") as opened, target.open("w", encoding="utf-8", newline="") as written:
        while text := opened.read(CHUNK):
            written.write(text)
    return target


def _is_utf8(file: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    with file.open("rb") as opened:
        try:
            while block := opened.read(CHUNK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _open_parquet(connection: duckdb.DuckDBPyConnection, name: str, where: str, files: list[Path], work: Path) -> RawTable:
    """Parquet files, read where they lie; several are one table by column name, their rows numbered through."""
    with reading(where):
        selects, columns, rows = [], dict[str, None](), 0
        for file in files:
            described = pyarrow.parquet.read_metadata(file)
            columns |= dict.fromkeys(described.schema.to_arrow_schema().names)
            selects.append(_numbered(file, rows))
            rows += described.num_rows
    return RawTable(name, where, " UNION ALL BY NAME ".join(selects), tuple(columns), rows)


def _numbered(file: Path, first: int = 0) -> str:
    """SQL of a Parquet file's columns and `_row`, counted from `first`."""
    read = f"read_parquet({quoted(str(file))}, file_row_number = true)"
    return f"SELECT file_row_number + {first} AS _row, * EXCLUDE (file_row_number) FROM {read}"


def _duckdb_places(connection: duckdb.DuckDBPyConnection, path: Path, schema: str | None) -> list[Place]:
    """The tables and views of a .duckdb file, attached read-only under its own number."""
    with reading(str(path)):
        held = connection.execute("SELECT count(*) FROM duckdb_databases() WHERE starts_with(database_name, 'source_')").fetchone()
        catalog = f"source_{held[0] if held else 0}"
        connection.execute(f"ATTACH {quoted(str(path))} AS {catalog} (READ_ONLY, TYPE duckdb)")
        asked = "SELECT table_schema, table_name, table_type FROM information_schema.tables WHERE table_catalog = ? ORDER BY ALL"
        present = connection.execute(asked, [catalog]).fetchall()
    _check_schema(schema, {space for space, _, _ in present}, str(path))
    chosen = [row for row in present if schema in (None, row[0])]
    if not chosen:
        raise DataError(f"{path} holds no table")
    return [Place(name.lower(), f"{space}.{name}", _opener(connection, catalog, space, name, kind)) for space, name, kind in chosen]


def _check_schema(schema: str | None, present: set[str], where: str) -> None:
    if schema is not None and schema not in present:
        raise DataError(f'{where} has no schema "{schema}"{nearest(schema, present)}; it has {", ".join(sorted(present))}')


def _opener(connection: duckdb.DuckDBPyConnection, catalog: str, space: str, name: str, kind: str) -> Callable[[], RawTable]:
    def opened() -> RawTable:
        table, where = f"{catalog}.{identifier(space)}.{identifier(name)}", f"{space}.{name}"
        with reading(where):
            columns = tuple(row[0] for row in connection.execute(f"DESCRIBE {table}").fetchall())
            if kind == "BASE TABLE":
                relation = f"SELECT rowid AS _row, * FROM {table}"
            else:  # a view has no row numbers of its own, and may give its rows in another order each time
                copy = f"main.{identifier(f'{catalog} {where}')}"
                connection.execute(f"CREATE TABLE {copy} AS SELECT row_number() OVER () - 1 AS _row, * FROM {table}")
                relation = f"SELECT * FROM {copy}"
            counted = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
        return RawTable(name.lower(), where, relation, columns, counted[0] if counted else 0)

    return opened


def _database_places(url: str, schema: str | None, work: Path, closing: ExitStack) -> list[Place]:
    """The tables of a database, each brought into Parquet under `work` when it is opened."""
    scheme = url.split("://", 1)[0]
    if scheme not in SCHEMES:
        raise DataError(f'"{scheme}://" is not a warehouse bgml opens{nearest(scheme, SCHEMES)}; it opens {", ".join(SCHEMES)}')
    try:
        backend = connected(scheme, url)
        closing.callback(backend.disconnect)
        names = backend.list_tables(database=schema) if schema else backend.list_tables()
    except Exception as error:  # every driver raises its own, and some repeat the URL
        raise DataError(f"the {scheme} warehouse cannot be opened: {first_line(error, secrets_of(url))}") from None
    if not names:
        raise DataError(f"the {scheme} warehouse holds no table" + (f' in the schema "{schema}"' if schema else "; say --schema NAME"))
    return [_remote_place(backend, scheme, url, schema, name, work) for name in names]


def _remote_place(backend: Any, scheme: str, url: str, schema: str | None, name: str, work: Path) -> Place:  # noqa: ANN401  (any Ibis backend)
    fetcher, counter = _fetcher(backend, scheme, url, schema, name, work), _counter(backend, scheme, url, schema, name)
    return Place(name.lower(), f"{scheme}: {name}", fetcher, counter)


def _counter(backend: Any, scheme: str, url: str, schema: str | None, name: str) -> Callable[[], int]:  # noqa: ANN401  (any Ibis backend)
    def counted() -> int:
        try:
            return int((backend.table(name, database=schema) if schema else backend.table(name)).count().to_pyarrow().as_py())
        except Exception as error:  # every driver raises its own
            raise DataError(f"{scheme}: {name} cannot be read: {first_line(error, secrets_of(url))}; nothing was written") from None

    return counted


def _fetcher(backend: Any, scheme: str, url: str, schema: str | None, name: str, work: Path) -> Callable[[], RawTable]:  # noqa: ANN401  (any Ibis backend)
    def fetched() -> RawTable:
        target = work / f"{name.lower()}.parquet"
        try:
            table = backend.table(name, database=schema) if schema else backend.table(name)
            batches = table.to_pyarrow_batches(chunk_size=100_000)
            with pyarrow.parquet.ParquetWriter(target, batches.schema) as writer:
                for batch in batches:
                    writer.write_batch(batch)
        except Exception as error:  # every driver raises its own
            said = first_line(error, secrets_of(url))
            raise DataError(f"{scheme}: {name} cannot be read: {said}; nothing was written, run it again") from None
        described = pyarrow.parquet.read_metadata(target)
        return RawTable(name.lower(), f"{scheme}: {name}", _numbered(target), tuple(batches.schema.names), described.num_rows)

    return fetched


def quoted(text: str) -> str:
    """Text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def squash(name: str) -> str:
    """A name without case and punctuation: AccountId, account_id and "ACCOUNT_ID" are one.

    >>> squash('"Product_Line__c"')
    'productlinec'
    """
    return re.sub(r"[^a-z0-9]", "", name.lower())

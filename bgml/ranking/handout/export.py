"""A table as a file for people and other systems: CSV, Parquet or a worksheet, whole or not at all."""

from __future__ import annotations

import csv
import datetime
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from bgml.errors import RankingError, nearest

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a cell must not begin with: spreadsheets run such text as a formula."""
BATCH = 10_000


def export(table: pa.Table, path: Path, *, guarded: bool = True) -> None:
    """Write the table to `path`, as its ending says: .csv (RFC 4180, UTF-8), .parquet, .xlsx.

    Text that a spreadsheet would run as a formula stays text: behind an apostrophe in CSV, if `guarded`, and marked as text in a worksheet.
    RankingError for an unknown ending, a worksheet that is too long, or a place that cannot be written; what was there stays then.
    """
    write = writer_for(path)
    if write is _csv and not guarded:
        write = _csv_as_it_is
    into(path, lambda aside: write(table, aside))


def into(path: Path, write: Callable[[Path], None]) -> None:
    """Let `write` fill a file aside and put it in place of `path`; RankingError when that fails, and what was there stays."""
    writer_for(path)
    try:
        with _Replacing(path) as aside:
            write(aside)
    except OSError as error:
        raise RankingError(f"{path} was not written: {error.strerror or error}") from error


def writer_for(path: Path) -> Callable[[pa.Table, Path], None]:
    """The way a file of this name is written; RankingError for an ending that is none of the three, or a folder."""
    known = {".csv": _csv, ".parquet": _parquet, ".xlsx": _worksheet}
    if path.is_dir() or not path.parent.is_dir():
        raise RankingError(
            f"{path} is a folder; name a file in it" if path.is_dir() else f"{path} cannot be written: there is no folder {path.parent}"
        )
    if path.suffix.lower() not in known:
        hint = nearest(path.suffix.lower(), known)
        raise RankingError(f'{path} ends in "{path.suffix}"; a file to write ends in {", ".join(known)}{hint}')
    return known[path.suffix.lower()]


class _Replacing:
    """A path to write to, renamed over `path` when the block ends well and removed when it does not."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> Path:
        handle, name = tempfile.mkstemp(dir=self.path.parent, prefix=f".{self.path.name}.")
        os.close(handle)
        self.aside = Path(name)
        return self.aside

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                with self.aside.open("rb") as file:
                    os.fsync(file.fileno())
                self.aside.replace(self.path)
        finally:
            self.aside.unlink(missing_ok=True)


def _parquet(table: pa.Table, path: Path) -> None:
    pq.write_table(table, path, compression="zstd")


def _csv(table: pa.Table, path: Path) -> None:
    _write_csv(table, path, lambda text: f"'{text}" if text.startswith(FORMULA) else text)


def _csv_as_it_is(table: pa.Table, path: Path) -> None:
    _write_csv(table, path, lambda text: text)


def _write_csv(table: pa.Table, path: Path, told: Callable[[str], str]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(table.column_names)
        writer.writerows([_plain(cell, told) for cell in row] for row in rows(table))


def _worksheet(table: pa.Table, path: Path) -> None:
    from bgml.ranking.handout import sheet

    sheet.write(table, path)


def _plain(cell: Any, told: Callable[[str], str]) -> object:  # noqa: ANN401  (a cell of any kind)
    """A cell as CSV holds it: nothing for null, true or false, ISO dates, numbers that read back as the same number."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, str):
        return told(cell)
    return cell


def rows(table: pa.Table) -> Iterator[tuple[Any, ...]]:
    """The rows of a table as Python values, lists of texts joined."""
    for batch in table.to_batches(max_chunksize=BATCH):
        yield from zip(*(cells(column) for column in batch.columns), strict=True)


def cells(column: pa.Array | pa.ChunkedArray) -> list[Any]:
    """The values of a column; a list of texts as one text, NaN as none."""
    values = column.to_pylist()
    if pa.types.is_list(column.type):
        return [None if value is None else "; ".join(value) for value in values]
    if pa.types.is_floating(column.type):
        return [None if value != value else value for value in values]
    if pa.types.is_timestamp(column.type):
        return [value.replace(tzinfo=None) if isinstance(value, datetime.datetime) else value for value in values]
    return list(values)

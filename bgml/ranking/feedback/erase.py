"""Taking rows and texts out of a file: written aside, synced, renamed, so that it is the former file or the new one."""

from __future__ import annotations

import contextlib
import csv
import io
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from bgml.data import csvfiles
from bgml.data.kept.lines import replaced

Values = Mapping[str, str | None]


class Fate(Enum):
    """What becomes of a row."""

    KEPT = "kept"
    DROPPED = "dropped"
    BLANKED = "blanked"


@dataclass(frozen=True)
class Edit:
    """What is to be taken out of a table: `fate` decides by the values of `columns` as text; a blanked row loses its value of `blank`."""

    columns: tuple[str, ...]
    fate: Callable[[Values], Fate]
    blank: str = ""


def edit(path: Path, change: Edit) -> int:
    """Edit a .parquet or .csv file; how many rows were changed. A file without one of the columns is left as it is.

    OSError where it cannot be written, ValueError or ArrowException where it cannot be read.
    """
    path = path.resolve()
    return _edit_csv(path, change) if path.suffix == ".csv" else _edit_parquet(path, change)


def _edit_parquet(path: Path, change: Edit) -> int:
    with pq.ParquetFile(path) as file:
        if not set(change.columns) <= set(file.schema_arrow.names):
            return 0
        wanted = file.read(columns=list(change.columns))
        fates = [change.fate(values) for values in as_texts(wanted)]
        if not (changed := sum(fate is not Fate.KEPT for fate in fates)):
            return 0
        table = _without(file.read(), fates, change.blank)
        codec = file.metadata.row_group(0).column(0).compression.lower()
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="none" if codec == "uncompressed" else codec)
    replaced(path, sink.getvalue().to_pybytes())
    return changed


def as_texts(table: pa.Table) -> list[dict[str, str | None]]:
    """The rows of a table, values as text; whole floats and decimals as the integers they stand for."""
    columns = {name: _texts(table.column(name)) for name in table.column_names}
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def _texts(column: pa.ChunkedArray) -> list[str | None]:
    if pa.types.is_floating(column.type) or pa.types.is_decimal(column.type):
        column = column.cast(pa.int64(), safe=False)
    found = column.cast(pa.string()) if not isinstance(column.type, pa.BaseExtensionType) else column
    return [None if value is None else str(value) for value in found.to_pylist()]


def _without(table: pa.Table, fates: list[Fate], blank: str) -> pa.Table:
    """A table without the rows dropped and the values blanked."""
    if blank:
        place, field = table.schema.get_field_index(blank), table.schema.field(blank)
        silent = pa.array([fate is Fate.BLANKED for fate in fates])
        table = table.set_column(place, field, pc.if_else(silent, pa.scalar(None, field.type), table.column(place)))
    return table.filter(pa.array([fate is not Fate.DROPPED for fate in fates]))


def _edit_csv(path: Path, change: Edit) -> int:
    """Records that stay keep their bytes, whatever they are quoted or ended with."""
    names = csvfiles.header(path)
    if not set(change.columns) <= set(names):
        return 0
    kept, changed = list[str](), 0
    for number, (fields, raw) in enumerate(_records(path)):
        values = {name: field or None for name, field in zip(names, fields, strict=False)}
        fate = Fate.KEPT if number == 0 or not fields else change.fate({name: values.get(name) for name in change.columns})
        changed += fate is not Fate.KEPT
        kept += [raw] if fate is Fate.KEPT else [_blanked(fields, names.index(change.blank), raw)] if fate is Fate.BLANKED else []
    if changed:
        replaced(path, "".join(kept).encode("utf-8", "surrogateescape"))
    return changed


def _records(path: Path) -> Iterator[tuple[list[str], str]]:
    """Every record of a CSV file as fields and as text."""
    taken = list[str]()

    def lines(file: io.TextIOBase) -> Iterator[str]:
        for line in file:
            taken.append(line)
            yield line

    with _long_fields(), path.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
        try:
            for fields in csv.reader(lines(file)):
                yield fields, "".join(taken)
                taken.clear()
        except csv.Error as error:
            raise ValueError(f"it is not CSV: {error}") from error


@contextlib.contextmanager
def _long_fields() -> Iterator[None]:
    former = csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    try:
        yield
    finally:
        csv.field_size_limit(former)


def _blanked(fields: list[str], place: int, raw: str) -> str:
    """A record with one field emptied, its line end kept."""
    end = raw[len(raw.rstrip("\r\n")) :]
    made = io.StringIO(newline="")
    csv.writer(made, lineterminator=end).writerow([*fields[:place], "", *fields[place + 1 :]])
    return made.getvalue()

"""Rows set aside: further rows of a key, and one Parquet file per table with the problem of each bad row."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pyarrow
import pyarrow.parquet

from bgml.data.checking.rows import VALUE, Rows, extras
from bgml.data.tables import TABLES
from bgml.data.warehouse import Warehouse, reading
from bgml.errors import DataError

PLACE = "bgml_place"
COPY = "bgml_copy"


@ibis.udf.scalar.builtin(name="hash", signature=(("string",), "uint64"))  # type: ignore[untyped-decorator]
def _hash(text: str) -> int:  # type: ignore[empty-body]
    """DuckDB's own 64-bit hash."""


def surely_distinct(rows: Rows, local: bool) -> bool:
    """Whether one cheap pass tells that no key is there twice.

    Text is counted by its hash: half the time, a fraction of the memory. Two texts of one hash only lead to a closer look.
    """
    if len(rows.table.key) > 1 or not local:
        return False
    key = rows.wide[rows.table.key[0]]
    distinct = _hash(key).nunique(where=key.notnull()) if isinstance(key, ir.StringColumn) else key.nunique()
    with reading(rows.fit.source.where):
        row = rows.wide.aggregate(distinct=distinct, filled=key.count()).to_pyarrow().to_pylist()[0]
    return bool(row["distinct"] == row["filled"])


@dataclass(frozen=True)
class Twins:
    """The rows whose key is there several times.

    `keys` are those keys; `rows` are their rows with a place (0: the least by recorded_at and all columns) and a copy
    (0: the first of equal rows). `copies` rows repeat another one, `rest` rows differ from the one that is kept.
    """

    keys: ir.Table
    rows: ir.Table
    copies: int
    rest: int

    @property
    def kept(self) -> ir.Table:
        """One row per key."""
        return self.rows.filter((self.rows[PLACE] == 0) & (self.rows[COPY] == 0))

    @property
    def bad(self) -> ir.Table:
        """The rows that differ from the one kept, equal ones once."""
        return self.rows.filter((self.rows[PLACE] > 0) & (self.rows[COPY] == 0))


def twins(warehouse: Warehouse, rows: Rows, good: ir.Table) -> Twins | None:
    """Find the keys that several good rows share, in this process holding their rows in temporary tables; None when there is none."""
    name, keys = rows.table.name, [VALUE + key for key in rows.table.key]
    counted = good.group_by(keys).aggregate(**{COPY: good.count()})
    with reading(rows.fit.source.where):
        several = _held(warehouse, f"bgml_keys_{name}", counted.filter(counted[COPY] > 1).select(keys))
        if not several.aggregate(n=several.count()).to_pyarrow()["n"][0].as_py():
            return None
        theirs = good.semi_join(several, [good[key].identical_to(several[key]) for key in keys])
        placed = _held(warehouse, f"bgml_rows_{name}", _placed(rows, theirs, keys))
        counts = placed.aggregate(
            copies=placed.count(where=placed[COPY] > 0), rest=placed.count(where=(placed[PLACE] > 0) & (placed[COPY] == 0))
        )
        found = counts.to_pyarrow().to_pylist()[0]
    return Twins(several, placed, found["copies"], found["rest"])


def _held(warehouse: Warehouse, name: str, rows: ir.Table) -> ir.Table:
    """Rows kept in a temporary table; in a database, where a user who only reads cannot make one, asked for each time."""
    if not warehouse.local:
        return rows
    made: ir.Table = warehouse.backend.create_table(name, rows, temp=True)
    return made


def _placed(rows: Rows, theirs: ir.Table, keys: list[str]) -> ir.Table:
    """The rows of shared keys with their place and copy."""
    everything = [*(VALUE + name for name in rows.table.names), *extras(rows.fit)]
    first = []
    if rows.table.name == "signals":
        recorded, occurred = theirs[VALUE + "recorded_at"], theirs[VALUE + "occurred_at"]
        first = [recorded.fill_null(occurred)]
    order = [*first, *(theirs[column] for column in everything)]
    place = ibis.dense_rank().over(ibis.window(group_by=keys, order_by=order))
    copy = ibis.row_number().over(ibis.window(group_by=everything, order_by=keys))
    return theirs.mutate(**{PLACE: place, COPY: copy})


def without(good: ir.Table, found: Twins) -> ir.Table:
    """The good rows whose key is theirs alone."""
    return good.anti_join(found.keys, [good[key].identical_to(found.keys[key]) for key in found.keys.columns])


@dataclass(frozen=True)
class Aside:
    """What a table sets aside: lines of CSV that are no rows, and expressions of bad rows, each with a `problem` column."""

    rejected: pyarrow.Table | None
    bad: tuple[ir.Table, ...]


def with_problem(rows: Rows, bad: ir.Table, problem: ir.StringValue | str) -> ir.Table:
    """Bad rows as they were read, behind their problem; a column of theirs called `problem` becomes `problem_as_read`."""
    read = {"problem_as_read" if name == "problem" else name: bad[name] for name in rows.fit.source.rows.columns}
    return bad.select(problem=ibis.literal(problem) if isinstance(problem, str) else problem, **read)


def write(folder: Path, warehouse: Warehouse, aside: Mapping[str, Aside]) -> None:
    """Write `folder/TABLE.parquet` for each table with rows set aside, whole or not at all; remove those of clean tables."""
    for name in TABLES:
        path = folder / f"{name}.parquet"
        try:
            if name in aside:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                _replace(path, _gathered(warehouse, name, aside[name]))
            elif path.exists():
                path.unlink()
        except (OSError, pyarrow.ArrowException) as error:
            raise DataError(f"{path} cannot be written ({error}); the bad rows of {name} need a place to be set aside") from error


def _gathered(warehouse: Warehouse, name: str, aside: Aside) -> pyarrow.Table:
    with reading(name):
        parts = [warehouse.backend.to_pyarrow(bad) for bad in aside.bad]
    if aside.rejected is not None:
        parts.append(aside.rejected)
    return pyarrow.concat_tables(parts, promote_options="permissive")


def _replace(path: Path, rows: pyarrow.Table) -> None:
    """Write aside, sync, rename."""
    handle, made = tempfile.mkstemp(prefix=f".{path.stem}-", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            pyarrow.parquet.write_table(rows, file, compression="zstd")
            file.flush()
            os.fsync(file.fileno())
        Path(made).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(made).unlink()
        raise

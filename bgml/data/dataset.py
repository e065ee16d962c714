"""The dataset every command works on: the tables of a project, checked, clean and lazy."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import ibis.expr.types as ir
import pandas
import pyarrow

from bgml.config import Settings, settings_from
from bgml.data.checking import checks, quarantine
from bgml.data.checking.report import CheckReport
from bgml.data.kept import forgotten, verdicts
from bgml.data.tables import TABLES
from bgml.data.warehouse import Warehouse, open_frames, open_warehouse, reading
from bgml.errors import DataError, nearest
from bgml.project import Progress, Project, quiet

EPOCH = datetime.date(1970, 1, 1)


class Dataset:
    """Checked tables: `table` gives them lazily, `frame` in memory; everything before `until` (a UTC midnight) is complete."""

    def __init__(self, warehouse: Warehouse, checked: checks.Checked) -> None:
        """Keep the warehouse open for as long as the dataset lives."""
        assert checked.report.until is not None and checked.report.first_day is not None
        self._warehouse = warehouse
        self._tables = checked.tables
        self._filled = checked.filled
        self._frames: dict[str, pandas.DataFrame] = {}
        self.report: CheckReport = checked.report
        self.until: datetime.date = checked.report.until
        self.first_day: int = (checked.report.first_day - EPOCH).days

    @property
    def backend(self) -> Any:  # noqa: ANN401  (Ibis types its backends per warehouse)
        """The Ibis connection the tables belong to."""
        return self._warehouse.backend

    @property
    def local(self) -> bool:
        """Whether DuckDB in this process does the work, so that `backend.con` is a DuckDB connection."""
        return self._warehouse.local

    def table(self, name: str) -> ir.Table:
        """A table of the contract, lazily: clean rows, every column of the contract and the extra ones.

        Times are naive UTC timestamps of microseconds, numbers float64, a null weight is 1. Signals have `known_at`, the
        later of occurred_at and recorded_at. What is known at or after an explicit `data.until` is gone; an opportunity
        that closes later, or is lost without closed_at, is open; open ones have no closed_at.
        """
        if name not in TABLES:
            raise DataError(f'"{name}" is not a table of the contract{nearest(name, TABLES)}')
        return self._tables[name]

    def given(self, rows: pyarrow.Table) -> ir.Table:
        """Rows of this process (text, integers, times) as a table that queries over the dataset's tables can use."""
        return self._warehouse.literal(rows)

    def arrow(self, rows: ir.Table) -> pyarrow.Table:
        """The rows of an expression over the tables."""
        with reading(self._warehouse.where):
            made: pyarrow.Table = self.backend.to_pyarrow(rows)
            return made

    def write(self, rows: ir.Table, path: Path) -> None:
        """The rows of an expression over the tables as a Parquet file, a piece at a time."""
        with reading(self._warehouse.where):
            self.backend.to_parquet(rows, path)

    def read(self, rows: ir.Table) -> pandas.DataFrame:
        """The rows of an expression over the tables in memory, with the kinds that `frame` gives."""
        return _frame(self.arrow(rows))

    def frame(self, name: str) -> pandas.DataFrame:
        """`table(name)` in memory in order of its key, read once; do not change it.

        Text is `str`, times are datetime64[us]; an integer id with nulls is Int64, one without is int64.
        """
        if name not in self._frames:
            rows = self.table(name)
            self._frames[name] = self.read(rows.order_by(list(TABLES[name].key)))
        return self._frames[name]

    def has(self, name: str) -> bool:
        """Whether a table of the contract was found with rows in it."""
        return name in self._filled

    def has_column(self, table: str, column: str) -> bool:
        """Whether a table has a column that holds more than nulls."""
        return column in self._filled.get(table, frozenset())


def _frame(rows: pyarrow.Table) -> pandas.DataFrame:
    """Arrow rows as a frame: text as `str`, times as datetime64[us], integers with nulls as Int64."""
    holed = {field.name for field in rows.schema if pyarrow.types.is_integer(field.type) and rows.column(field.name).null_count}
    made: pandas.DataFrame = rows.drop_columns(list(holed)).to_pandas(date_as_object=False)
    for position, name in enumerate(rows.column_names):
        if name in holed:
            made.insert(position, name, pandas.array(rows.column(name).to_pylist(), dtype="Int64"))
    return made


def open_dataset(project: Project, progress: Progress = quiet, unneeded: Collection[str] = ()) -> Dataset:
    """Open and check a project's tables, setting bad rows aside in `.bgml/quarantine`; DataError when they cannot be used.

    `unneeded` names tables that may be missing or empty although the contract requires them.
    """
    warehouse, checked = inspect(project, progress, unneeded)
    if checked.report.stops:
        raise DataError(checked.report.message)
    return Dataset(warehouse, checked)


def inspect(project: Project, progress: Progress = quiet, unneeded: Collection[str] = ()) -> tuple[Warehouse, checks.Checked]:
    """Open and check a project's tables, faults that stop included in the report; DataError when they cannot be opened.

    The project's own verdicts are among them; of forgotten people nothing but ids and dates is read.
    """
    warehouse = open_warehouse(project)
    forgotten.mask(warehouse, forgotten.ids(project))
    verdicts.join(warehouse, project)
    checked = checks.check(warehouse, project.settings, progress=progress, unneeded=unneeded)
    quarantine.write(project.state / "quarantine", warehouse, checked.aside)
    return warehouse, checked


def open_tables(
    frames: Mapping[str, pandas.DataFrame],
    until: datetime.date | None = None,
    settings: Settings | None = None,
    unneeded: Collection[str] = (),
) -> Dataset:
    """The dataset of frames in memory, by the same checks; bad rows are left out. DataError when they cannot be used."""
    settings = settings or settings_from({"project": {"name": "frames"}}, "open_tables")
    warehouse = open_frames(frames, max(settings.engine.threads, 1), settings.engine.memory_bytes)
    checked = checks.check(warehouse, settings, until=until, unneeded=unneeded)
    if checked.report.stops:
        raise DataError(checked.report.message)
    return Dataset(warehouse, checked)

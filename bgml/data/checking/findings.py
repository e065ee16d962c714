"""What the check of one table's rows found, and what is left of the table."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import ibis.expr.types as ir
import pyarrow
import pyarrow.compute as pc

from bgml.data.checking.columns import Fit
from bgml.data.checking.counting import Tally, bounds, count, dangling, examples, found, shown
from bgml.data.checking.quarantine import Aside, Twins, surely_distinct, twins, with_problem, without
from bgml.data.checking.report import Fault, TableReport
from bgml.data.checking.rows import RowCheck, Rows, any_of, clean, problems, referring, row_checks, spread
from bgml.data.warehouse import Warehouse, reading


@dataclass(frozen=True)
class Circumstances:
    """What holds for every table of a check: ids that are integers, the explicit end of the data, the clock (naive UTC)."""

    warehouse: Warehouse
    integers: Mapping[str, bool]
    until: datetime.date | None
    now: datetime.datetime


@dataclass(frozen=True)
class Findings:
    """One table's rows with the checks that found some of them bad, those good but for their key, and the keys shared."""

    rows: Rows
    guilty: tuple[RowCheck, ...]
    tally: Tally
    good: ir.Table
    shared: Twins | None
    rejected: pyarrow.Table | None
    faults: tuple[Fault, ...]
    warnings: tuple[str, ...]

    @property
    def report(self) -> TableReport:
        """The rows counted; a piece of CSV that is no row counts with all the lines it spans."""
        lines = _lines(self.rejected)
        copies, rest = (self.shared.copies, self.shared.rest) if self.shared else (0, 0)
        tally, source = self.tally, self.rows.fit.source
        bad = tally.scope - tally.good + rest + lines
        return TableReport(source.name, source.where, tally.rows + lines, tally.good - copies - rest, bad, copies, tally.rows - tally.scope)

    @property
    def kept(self) -> ir.Table:
        """The clean table."""
        if self.shared is None:
            return clean(self.rows, self.good)
        return clean(self.rows, without(self.good, self.shared)).union(clean(self.rows, self.shared.kept))

    @property
    def filled(self) -> frozenset[str]:
        """The columns that hold something."""
        required = {column.name for column in self.rows.fit.used if column.required}
        return frozenset(required | {name for name, values in self.tally.filled.items() if values})

    @property
    def aside(self) -> Aside | None:
        """The rows to be set aside, if any."""
        bad = []
        if self.tally.good < self.tally.scope:
            failed = self.rows.wide.filter(self.rows.scope() & any_of(self.guilty))
            bad.append(with_problem(self.rows, failed, problems(self.guilty)))
        if self.shared is not None and self.shared.rest:
            key = ", ".join(self.rows.table.key)
            bad.append(with_problem(self.rows, self.shared.bad, f"{key}: another row of this key is kept"))
        return Aside(self.rejected, tuple(bad)) if bad or self.rejected is not None else None

    def bounds(self) -> tuple[datetime.datetime | None, datetime.datetime | None]:
        """The earliest and latest time of the kept rows that bound the history; asked again when rows lost to others of their key."""
        if self.shared is None:
            return self.tally.first, self.tally.last
        kept = self.kept
        measures = bounds(self.rows.table.name, {column: kept[column] for column in kept.columns})
        if not measures:
            return None, None
        with reading(self.rows.fit.source.where):
            row = kept.aggregate(**measures).to_pyarrow().to_pylist()[0]
        return row.get("first"), row.get("last")


def look(one: Fit, given: Circumstances, tables: Mapping[str, ir.Table]) -> Findings:
    """Check the rows of a table whose columns fit; `tables` are the clean tables it may refer to."""
    rows, checks, tally = _counted(one, given, tables, empties=False)
    if tally.empties:
        rows, checks, tally = _counted(one, given, tables, empties=True)
    warnings = _warnings(rows, [check for check in checks if check.warns], tally)
    guilty = _guilty(rows, [check for check in checks if not check.warns], tally)
    faults = [_fault(rows, check, number, tally) for check, number in guilty]
    good = rows.wide if tally.good == tally.rows else rows.wide.filter(rows.scope() & ~any_of([check for check, _ in guilty]))
    shared = None if surely_distinct(rows, given.warehouse.local) else twins(given.warehouse, rows, good)
    rejected = one.source.rejected if one.source.rejected else None
    faults += _line_faults(one, rejected, tally.rows) + _key_faults(rows, shared, tally.rows)
    return Findings(rows, tuple(check for check, _ in guilty), tally, good, shared, rejected, tuple(faults), warnings)


def _counted(one: Fit, given: Circumstances, tables: Mapping[str, ir.Table], empties: bool) -> tuple[Rows, list[RowCheck], Tally]:
    """The rows with no more work in them than they need, their checks, and the count of one pass."""
    rows = spread(one, given.integers, given.until, empties)
    if dangling(rows, tables):
        rows = referring(rows, tables)
    checks = row_checks(rows, given.now)
    return rows, checks, count(rows, checks)


def _warnings(rows: Rows, checks: Sequence[RowCheck], tally: Tally) -> tuple[str, ...]:
    """A sentence per check that only warns and found rows."""
    return tuple(_fault(rows, check, number, tally).message for check, number in zip(checks, tally.warned, strict=True) if number)


def _guilty(rows: Rows, checks: Sequence[RowCheck], tally: Tally) -> list[tuple[RowCheck, int]]:
    """The checks that found rows, each with their number; asked only when some row is at fault."""
    if tally.good == tally.scope:
        return []
    return [(check, number) for check, number in zip(checks, found(rows, checks), strict=True) if number]


def _fault(rows: Rows, check: RowCheck, number: int, tally: Tally) -> Fault:
    return Fault(rows.table.name, check.column, check.problem, check.way_out, number, tally.rows, examples(rows, check))


def _lines(rejected: pyarrow.Table | None) -> int:
    return pc.sum(rejected["lines"]).as_py() if rejected is not None else 0


def _line_faults(one: Fit, rejected: pyarrow.Table | None, rows: int) -> list[Fault]:
    """A fault per problem of the CSV lines that are no rows."""
    if rejected is None:
        return []
    faults = []
    for problem in sorted(rejected["problem"].unique().to_pylist()):
        lines = rejected.filter(pc.equal(rejected["problem"], problem))
        seen = tuple(f"line {row['line']} of {row['file']}" for row in lines.slice(0, 3).to_pylist())
        faults.append(Fault(one.table.name, None, problem, "correct these lines", _lines(lines), rows + _lines(rejected), seen))
    return faults


def _key_faults(rows: Rows, shared: Twins | None, total: int) -> list[Fault]:
    """The fault of rows that share a key and differ."""
    if shared is None or not shared.rest:
        return []
    name = ", ".join(rows.table.key)
    problem = f"the {name} of another row, with different values,"
    way_out = "give each row a key of its own; until then the least row by recorded_at and all columns is kept"
    return [Fault(rows.table.name, name, problem, way_out, shared.rest, total, shown(rows, shared.bad, rows.table.key))]

"""Every check of the tables, from the columns of each to the report; bad rows are left out, bad tables stop."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field

import ibis.expr.types as ir
import pyarrow

from bgml.config import Settings
from bgml.data.columns import Fit, fit, id_kinds
from bgml.data.counting import Tally, bounds, count, examples, shown
from bgml.data.quarantine import Aside, Twins, twins, with_problem, without
from bgml.data.report import CheckReport, Fault, TableReport
from bgml.data.rows import RowCheck, Rows, absent, any_of, clean, problems, referring, row_checks, spread
from bgml.data.tables import TABLES
from bgml.data.warehouse import Warehouse, reading
from bgml.project import Progress, quiet

TOLERATED = 20
"""So many bad rows never stop a run, whatever their share."""
GAP = datetime.timedelta(days=30)
"""A newest row this long before data.until is worth a warning."""


@dataclass(frozen=True)
class Checked:
    """The outcome of a check.

    The report, the clean tables, the columns of each that hold something, and the rows that are set aside.
    """

    report: CheckReport
    tables: Mapping[str, ir.Table]
    filled: Mapping[str, frozenset[str]]
    aside: Mapping[str, Aside]


@dataclass
class _Run:
    """A check under way: what holds for every table, and what has been found so far."""

    warehouse: Warehouse
    settings: Settings
    until: datetime.date | None
    now: datetime.datetime
    integers: Mapping[str, bool] = field(default_factory=dict)
    reports: list[TableReport] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    first: datetime.datetime | None = None
    last: datetime.datetime | None = None
    tables: dict[str, ir.Table] = field(default_factory=dict)
    filled: dict[str, frozenset[str]] = field(default_factory=dict)
    aside: dict[str, Aside] = field(default_factory=dict)

    def stopped(self, name: str) -> bool:
        """Whether a table has a fault that stops."""
        return any(fault.table == name and fault.stops for fault in self.faults)

    def report(self) -> CheckReport:
        """What has been found, as a value."""
        until = self.until or (self.last.date() if self.last else None)
        first = self.first.date() if self.first else None
        found = (tuple(self.reports), tuple(self.faults), tuple(self.warnings), tuple(self.notes))
        return CheckReport(self.warehouse.where, *found, until, first)


def utc_now() -> datetime.datetime:
    """The clock, as a naive UTC time."""
    return datetime.datetime.now(datetime.UTC).replace(tzinfo=None)


def check(
    warehouse: Warehouse,
    settings: Settings,
    until: datetime.date | None = None,
    now: datetime.datetime | None = None,
    progress: Progress = quiet,
) -> Checked:
    """Check every table of a warehouse; `until` goes before the setting, `now` (naive UTC) is the clock unless given.

    Faults are in the report, none is raised; DataError only when a table cannot be read at all.
    """
    run = _Run(warehouse, settings, until or settings.data.until, now or utc_now())
    fits = {name: fit(TABLES[name], source) for name, source in warehouse.sources.items()}
    run.integers, two_kinds, run.warnings = id_kinds(fits.values())
    run.faults = _missing_tables(warehouse) + [fault for one in fits.values() for fault in one.faults] + two_kinds
    for done, (name, table) in enumerate(TABLES.items()):
        progress("checking tables", done, len(TABLES))
        if name not in fits:
            run.tables[name] = absent(table, run.integers)
        elif not run.stopped(name):
            _check_table(run, fits[name])
    progress("checking tables", len(TABLES), len(TABLES))
    _judge_until(run)
    return Checked(run.report(), run.tables, run.filled, run.aside)


def _missing_tables(warehouse: Warehouse) -> list[Fault]:
    way_out = "accounts, signals and opportunities must be there"
    return [
        Fault(name, None, f"the table is missing from {warehouse.where}", way_out, stops=True)
        for name, table in TABLES.items()
        if name not in warehouse.sources and not table.optional
    ]


def _check_table(run: _Run, one: Fit) -> None:
    """Check the rows of a table whose columns fit; its clean form goes to `run.tables` unless a fault stops it."""
    rows = referring(spread(one, run.integers, run.until), run.tables)
    checks = row_checks(rows, run.now)
    tally = count(rows, checks, run.warehouse.local)
    rejected = one.source.rejected if one.source.rejected else None
    if not tally.rows and rejected is None:
        _empty(run, one)
        return
    faults = _row_faults(run, rows, checks, tally) + _line_faults(one, rejected, tally.rows)
    rows, checks = _only_found(run, rows, checks, tally)
    good = rows.wide if tally.good == tally.rows else rows.wide.filter(rows.scope() & ~any_of(checks))
    found = twins(run.warehouse, rows, good) if tally.keys is None or tally.keys < tally.good else None
    if found is not None and found.rest:
        faults.append(_twin_fault(rows, found, tally.rows))
    report = _table_report(one, tally, found, rejected)
    run.reports.append(report)
    run.faults += faults + _too_many(run, report, faults)
    _note(run, report)
    if not run.stopped(one.table.name):
        _keep(run, rows, checks, tally, good, found, rejected)


def _empty(run: _Run, one: Fit) -> None:
    """An empty table stops, unless it may be missing."""
    name = one.table.name
    run.reports.append(TableReport(name, one.source.where, 0, 0))
    if not one.table.optional:
        run.faults.append(Fault(name, None, f"the table has no row in {one.source.where}", "fill it", stops=True))
        return
    run.warnings.append(f"{name}: the table has no row in {one.source.where} and counts as absent")
    run.tables[name] = absent(one.table, run.integers)


def _row_faults(run: _Run, rows: Rows, checks: list[RowCheck], tally: Tally) -> list[Fault]:
    """A fault per check that found rows; what only warns goes to the warnings."""
    faults = []
    for check, found in zip(checks, tally.found, strict=True):
        if found:
            fault = Fault(rows.table.name, check.column, check.problem, check.way_out, found, tally.rows, examples(rows, check))
            if check.warns:
                run.warnings.append(fault.message)
            else:
                faults.append(fault)
    return faults


def _line_faults(one: Fit, rejected: pyarrow.Table | None, rows: int) -> list[Fault]:
    """A fault per problem of the lines that are no rows."""
    if rejected is None:
        return []
    faults = []
    total = rows + len(rejected)
    for problem in sorted(set(rejected["problem"].to_pylist())):
        lines = [row for row in rejected.to_pylist() if row["problem"] == problem]
        seen = tuple(f"{row['file']} line {row['line']}" for row in lines[:3])
        count = sum(row["lines"] for row in lines)
        faults.append(Fault(one.table.name, None, f"CSV lines with {problem}", "correct these lines", count, total, seen))
    return faults


def _only_found(run: _Run, rows: Rows, checks: list[RowCheck], tally: Tally) -> tuple[Rows, list[RowCheck]]:
    """The same rows made with no more work than what was found asks for, and the checks that found something."""
    wanted = [(check.column, check.problem) for check, found in zip(checks, tally.found, strict=True) if found and not check.warns]
    refers = any(check.absent for check, found in zip(checks, tally.found, strict=True) if found and not check.warns)
    lean = spread(rows.fit, run.integers, run.until, tally.empties)
    lean = referring(lean, run.tables) if refers else lean
    return lean, [check for check in row_checks(lean, run.now) if (check.column, check.problem) in wanted]


def _twin_fault(rows: Rows, found: Twins, total: int) -> Fault:
    name = ", ".join(rows.table.key)
    problem = f"another row of the same {name} with different values"
    way_out = "give each row a key of its own, or correct the copies; the least by recorded_at and all columns is kept"
    return Fault(rows.table.name, name, problem, way_out, found.rest, total, shown(rows, found.bad, rows.table.key))


def _table_report(one: Fit, tally: Tally, found: Twins | None, rejected: pyarrow.Table | None) -> TableReport:
    lines = len(rejected) if rejected is not None else 0
    copies, rest = (found.copies, found.rest) if found else (0, 0)
    bad = tally.scope - tally.good + rest + lines
    kept = tally.good - copies - rest
    return TableReport(one.table.name, one.source.where, tally.rows + lines, kept, bad, copies, tally.rows - tally.scope)


def _too_many(run: _Run, report: TableReport, faults: list[Fault]) -> list[Fault]:
    """The fault that stops a table with too many bad rows, or with none left."""
    most = run.settings.check.max_bad_share
    worst = max(faults, key=lambda fault: fault.count, default=None)
    because = f": {worst.found}" if worst else ""
    if not report.kept and (report.quarantined or not TABLES[report.name].optional):
        way_out = worst.way_out if worst else "set data.until to a later day"
        later = f" ({report.later:,} are known at or after data.until)" if report.later else ""
        return [Fault(report.name, None, f"no row is left of {report.rows:,}{later}{because}", way_out, stops=True)]
    if report.quarantined > TOLERATED and report.quarantined > most * report.rows and worst:
        share = report.quarantined / report.rows
        problem = f"{report.quarantined:,} of {report.rows:,} rows are bad ({share:.1%}, check.max_bad_share allows {most:.1%}){because}"
        way_out = f"{worst.way_out}, or raise [check] max_bad_share to go on without these rows"
        return [Fault(report.name, None, problem, way_out, stops=True)]
    return []


def _note(run: _Run, report: TableReport) -> None:
    """Rows left out that are no fault are counted."""
    if report.copies:
        run.notes.append(f"{report.name}: {report.copies:,} rows repeat another row and are dropped")
    if report.later:
        run.notes.append(f"{report.name}: {report.later:,} rows are known at or after data.until {run.until} and are left out")


def _keep(
    run: _Run, rows: Rows, checks: list[RowCheck], tally: Tally, good: ir.Table, found: Twins | None, rejected: pyarrow.Table | None
) -> None:
    """Store the clean table, what bounds the history, the columns that hold something, and the rows set aside."""
    name = rows.table.name
    kept = clean(rows, good)
    if found is not None:
        kept = clean(rows, without(good, found)).union(clean(rows, found.kept))
    run.tables[name] = kept
    required = {column.name for column in rows.fit.used if column.required}
    run.filled[name] = frozenset(required | {column for column, values in tally.filled.items() if values})
    bad = []
    if tally.good < tally.scope:
        failed = rows.wide.filter(rows.scope() & any_of(checks))
        bad.append(with_problem(rows, failed, problems(checks)))
    if found is not None and found.rest:
        bad.append(with_problem(rows, found.bad, f"{', '.join(rows.table.key)}: another row of this key is kept"))
    if bad or rejected is not None:
        run.aside[name] = Aside(rejected, tuple(bad))
    _bound(run, name, kept, tally, found)


def _bound(run: _Run, name: str, kept: ir.Table, tally: Tally, found: Twins | None) -> None:
    """Widen the history by a table's; rows that lost to another one of their key do not count."""
    first, last = tally.first, tally.last
    if found is not None and (measures := bounds(name, {column: kept[column] for column in kept.columns})):
        with reading(name):
            row = kept.aggregate(**measures).to_pyarrow().to_pylist()[0]
        first, last = row.get("first"), row.get("last")
    run.first = first or run.first
    run.last = max((time for time in (last, run.last) if time), default=None)


def _judge_until(run: _Run) -> None:
    """Warn of an explicit end of the data that the data does not reach, or that the clock has not."""
    if run.until is None:
        return
    midnight = datetime.datetime.combine(run.until, datetime.time())
    if midnight > run.now:
        run.warnings.append(f"data.until {run.until} is in the future: what happens until then is taken for complete")
    elif run.last and midnight - run.last > GAP:
        run.warnings.append(f"data.until is {run.until}, but the newest row is of {run.last:%Y-%m-%d}: outcomes in between are taken for complete")

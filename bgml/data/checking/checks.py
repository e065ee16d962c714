"""Every check of the tables: bad rows are set aside, bad tables stop."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import ibis.expr.types as ir

from bgml.config import Settings
from bgml.data.checking.columns import Fit, fit, id_kinds
from bgml.data.checking.findings import Circumstances, Findings, look
from bgml.data.checking.quarantine import Aside
from bgml.data.checking.report import CheckReport, Fault, TableReport
from bgml.data.checking.rows import absent
from bgml.data.tables import TABLES
from bgml.data.warehouse import Warehouse
from bgml.project import Progress, quiet

TOLERATED = 20
"""So many bad rows never stop a run, whatever their share."""
GAP = datetime.timedelta(days=30)
"""A newest row this long before data.until is worth a warning."""


@dataclass(frozen=True)
class Checked:
    """The outcome of a check: the report, the clean tables, the columns of each that hold something, the rows set aside."""

    report: CheckReport
    tables: Mapping[str, ir.Table]
    filled: Mapping[str, frozenset[str]]
    aside: Mapping[str, Aside]


@dataclass
class _Run:
    """A check under way: what has been found so far."""

    most_bad: float
    given: Circumstances
    optional: frozenset[str]
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
        until = self.given.until or (self.last.date() if self.last else None)
        first = self.first.date() if self.first else None
        found = (tuple(self.reports), tuple(self.faults), tuple(self.warnings), tuple(self.notes))
        return CheckReport(self.given.warehouse.where, *found, until, first)


def utc_now() -> datetime.datetime:
    """The clock, as a naive UTC time."""
    return datetime.datetime.now(datetime.UTC).replace(tzinfo=None)


def check(
    warehouse: Warehouse,
    settings: Settings,
    until: datetime.date | None = None,
    now: datetime.datetime | None = None,
    progress: Progress = quiet,
    unneeded: Collection[str] = (),
) -> Checked:
    """Check every table of a warehouse; `until` goes before the setting, `now` (naive UTC) is the clock unless given.

    `unneeded` names tables that may be missing or empty although the contract requires them. Faults are in the report, none is raised;
    DataError only when a table cannot be read at all.
    """
    fits = {name: fit(TABLES[name], source) for name, source in warehouse.sources.items()}
    integers, two_kinds, warnings = id_kinds(fits.values())
    given = Circumstances(warehouse, integers, until or settings.data.until, now or utc_now())
    unfit = [fault for one in fits.values() for fault in one.faults]
    optional = frozenset(name for name, table in TABLES.items() if table.optional or name in unneeded)
    stopping, notes = _missing(warehouse, optional) + unfit + two_kinds, list(warehouse.notes)
    run = _Run(settings.check.max_bad_share, given, optional, faults=stopping, warnings=warnings, notes=notes)
    for done, (name, table) in enumerate(TABLES.items()):
        progress("checking tables", done, len(TABLES))
        if name not in fits and name in optional:
            run.tables[name] = absent(table, integers)
        elif not run.stopped(name):
            _take(run, fits[name], look(fits[name], given, run.tables))
    progress("checking tables", len(TABLES), len(TABLES))
    run.warnings += _until_warnings(run)
    return Checked(run.report(), run.tables, run.filled, run.aside)


def _missing(warehouse: Warehouse, optional: frozenset[str]) -> list[Fault]:
    """A fault per table that must be there and is not."""
    way_out = f"add it; {', '.join(name for name, table in TABLES.items() if not table.optional)} must be there"
    return [
        Fault(name, None, f"the table is missing from {warehouse.where}", way_out, stops=True)
        for name in TABLES
        if name not in warehouse.sources and name not in optional
    ]


def _take(run: _Run, one: Fit, found: Findings) -> None:
    """Add what was found in a table; its clean form counts only if no fault stops it."""
    report, name = found.report, one.table.name
    run.reports.append(report)
    run.faults += [*found.faults, *_stop(run, one, report, found.faults)]
    run.warnings += found.warnings
    if run.stopped(name):
        return
    if not report.kept:
        run.warnings.append(f"{name}: the table in {report.where} has no row{_later(report)} and counts as absent")
        run.tables[name] = absent(one.table, run.given.integers)
        return
    run.notes += _notes(report, run.given.until)
    run.tables[name], run.filled[name] = found.kept, found.filled
    if found.aside is not None:
        run.aside[name] = found.aside
    first, last = found.bounds()
    run.first = first or run.first
    run.last = max((time for time in (last, run.last) if time), default=None)


def _stop(run: _Run, one: Fit, report: TableReport, faults: tuple[Fault, ...]) -> list[Fault]:
    """The fault that stops a table with too many bad rows, or with none left."""
    name, bad, worst = report.name, report.quarantined, max(faults, key=lambda fault: fault.count, default=None)
    if worst is None:
        way_out = "set data.until to a later day" if report.later else "fill it"
        empty = Fault(name, None, f"the table in {report.where} has no row{_later(report)}", way_out, stops=True)
        return [] if report.kept or name in run.optional else [empty]
    if not report.kept:
        problem = f"no row is left of {report.rows:,}{_later(report)}: {worst.found}"
        return [Fault(name, None, problem, worst.way_out, stops=True)]
    if bad <= TOLERATED or bad <= run.most_bad * report.rows:
        return []
    problem = f"{bad:,} of {report.rows:,} rows are bad, more than check.max_bad_share = {run.most_bad:g} allows: {worst.found}"
    return [Fault(name, None, problem, f"{worst.way_out}, or raise [check] max_bad_share to go on without these rows", stops=True)]


def _later(report: TableReport) -> str:
    return " known before data.until" if report.later else ""


def _notes(report: TableReport, until: datetime.date | None) -> list[str]:
    """Rows left out that are no fault are counted."""
    notes = []
    if report.copies:
        notes.append(f"{report.name}: {report.copies:,} rows repeat another row and are dropped")
    if report.later:
        notes.append(f"{report.name}: {report.later:,} rows are known at or after data.until {until} and are left out")
    return notes


def _until_warnings(run: _Run) -> list[str]:
    """Warn of an explicit end of the data that the clock has not reached, or that the data does not reach."""
    until, last = run.given.until, run.last
    if until is None:
        return []
    midnight = datetime.datetime.combine(until, datetime.time())
    if midnight > run.given.now:
        return [f"data.until {until} is in the future: what happens until then is taken for complete"]
    if last and midnight - last > GAP:
        return [f"data.until is {until}, but the newest row is of {last:%Y-%m-%d}: the time between is taken for complete"]
    return []

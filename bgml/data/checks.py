"""Every check of the tables, in few passes over each."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field

import ibis
import ibis.expr.types as ir
import pyarrow

from bgml.config import Settings
from bgml.data.columns import Fit, fit, id_kinds, kind_of, value
from bgml.data.report import CheckReport, Fault, TableReport
from bgml.data.tables import TABLES, Table
from bgml.data.warehouse import Warehouse, reading
from bgml.project import Progress, quiet


@dataclass
class Checked:
    """The outcome of a check: the report, the clean tables, the columns of each that hold something, and the rows set aside."""

    report: CheckReport
    tables: dict[str, ir.Table] = field(default_factory=dict)
    filled: dict[str, frozenset[str]] = field(default_factory=dict)
    bad: dict[str, pyarrow.RecordBatchReader] = field(default_factory=dict)


def check(warehouse: Warehouse, settings: Settings, until: datetime.date | None = None, progress: Progress = quiet) -> Checked:
    """Check every table of a warehouse."""
    explicit = until or settings.data.until
    fits = {name: fit(TABLES[name], source) for name, source in warehouse.sources.items()}
    faults = [fault for one in fits.values() for fault in one.faults]
    for name, table in TABLES.items():
        if name not in fits and not table.optional:
            faults.append(Fault(name, None, f"the table is missing from {warehouse.where}", f"add {name}.parquet or {name}.csv", stops=True))
    integers, more, warnings = id_kinds(fits.values())
    faults += more
    if any(fault.stops for fault in faults):
        return Checked(CheckReport(warehouse.where, (), tuple(faults), tuple(warnings), (), explicit, None))
    tables, filled, reports = {}, {}, []
    for name, table in TABLES.items():
        one = fits.get(name)
        tables[name] = clean(table, one, integers, explicit)
        if one is not None:
            filled[name] = frozenset(column.name for column in one.used) | (set(one.source.rows.columns) - set(table.names))
            n = int(tables[name].count().execute())
            reports.append(TableReport(name, one.source.where, n, n))
    s, o = tables["signals"], tables["opportunities"]
    a = s.aggregate(last=s.known_at.max(), first=s.known_at.min()).to_pyarrow().to_pylist()[0]
    b = o.aggregate(c=o.created_at.max(), d=o.closed_at.max()).to_pyarrow().to_pylist()[0]
    last = max(x for x in [a["last"], b["c"], b["d"]] if x is not None)
    report = CheckReport(warehouse.where, tuple(reports), tuple(faults), tuple(warnings), (), explicit or last.date(), a["first"].date())
    return Checked(report, tables, filled)


def clean(table: Table, one: Fit | None, integers: dict[str, bool], until: datetime.date | None) -> ir.Table:
    """The canonical form of a table."""
    if one is None:
        schema = ibis.schema({column.name: kind_of(column, integers) for column in table.columns})
        return ibis.memtable(schema.to_pyarrow().empty_table())
    used = {column.name for column in one.used}
    chosen: dict[str, ir.Value] = {}
    for column in table.columns:
        chosen[column.name] = value(column, one.source, integers) if column.name in used else ibis.null(kind_of(column, integers))
    extra = [name for name in one.source.rows.columns if name not in table.names]
    rows = one.source.rows.select(**chosen, **{name: one.source.rows[name] for name in extra})
    midnight = ibis.literal(datetime.datetime.combine(until, datetime.time())) if until else None
    if table.name == "signals":
        rows = rows.mutate(weight=rows.weight.fill_null(1.0), known_at=ibis.greatest(rows.occurred_at, rows.recorded_at.fill_null(rows.occurred_at)))
        if midnight is not None:
            rows = rows.filter(rows.known_at < midnight)
    if table.name == "opportunities":
        opened = (rows.outcome == "open") | rows.closed_at.isnull()
        if midnight is not None:
            rows = rows.filter(rows.created_at < midnight)
            opened = opened | (rows.closed_at >= midnight)
        rows = rows.mutate(outcome=opened.ifelse("open", rows.outcome), closed_at=opened.ifelse(ibis.null(rows.closed_at.type()), rows.closed_at))
    return rows

"""What a row must hold, and what it becomes: the contract's values beside the columns as read, the row checks, the clean form."""

from __future__ import annotations

import datetime
import functools
import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from bgml.data.checking.columns import STAMP, Fit, kind_of, value
from bgml.data.tables import Column, Table

EARLIEST = datetime.datetime(1990, 1, 1)
VALUE = "bgml_value_"
FOUND = "bgml_found_"


@dataclass(frozen=True)
class Rows:
    """A table's rows: every column as read and, under a name of its own, the value the contract makes of it.

    `until` is the explicit end of the data, a naive UTC midnight; rows known at or after it are out of scope.
    """

    table: Table
    fit: Fit
    integers: Mapping[str, bool]
    wide: ir.Table
    until: datetime.datetime | None

    def value(self, name: str) -> ir.Column:
        """The values of a column of the contract, null where the source has no such column."""
        column: ir.Column = self.wide[VALUE + name]
        return column

    def known(self) -> ir.Column:
        """From when a row is known; null where its time is missing, or the table's rows are always known."""
        if self.table.name == "signals":
            occurred, recorded = self.value("occurred_at"), self.value("recorded_at")
            latest: ir.Column = ibis.greatest(occurred, recorded.fill_null(occurred))
            return latest
        return self.value(self.table.known) if self.table.known else ibis.null(STAMP)

    def scope(self) -> ir.BooleanValue:
        """Whether a row is to be looked at: known before `until`, or of a time that is missing."""
        if self.until is None or self.table.known is None:
            return ibis.literal(True)
        return (self.known() < self.until).fill_null(True)

    def closed(self) -> ir.BooleanValue:
        """Whether an opportunity is won or lost at a time before `until`."""
        ended = self.value("outcome").isin(["won", "lost"]) & self.value("closed_at").notnull()
        if self.until is None:
            return ended
        return ended & (self.value("closed_at") < self.until)


def spread(one: Fit, integers: Mapping[str, bool], until: datetime.date | None, empties: bool) -> Rows:
    """The rows of a source with their values; `empties` says that texts may be empty, which counts as null."""
    used = {column.name for column in one.used}
    values: dict[str, ir.Value] = {}
    for column in one.table.columns:
        kind = kind_of(column, integers)
        values[VALUE + column.name] = value(column, one.source, integers, empties) if column.name in used else ibis.null(kind)
    midnight = datetime.datetime.combine(until, datetime.time()) if until else None
    return Rows(one.table, one, integers, one.source.rows.mutate(**values), midnight)


def referring(rows: Rows, targets: Mapping[str, ir.Table]) -> Rows:
    """The rows with a column per reference that is null where the key is absent from its (checked) target table."""
    wide = rows.wide
    for name, target in (*rows.table.references, *rows.table.hints):
        if target in targets:
            keys = targets[target].select(**{FOUND + name: targets[target][name]})
            wide = wide.left_join(keys, wide[VALUE + name] == keys[FOUND + name])
    return Rows(rows.table, rows.fit, rows.integers, wide, rows.until)


@dataclass(frozen=True)
class RowCheck:
    """One thing that can be wrong with a row: `bad` is true, false or null per row.

    A check that only `warns` keeps the row; an `absent` value refers to a row that is not there.
    """

    column: str
    problem: str
    bad: ir.BooleanColumn
    way_out: str
    warns: bool = False
    absent: bool = False


def row_checks(rows: Rows, now: datetime.datetime) -> list[RowCheck]:
    """Every check that applies to the rows of a table; `now` is naive UTC."""
    checks = [check for column in rows.table.columns for check in _of_column(rows, column, now)]
    checks += [_reference(rows, name, target) for name, target in rows.table.references if FOUND + name in rows.wide.columns]
    for name, target in rows.table.hints:
        if FOUND + name in rows.wide.columns:
            checks.append(_reference(rows, name, target, warns=True))
    extra = {"signals": _of_signals, "opportunities": _of_opportunities, "people": _of_people}.get(rows.table.name)
    return checks + (extra(rows) if extra else [])


def any_of(checks: Sequence[RowCheck]) -> ir.BooleanValue:
    """Whether a row fails one of the checks; never null."""
    bad = [check.bad for check in checks if not check.warns]
    return functools.reduce(operator.or_, bad).fill_null(False) if bad else ibis.literal(False)


def _of_column(rows: Rows, column: Column, now: datetime.datetime) -> list[RowCheck]:
    """The checks a column's kind asks for; of closed_at only those rows count that are closed."""
    if column not in rows.fit.used:
        return []
    held, raw = rows.value(column.name), rows.wide[column.name]
    counts: ir.BooleanValue = ibis.literal(True)
    if (rows.table.name, column.name) == ("opportunities", "closed_at"):
        counts = rows.value("outcome").isin(["won", "lost"])
    checks = []
    unread = rows.fit.source.text and column.kind in ("number", "time")
    if unread:
        example = "12.5" if column.kind == "number" else "2026-01-05 or 2026-01-05T09:30:00Z"
        bad = (raw.fill_null("") != "") & held.isnull() & counts
        checks.append(RowCheck(column.name, f"not a {column.kind}", bad, f"write it as {example}"))
    if column.filled:
        bad = held.isnull() & (raw.fill_null("") == "") if unread else held.isnull()
        checks.append(RowCheck(column.name, "no value", bad, "fill it in"))
    if column.words:
        checks.append(RowCheck(column.name, f"unknown {column.name}", ~held.isin(column.words), f"use {', '.join(column.words)}"))
    if isinstance(held, ir.NumericColumn) and column.kind == "number":
        checks += _of_number(column, held)
    if column.kind == "time":
        checks += _of_time(column, held, counts, now, rows.until)
    return checks


def _of_number(column: Column, held: ir.NumericColumn) -> list[RowCheck]:
    checks = []
    if isinstance(held, ir.FloatingColumn):
        bad = held.isinf() | held.isnan()
        checks.append(RowCheck(column.name, "infinite or not a number", bad, "write a missing number as null"))
    if not column.signed:
        checks.append(RowCheck(column.name, "negative", held < 0, f"correct the {column.name}: it is zero or more"))
    return checks


def _of_time(
    column: Column, held: ir.Column, counts: ir.BooleanValue, now: datetime.datetime, until: datetime.datetime | None
) -> list[RowCheck]:
    """An event lies between 1990 and tomorrow; a closing at or after an explicit `until` is not yet known, so not at fault."""
    if not column.event:
        bad = (held < datetime.datetime(1, 1, 1)) | (held > datetime.datetime(9999, 12, 31, 23, 59, 59))
        return [RowCheck(column.name, "outside the years 1 to 9999", bad, "write an open end as null")]
    future = counts & (held >= now + datetime.timedelta(days=1))
    future = future & (held < until) if until is not None else future
    return [
        RowCheck(column.name, "before 1990", counts & (held < EARLIEST), "correct the time, or leave the row out"),
        RowCheck(column.name, "in the future", future, "correct the time, or set data.until to the end of what is complete"),
    ]


def _reference(rows: Rows, name: str, target: str, warns: bool = False) -> RowCheck:
    bad = rows.value(name).notnull() & rows.wide[FOUND + name].isnull()
    return RowCheck(name, f"absent from {target}", bad, f"add it to {target} or correct the {name}", warns, absent=True)


def _of_signals(rows: Rows) -> list[RowCheck]:
    early = rows.value("recorded_at") < rows.value("occurred_at")
    return [RowCheck("recorded_at", "recorded before occurred_at", early, "such a signal counts as known from occurred_at", warns=True)]


def _of_opportunities(rows: Rows) -> list[RowCheck]:
    outcome, created, closed = rows.value("outcome"), rows.value("created_at"), rows.value("closed_at")
    absent = closed.isnull()
    if rows.fit.source.text and "closed_at" in rows.fit.source.rows.columns:
        absent = absent & (rows.wide["closed_at"].fill_null("") == "")
    return [
        RowCheck("closed_at", "before created_at", outcome.isin(["won", "lost"]) & (closed < created), "correct one of the two"),
        RowCheck("closed_at", "missing though won", (outcome == "won") & absent, "fill in the day it was won"),
        RowCheck("closed_at", "missing though lost", (outcome == "lost") & absent, "such an opportunity stays open", warns=True),
    ]


def _of_people(rows: Rows) -> list[RowCheck]:
    ended = rows.value("valid_to") < rows.value("valid_from")
    return [RowCheck("valid_to", "before valid_from", ended, "such a row never holds", warns=True)]


def problems(checks: Sequence[RowCheck]) -> ir.StringValue:
    """What is wrong with a row, as text: "weight: negative; category: unknown category"."""
    texts = [check.bad.ifelse(f"{check.column}: {check.problem}; ", "") for check in checks if not check.warns]
    joined: ir.StringValue = functools.reduce(operator.add, texts)
    return joined.substr(0, joined.length() - 2)


def clean(rows: Rows, chosen: ir.Table) -> ir.Table:
    """The clean form of rows chosen from `rows.wide`: the contract's columns, then the extra ones, later changes undone."""
    values = {name: chosen[VALUE + name] for name in rows.table.names}
    extra = {name: chosen[name] for name in extras(rows.fit)}
    if rows.table.name == "signals":
        values["weight"] = values["weight"].fill_null(1.0)
        values["known_at"] = ibis.greatest(values["occurred_at"], values["recorded_at"].fill_null(values["occurred_at"]))
        extra.pop("known_at", None)
    if rows.table.name == "opportunities":
        closed = (values["outcome"] != "open") & values["closed_at"].notnull()
        if rows.until is not None:
            closed = closed & (values["closed_at"] < rows.until)
        values["outcome"] = closed.ifelse(values["outcome"], "open")
        values["closed_at"] = closed.ifelse(values["closed_at"], ibis.null(values["closed_at"].type()))
    return chosen.select(**values, **extra)


def extras(one: Fit) -> list[str]:
    """The columns of a source that are not in the contract, in its order."""
    return [name for name in one.source.rows.columns if name not in one.table.names]


def absent(table: Table, integers: Mapping[str, bool], beside: ir.Table | None = None) -> ir.Table:
    """An optional table that is not there: the contract's columns, no row; none of a table `beside` it in its warehouse."""
    kinds = {column.name: kind_of(column, integers) for column in table.columns}
    if beside is None:
        return ibis.memtable(ibis.schema(kinds).to_pyarrow().empty_table())
    # Nothing need be created in the warehouse for that, as a table in memory would be.
    nothing: ir.Table = beside.limit(0).select(**{name: ibis.null(kind) for name, kind in kinds.items()})
    return nothing

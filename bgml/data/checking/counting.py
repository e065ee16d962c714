"""One pass over a table that counts everything the checks ask, and the examples of what it found."""

from __future__ import annotations

import datetime
import functools
import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir

from bgml.data.checking.columns import measured
from bgml.data.checking.rows import RowCheck, Rows, any_of, extras
from bgml.data.warehouse import reading

EXAMPLES = 3


@dataclass(frozen=True)
class Tally:
    """What one pass counted: rows, those in scope, those without fault, those each warning is about.

    `filled` counts the values of a column; `empties` says whether a text is empty; `first` and `last` bound the times at
    which the good rows were known.
    """

    rows: int
    scope: int
    good: int
    warned: tuple[int, ...]
    filled: Mapping[str, int]
    empties: bool
    first: datetime.datetime | None
    last: datetime.datetime | None


def count(rows: Rows, checks: Sequence[RowCheck]) -> Tally:
    """Count in one pass."""
    scope = rows.scope()
    good = scope & ~any_of(checks)
    warnings = [check for check in checks if check.warns]
    measures: dict[str, ir.Scalar] = {"rows": rows.wide.count(), "scope": rows.wide.count(where=scope), "good": rows.wide.count(where=good)}
    measures |= {f"warned {number}": rows.wide.count(where=check.bad & good) for number, check in enumerate(warnings)}
    row = one_row(rows, measures | _presence(rows) | bounds(rows.table.name, _bounding(rows), good))
    warned = tuple(row[f"warned {number}"] for number in range(len(warnings)))
    filled = {name.removeprefix("filled "): value for name, value in row.items() if name.startswith("filled ")}
    empties = bool(row.get("empties"))
    return Tally(row["rows"], row["scope"], row["good"], warned, filled, empties, row.get("first"), row.get("last"))


def dangling(rows: Rows, tables: Mapping[str, ir.Table]) -> bool:
    """Whether some row refers to one that is not in its (clean) table; a pass over the referring columns alone."""
    for name, target in (*rows.table.references, *rows.table.hints):
        if target in tables and name in rows.wide.columns:
            keys = tables[target].select(found=tables[target][name])
            held = rows.wide.select(held=rows.value(name))
            lost = held.filter(held.held.notnull()).anti_join(keys, [("held", "found")])
            if one_row(rows, {"lost": lost.count()}, lost)["lost"]:
                return True
    return False


def found(rows: Rows, checks: Sequence[RowCheck]) -> list[int]:
    """How many rows each check finds, in one more pass; only asked when some row is at fault."""
    scope = rows.scope()
    measures: dict[str, ir.Scalar] = {str(number): rows.wide.count(where=check.bad & scope) for number, check in enumerate(checks)}
    return list(one_row(rows, measures).values()) if checks else []


def one_row(rows: Rows, measures: Mapping[str, ir.Scalar], chosen: ir.Table | None = None) -> dict[str, Any]:
    """The measures of a table's rows, or of those chosen, by name."""
    return measured(rows.wide if chosen is None else chosen, measures, rows.fit.source.where)


def _presence(rows: Rows) -> dict[str, ir.Scalar]:
    """Values of the optional columns and, where the table is not the big one, of the extra ones; whether a text is empty."""
    measures = {f"filled {column.name}": rows.value(column.name).count() for column in rows.fit.used if column.optional}
    if rows.table.name != "signals":
        measures |= {f"filled {name}": rows.wide[name].count() for name in extras(rows.fit)}
    texts = [raw for raw in (rows.wide[column.name] for column in rows.fit.used) if isinstance(raw, ir.StringColumn)]
    if texts:
        measures["empties"] = rows.wide.count(where=functools.reduce(operator.or_, [text == "" for text in texts]))
    return measures


def _bounding(rows: Rows) -> dict[str, ir.Column]:
    """The times of a table that bound the history, as in its clean form."""
    if rows.table.name == "signals":
        return {"known_at": rows.known()}
    if rows.table.name == "opportunities":
        closed = rows.value("closed_at")
        return {"created_at": rows.value("created_at"), "closed_at": rows.closed().ifelse(closed, ibis.null(closed.type()))}
    return {}


def bounds(name: str, times: Mapping[str, ir.Column], good: ir.BooleanValue | None = None) -> dict[str, ir.Scalar]:
    """The earliest and latest time that bound the history; only of signals and opportunities, the others bound nothing."""
    if name == "signals":
        return {"first": times["known_at"].min(where=good), "last": times["known_at"].max(where=good)}
    if name == "opportunities":
        latest = ibis.greatest(times["created_at"], times["closed_at"].fill_null(times["created_at"]))
        return {"last": latest.max(where=good)}
    return {}


def examples(rows: Rows, check: RowCheck) -> tuple[str, ...]:
    """Up to three rows that fail a check, the least ones: the value as it was read, and the key of its row."""
    failed = rows.wide.filter(check.bad & rows.scope())
    if check.absent:
        return shown(rows, failed, [check.column])
    names = [check.column, *rows.table.key]
    if check.column in rows.table.key:
        names += [column.name for column in rows.table.columns if column.required][:3]
    return shown(rows, failed, names)


def shown(rows: Rows, chosen: ir.Table, names: Sequence[str]) -> tuple[str, ...]:
    """The first three of some rows, in order of the columns named: `"webinar" (signal_id "s1")`; what is null or empty is left out."""
    here = [name for name in dict.fromkeys(names) if name in rows.fit.source.rows.columns]
    if not here:
        return ()
    texts = chosen.select(**{name: chosen[name].cast("string") for name in here}).distinct()
    with reading(rows.fit.source.where):
        found = texts.order_by(here).limit(EXAMPLES).to_pyarrow().to_pylist()
    quoted = {name for name in here if rows.fit.source.rows[name].type().is_string()}
    return tuple(_example(row, names[0], quoted) for row in found)


def _example(row: Mapping[str, str | None], first: str, quoted: set[str]) -> str:
    said = {name: _quoted(text) if name in quoted else text for name, text in row.items() if text}
    rest = ", ".join(f"{name} {text}" for name, text in said.items() if name != first)
    if first not in said:
        return rest
    return f"{said[first]} ({rest})" if rest else said[first]


def _quoted(text: str) -> str:
    return f'"{text}"' if len(text) <= 40 else f'"{text[:37]}..."'

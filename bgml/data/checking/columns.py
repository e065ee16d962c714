"""From columns as they are read to the contract's kinds: what fits, what an id is, and the expression of each value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from bgml.data.checking.report import Fault
from bgml.data.tables import MEANING, Column, Table
from bgml.data.warehouse import Source, reading
from bgml.errors import nearest

INTEGER = r"^(0|-?[1-9][0-9]*)$"
"""Text that counts as an integer id; "007" does not."""
STAMP = dt.Timestamp(scale=6)
LARGEST = 2.0**53
"""Up to here a float holds every whole number."""


@dataclass(frozen=True)
class Fit:
    """How a source fits its table.

    `used` are the contract's columns that hold something; `integer` says of each id column among them whether all its
    values are integers, None where there is no value; `faults` are missing columns and wrong types, and all stop.
    """

    table: Table
    source: Source
    used: tuple[Column, ...]
    integer: dict[str, bool | None]
    faults: tuple[Fault, ...]


def fit(table: Table, source: Source) -> Fit:
    """Compare a source's columns with its table's; reads data only where the types do not decide."""
    kinds = source.rows.schema()
    missing = [_missing(table, column, source) for column in table.columns if column.required and column.name not in kinds]
    here = [column for column in table.columns if column.name in kinds]
    seen = _look(source, [column for column in here if _doubtful(column, kinds[column.name], source.text)])
    used = [column for column in here if not (column.optional and _blank(kinds[column.name], seen.get(column.name)))]
    wrong = [column for column in used if not _fits(column, kinds[column.name], source.text, seen)]
    ids = [column for column in used if column.kind == "id" and column not in wrong]
    integer = {column.name: _integer(kinds[column.name], source.text, seen.get(column.name)) for column in ids}
    return Fit(table, source, tuple(used), integer, (*missing, *(_wrong(table, column, kinds[column.name]) for column in wrong)))


@dataclass(frozen=True)
class _Look:
    """Of one column: values that are not null, and those among them that are no integer."""

    filled: int
    other: int


def _doubtful(column: Column, kind: dt.DataType, text: bool) -> bool:
    """Whether the values decide: ids read from CSV or as floats, and optional columns whose type fits only if they are empty."""
    if column.kind == "id":
        return text or kind.is_floating() or (column.optional and not kind.is_string())
    return column.optional and not (text or natural(column, kind))


def _look(source: Source, columns: list[Column]) -> dict[str, _Look]:
    """One pass over the doubtful columns."""
    if not columns:
        return {}
    measures: dict[str, ir.Scalar] = {}
    for column in columns:
        value = source.rows[column.name]
        measures[f"filled {column.name}"] = value.count()
        measures[f"other {column.name}"] = _others(value, source.text) if column.kind == "id" else ibis.literal(0)
    with reading(source.where):
        row = source.rows.aggregate(**measures).to_pyarrow().to_pylist()[0]
    return {column.name: _Look(row[f"filled {column.name}"], row[f"other {column.name}"]) for column in columns}


def _others(value: ir.Column, text: bool) -> ir.Scalar:
    """How many values are no integer, where that is not plain from the type."""
    if isinstance(value, ir.StringColumn) and text:
        return value.count(where=(value != "") & (value.try_cast("int64").isnull() | ~value.re_search(INTEGER)))
    if isinstance(value, ir.FloatingColumn):
        return value.count(where=(value != value.floor()) | (value.abs() > LARGEST))
    return ibis.literal(0)


def _blank(kind: dt.DataType, look: _Look | None) -> bool:
    return kind.is_null() or (look is not None and look.filled == 0)


def _whole(kind: dt.DataType) -> bool:
    """Whether a type holds whole numbers only; NUMBER(38, 0) of a warehouse does."""
    return bool(kind.is_integer() or (isinstance(kind, dt.Decimal) and kind.scale == 0))


def _fits(column: Column, kind: dt.DataType, text: bool, seen: Mapping[str, _Look]) -> bool:
    """Whether a column's type is one its kind accepts; a column of nulls fits, its nulls are counted later."""
    if column.kind == "id" and kind.is_floating():
        return seen[column.name].other == 0
    return text or kind.is_null() or natural(column, kind)


def natural(column: Column, kind: dt.DataType) -> bool:
    """Whether a type is one a kind is usually of."""
    if column.kind == "time":
        return bool(kind.is_timestamp() or kind.is_date())
    if column.kind == "number":
        return bool(kind.is_numeric() and not kind.is_boolean())
    return bool(kind.is_string() or kind.is_uuid()) or _whole(kind)


def _integer(kind: dt.DataType, text: bool, look: _Look | None) -> bool | None:
    if _blank(kind, look):
        return None
    if text and look is not None:
        return look.other == 0
    return not (kind.is_string() or kind.is_uuid())


def _missing(table: Table, column: Column, source: Source) -> Fault:
    hint = nearest(column.name, source.rows.columns) or f"; it has {', '.join(source.rows.columns[:12])}"
    return Fault(table.name, column.name, f"the column is missing from {source.where}{hint}", f"add {MEANING[column.kind]}", stops=True)


def _wrong(table: Table, column: Column, kind: dt.DataType) -> Fault:
    problem = f"the column is of type {str(kind).removeprefix('!')} and should be {MEANING[column.kind]}"
    way_out = f"write it as {MEANING[column.kind]}" + (", or under another name if it means something else" if column.optional else "")
    return Fault(table.name, column.name, problem, way_out, stops=True)


def id_kinds(fits: Iterable[Fit]) -> tuple[dict[str, bool], list[Fault], list[str]]:
    """For each id whether it is an integer in every table, with the faults and warnings met on the way.

    A typed source decides. Where only CSV files have the id, it is an integer when every value in every table is one.
    """
    fits = list(fits)
    kinds: dict[str, bool] = {}
    faults: list[Fault] = []
    warnings: list[str] = []
    for name in dict.fromkeys(name for one in fits for name in one.integer):
        votes = _votes(name, fits)
        if not votes:
            continue
        typed = [(one, vote) for one, vote in votes if not one.source.text]
        first, kind = (typed or votes)[0]
        kinds[name] = bool(kind) if typed else all(vote for _, vote in votes)
        against = [one for one, vote in (votes if kinds[name] else typed) if vote != kinds[name]]
        faults += [_of_two_kinds(name, one, first, kinds[name]) for one in against]
        if not typed and len({vote for _, vote in votes}) == 2:
            warnings.append(_read_as_text(name, votes))
    return kinds, faults, warnings


def _votes(name: str, fits: list[Fit]) -> list[tuple[Fit, bool]]:
    """What each table says of an id; where they differ, columns of nulls only are found and do not count."""
    votes = [(one, vote) for one in fits if (vote := one.integer.get(name)) is not None]
    if len({vote for _, vote in votes}) < 2:
        return votes
    return [(one, vote) for one, vote in votes if _holds(one, one.table.column(name))]


def _holds(one: Fit, column: Column) -> bool:
    """Whether a column has a value."""
    return not column.optional or _look(one.source, [column])[column.name].filled > 0


def _of_two_kinds(name: str, one: Fit, other: Fit, integer: bool) -> Fault:
    here, there = ("text", "an integer") if integer else ("an integer", "text")
    problem = f"the id is {here} in {one.source.where}, but {there} in {other.source.where}"
    return Fault(one.table.name, name, problem, "write it as one kind in every table", stops=True)


def _read_as_text(name: str, votes: list[tuple[Fit, bool]]) -> str:
    whole = ", ".join(one.source.where for one, vote in votes if vote)
    other = ", ".join(one.source.where for one, vote in votes if not vote)
    return f"{name} looks like an integer in {whole} but not in {other}: it is read as text everywhere, so 7 and 007 are two ids"


def kind_of(column: Column, integers: Mapping[str, bool]) -> dt.DataType:
    """The type a column of the contract has once read."""
    if column.kind == "id":
        return dt.int64 if integers.get(column.name, False) else dt.string
    return {"text": dt.string, "number": dt.float64, "time": STAMP}[column.kind]


def value(column: Column, source: Source, integers: Mapping[str, bool], empties: bool) -> ir.Column:
    """A column's values in the contract's type; an empty text is null, and so is CSV text that cannot be parsed.

    `empties=False` leaves out the test for empty texts where it is known that there are none.
    """
    raw, kind = source.rows[column.name], kind_of(column, integers)
    if isinstance(raw, ir.StringColumn):
        raw = raw.nullif("") if empties else raw
        if source.text and not kind.is_string():
            return _parsed(raw, kind)
    if isinstance(raw, ir.TimestampColumn) and raw.type() != STAMP or kind != raw.type():
        return raw.cast(kind)
    return raw


def _parsed(text: ir.StringColumn, kind: dt.DataType) -> ir.Column:
    """CSV text as a number or a time (ISO 8601; an offset is honoured, without one it is UTC)."""
    trimmed = text.strip()
    if kind.is_timestamp():
        return trimmed.try_cast(dt.Timestamp(timezone="UTC")).cast(kind)
    return trimmed.try_cast(kind)

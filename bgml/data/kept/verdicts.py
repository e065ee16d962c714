"""The verdicts that a project keeps, joined with the table `verdicts` of its data."""

from __future__ import annotations

import datetime
import re
from dataclasses import replace

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
import pyarrow

from bgml.data.checking.columns import INTEGER, STAMP, natural
from bgml.data.kept.verdict_log import Row, file, read
from bgml.data.tables import VERDICTS
from bgml.data.warehouse import Source, Warehouse, reading
from bgml.project import Project


def join(warehouse: Warehouse, project: Project) -> None:
    """Add the project's verdicts to the table `verdicts` of its warehouse, or make that table of them.

    Those on accounts that the tables no longer have are left out, and the warehouse notes how many.
    """
    rows, torn = read(project)
    if torn:
        warehouse.notes.append(f"verdicts: {torn:,} lines of {file(project)} are no verdicts and are left out")
    if not rows:
        return
    kept = _of_accounts(warehouse, rows)
    if gone := len(rows) - len(kept):
        warehouse.notes.append(f"verdicts: {gone:,} verdicts of {file(project)} are on accounts that are no longer there and are left out")
    theirs = warehouse.sources.get("verdicts")
    joined = _made(warehouse, kept) if theirs is None else _united(warehouse, theirs, kept)
    if kept and joined is not None:
        warehouse.sources["verdicts"] = joined


def _of_accounts(warehouse: Warehouse, rows: list[Row]) -> list[Row]:
    """The rows whose account is in the table of accounts."""
    accounts = warehouse.sources.get("accounts")
    if accounts is None or "account_id" not in accounts.rows.columns:
        return rows
    asked = warehouse.literal(pyarrow.table({"account_id": sorted({str(row["account_id"]) for row in rows})}))
    known = accounts.rows.select(account_id=as_text(accounts.rows["account_id"])).semi_join(asked, "account_id").distinct()
    with reading(accounts.where):
        found = set(warehouse.backend.to_pyarrow(known)["account_id"].to_pylist())
    return [row for row in rows if row["account_id"] in found]


def as_text(ids: ir.Column) -> ir.StringColumn:
    """Ids as text, whole floats and decimals as the integers they stand for."""
    whole = ids.cast("int64") if ids.type().is_floating() or ids.type().is_decimal() else ids
    text: ir.StringColumn = whole.cast("string")
    return text


def _made(warehouse: Warehouse, rows: list[Row]) -> Source:
    """A source of the kept verdicts alone, its ids of the kind that accounts and signals have."""
    homes = {"account_id": warehouse.sources.get("accounts"), "topic": warehouse.sources.get("signals")}
    found = {name: home for name, home in homes.items() if home is not None}
    text = any(home.text for home in found.values())
    schemas = {name: home.rows.schema() for name, home in found.items()}
    typed = {name: _kind(name, schemas[name].get(name) if name in schemas else None) for name in VERDICTS.names}
    return Source("verdicts", _table(warehouse, rows, dict.fromkeys(VERDICTS.names, dt.string) if text else typed), "verdicts/", text)


def _united(warehouse: Warehouse, theirs: Source, rows: list[Row]) -> Source | None:
    """Their rows and the kept ones; None where theirs do not fit the contract, which the checks will say."""
    schema = theirs.rows.schema()
    here = [column for column in VERDICTS.columns if column.name in schema]
    if any(column.required and column not in here for column in VERDICTS.columns):
        return None
    if theirs.text:
        kinds: dict[str, dt.DataType] = dict.fromkeys(VERDICTS.names, dt.string)
    elif all(natural(column, schema[column.name]) or _lenient(column.kind, schema[column.name]) for column in here):
        kinds = {name: _kind(name, schema.get(name)) for name in VERDICTS.names}
    else:
        return None
    extra = {name: kind for name, kind in schema.items() if name not in kinds}
    ours = _table(warehouse, rows, kinds).mutate(**{name: ibis.null(kind) for name, kind in extra.items()})
    cast = {name: theirs.rows[name].cast(kind) if name in schema else ibis.null(kind) for name, kind in kinds.items()}
    both = theirs.rows.select(**cast, **{name: theirs.rows[name] for name in extra}).union(ours)
    return replace(theirs, rows=both, where=f"{theirs.where} and verdicts/")


def _lenient(kind: str, found: dt.DataType) -> bool:
    """A column of nulls, or ids as floats: whether these fit, their values decide."""
    return bool(found.is_null() or (kind == "id" and found.is_floating()))


def _kind(name: str, found: dt.DataType | None = None) -> dt.DataType:
    """The type in which a column of two sources meets."""
    kind = VERDICTS.column(name).kind
    if kind == "time":
        return STAMP
    if kind == "text" or found is None or found.is_string() or found.is_uuid() or found.is_null():
        return dt.string
    return dt.float64 if found.is_floating() else dt.int64


def _table(warehouse: Warehouse, rows: list[Row], kinds: dict[str, dt.DataType]) -> ir.Table:
    """Kept verdicts as a table of the warehouse."""
    columns = {name: _values([row[name] for row in rows], kind) for name, kind in kinds.items()}
    arrow = pyarrow.table(columns, schema=ibis.schema(kinds).to_pyarrow())
    if not warehouse.local:
        return warehouse.literal(arrow)
    warehouse.backend.con.register("bgml_kept_verdicts", arrow)
    made: ir.Table = warehouse.backend.table("bgml_kept_verdicts")
    return made


def _values(texts: list[str | None], kind: dt.DataType) -> list[object]:
    """Texts in the type of a column; an id that is no integer where integers are asked for is none."""
    if kind.is_timestamp():
        return [text and datetime.datetime.fromisoformat(text) for text in texts]
    if kind.is_string():
        return list(texts)
    return [int(text) if text and re.fullmatch(INTEGER, text) else None for text in texts]

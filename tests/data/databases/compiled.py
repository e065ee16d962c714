"""The queries of a run as the SQL each database gets. `python -m tests.data.databases.compiled` writes the files that are compared."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pytest

from bgml.config import settings_from
from bgml.data.checking.checks import check
from bgml.data.warehouse import Source, Warehouse, connect_duckdb
from bgml.engine.shards.tiles import tile_expression
from bgml.groups import activity
from tests.data.conftest import clean_frames

DIALECTS = ("postgres", "snowflake", "bigquery", "databricks")
KEPT = Path(__file__).parent.parent / "sql"
NOW = datetime.datetime(2025, 1, 6, 12)
DAY = datetime.date(2025, 1, 6)
ID, TIME = "string", "timestamp(6)"
SIGNALS = ibis.table(
    {
        "signal_id": ID, "account_id": ID, "person_id": ID, "visitor_id": ID, "topic": ID, "category": "string", "action": "string",
        "weight": "float64", "occurred_at": TIME, "recorded_at": TIME, "known_at": TIME,
    },
    name="signals",
)  # fmt: skip


class Tables:
    """What `groups.activity` asks of a dataset."""

    def table(self, name: str) -> ir.Table:
        return {"signals": SIGNALS}[name]

    def given(self, rows: pa.Table) -> ir.Table:
        return ibis.table(ibis.Schema.from_pyarrow(rows.schema), name="given_rows")


def tiles() -> dict[str, ir.Expr]:
    return {"tiles, rolled up": tile_expression(SIGNALS, weights=True, actions=True, rolled=True)}


def activities() -> dict[str, ir.Expr]:
    data: Any = Tables()
    groups = pa.table({"account_id": ["a1"], "topic": ["ai"]})
    known = activity.known(data, DAY, groups)
    return {
        "actions by day": activity.daily(known, DAY, 182),
        "first days": activity.first_days(known),
        "recognised visitors": activity.recognised(activity.known(data, DAY, groups, activity.PAIR[:1])),
    }


@contextmanager
def asked() -> Iterator[list[ir.Expr]]:
    """The expressions whose rows are asked for in the block, by what takes itself for a database that is not in this process."""
    caught: list[ir.Expr] = []
    with pytest.MonkeyPatch.context() as patched:
        for kind in (ir.Table, ir.Scalar):
            original = kind.to_pyarrow

            def answer(self: ir.Expr, *given: Any, _original: Any = original, **named: Any) -> Any:
                caught.append(self)
                return _original(self, *given, **named)

            patched.setattr(kind, "to_pyarrow", answer)
        patched.setattr(Warehouse, "local", property(lambda _: False))
        yield caught


def checks() -> dict[str, ir.Expr]:
    """Every query of a check of accounts and signals without a fault, in order."""
    warehouse = Warehouse(connect_duckdb(1, 2**30), "the warehouse")
    frames = clean_frames()
    for name in ("accounts", "signals"):
        warehouse.sources[name] = Source(name, warehouse.backend.create_table(name, pa.Table.from_pandas(frames[name])), name)
    with asked() as caught:
        found = check(warehouse, settings_from({"project": {"name": "compiled"}}, "test"), now=NOW, unneeded=["opportunities"])
    assert not found.report.faults
    return {f"query {number}": expression for number, expression in enumerate(caught, 1)}


def written(expressions: dict[str, ir.Expr], dialect: str) -> str:
    """The SQL of some queries in a dialect, one below the other."""
    return "\n".join(f"-- {name}\n{ibis.to_sql(expression, dialect=dialect)};\n" for name, expression in expressions.items())


QUERIES = {"tiles": tiles, "activity": activities, "checks": checks}

if __name__ == "__main__":
    for name, made in QUERIES.items():
        for dialect in DIALECTS:
            path = KEPT / dialect / f"{name}.sql"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(written(made(), dialect), encoding="utf-8")

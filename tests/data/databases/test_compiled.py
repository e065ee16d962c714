"""The SQL of a run in each dialect is the one that was read and kept; a change of it is seen before a warehouse meets it."""

from __future__ import annotations

import re

import pytest
import sqlglot

from tests.data.databases.compiled import DIALECTS, KEPT, QUERIES, written


@pytest.mark.parametrize("name", QUERIES)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_sql_as_it_was_read(dialect, name):
    kept = (KEPT / dialect / f"{name}.sql").read_text(encoding="utf-8")
    assert written(QUERIES[name](), dialect) == kept
    assert all(sqlglot.parse(kept, read=dialect))


@pytest.mark.parametrize("dialect", DIALECTS)
def test_nothing_is_made_in_a_warehouse_and_tiles_are_grouped_in_it(dialect):
    for name in QUERIES:
        assert not re.search(r"\b(CREATE|INSERT|DELETE|UPDATE|DROP|MERGE)\b", (KEPT / dialect / f"{name}.sql").read_text(encoding="utf-8"))
    assert "GROUP BY" in (KEPT / dialect / "tiles.sql").read_text(encoding="utf-8")

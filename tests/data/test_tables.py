"""The contract hangs together, and docs/data.md tells all of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bgml.data.tables import TABLES

DOCS = (Path(__file__).parents[2] / "docs" / "data.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_keys_and_references_are_columns(table):
    assert set(table.key) <= set(table.names)
    assert table.known is None or table.known in table.names
    earlier = list(TABLES)[: list(TABLES).index(table.name)]
    for column, target in (*table.references, *table.hints):
        assert column in table.names
        assert target in earlier
        assert column in TABLES[target].key
        assert len(TABLES[target].key) == 1


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_the_documentation_tells_every_column(table):
    section = DOCS.split(f"\n### `{table.name}`", 1)[1].split("\n### ", 1)[0].split("\n## ", 1)[0]
    kinds = {"id": "id", "text": "text", "number": "number", "time": "time"}
    for column in table.columns:
        rows = [line for line in section.splitlines() if line.startswith(f"| `{column.name}`{'?' if column.optional else ''} |")]
        assert len(rows) == 1, column.name
        assert rows[0].split("|")[2].strip() == kinds[column.kind], column.name
        assert all(f"`{word}`" in rows[0] for word in column.words), column.name


def test_a_column_is_found_by_name():
    assert TABLES["signals"].column("weight").optional
    with pytest.raises(KeyError):
        TABLES["signals"].column("wait")

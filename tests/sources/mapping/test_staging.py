"""The staged tables."""

from __future__ import annotations

import duckdb

from bgml.data.tables import TABLES
from bgml.sources.declaration import TARGETS
from bgml.sources.mapping.staging import NEEDED, create_staging, staged_columns


def test_every_target_can_hold_what_the_contract_does_and_what_a_row_needs() -> None:
    connection = duckdb.connect()
    create_staging(connection)
    for target in TARGETS:
        held = [row[0] for row in connection.execute(f"DESCRIBE staged_{target}").fetchall()]
        assert held == ["_source", "_raw", "_row", *staged_columns(target)]
        assert set(NEEDED[target]) <= set(held)
        assert target == "merges" or {column.name for column in TABLES[target].columns} <= set(held)

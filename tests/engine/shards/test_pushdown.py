"""What a database is asked for when tiles are built: it groups the signals, and nothing but tiles travels."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bgml.config import settings_from
from bgml.data.dataset import open_dataset
from bgml.engine.shards.tiles import blocks, topic_ids
from bgml.project import Project
from tests.postgres_server import load


def test_a_database_groups_the_signals_and_only_tiles_travel(postgres, database, tmp_path, monkeypatch):
    try:
        postgres.do("CREATE EXTENSION pg_stat_statements", "SELECT 1 FROM pg_stat_statements", database=database)
    except Exception as error:
        pytest.skip(f"the server does not count statements: {error}")
    n, accounts = 20_000, [f"a{i}" for i in range(5)]
    signals = pd.DataFrame({
        "signal_id": np.arange(n), "account_id": np.array(accounts)[np.arange(n) % 5], "person_id": np.arange(n) % 3, "topic": "ai",
        "category": "named", "action": "visit", "weight": 0.1,
        "occurred_at": pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(n) % 7, "D"),
    })  # fmt: skip
    deals = pd.DataFrame({
        "opportunity_id": ["o"], "account_id": ["a0"], "topic": ["ai"], "created_at": [pd.Timestamp("2024-01-02")], "outcome": ["open"],
    })  # fmt: skip
    load(postgres, database, {"signals": signals, "accounts": pd.DataFrame({"account_id": accounts}), "opportunities": deals})
    monkeypatch.setenv("BGML_TEST_WAREHOUSE", postgres.at(database))
    settings = settings_from({"project": {"name": "t"}, "data": {"url": "env:BGML_TEST_WAREHOUSE"}}, "test")
    dataset = open_dataset(Project(root=tmp_path, settings=settings))
    postgres.do("SELECT pg_stat_statements_reset()", database=database)
    found = list(blocks(dataset, topic_ids(dataset), weights=True, actions=True))
    assert [(len(tiles), int(tiles.number.sum())) for tiles in found] == [(105, n)]
    seen = "FROM pg_stat_statements WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND query"
    declared = [query for (query,) in postgres.do(f"SELECT query {seen} ILIKE 'DECLARE%'", database=database)]
    assert any("GROUP BY" in query and '"occurred"' in query and "SUM(" in query for query in declared)
    # A block's size, the topics, the tiles.
    assert postgres.do(f"SELECT sum(rows)::int {seen} ILIKE 'FETCH%'", database=database) == [(1 + 1 + 105,)]

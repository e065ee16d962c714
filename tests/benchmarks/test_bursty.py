"""Made signals in pieces are as those in one: ids apart, in order of time."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest


@pytest.fixture
def bursty(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "benchmarks"))
    import bursty as module

    yield module
    del sys.modules["bursty"]


def test_pieces_have_signals_accounts_and_people_of_their_own(bursty: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(bursty, "PIECE", 1_000)
    bursty.write(tmp_path, 2_500, "sparse")
    made = pq.read_table(tmp_path / "signals.parquet")
    assert made.schema.equals(bursty.signals(10, "sparse").schema)
    assert sorted(made["signal_id"].to_pylist()) == list(range(2_500))
    assert made["occurred_at"].to_pylist() == sorted(made["occurred_at"].to_pylist())
    for column in ("person_id", "visitor_id"):
        known = made.filter(pc.is_valid(made[column])).to_pandas()
        assert (known.groupby(column)["account_id"].nunique() == 1).all()
    alone = [len(set(bursty.signals(size, "sparse", seed)["account_id"].to_pylist())) for seed, size in enumerate((1_000, 1_000, 500))]
    assert len(set(made["account_id"].to_pylist())) == sum(alone) == pq.read_metadata(tmp_path / "accounts.parquet").num_rows

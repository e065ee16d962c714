"""Files in the columns of the contract."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bgml.data.tables import TABLES
from bgml.market.parameters import LOOKBACK, TOPICS
from bgml.market.simulate import Simulated
from bgml.market.writing import ids, words


def test_identifiers_have_one_width_and_nobody_is_null() -> None:
    assert ids("P", np.array([0, 42, -1, 9_999_999]), 7).to_pylist() == ["P0000000", "P0000042", None, "P9999999"]
    assert ids("P", np.array([5, 12_345]), 3).to_pylist() == ["P00005", "P12345"]
    assert ids("P", np.array([], dtype=np.int64), 3).to_pylist() == []
    assert words(("a", "b"), np.array([1, -1, 0])).to_pylist() == ["b", None, "a"]


@pytest.mark.parametrize("name", ["accounts", "people", "signals", "opportunities", "opportunity_contacts", "touches", "topics"])
def test_every_column_is_in_the_contract(folder: Path, name: str) -> None:
    schema = pq.read_schema(folder / f"{name}.parquet")
    contract = TABLES[name]
    assert set(schema.names) <= set(contract.names)
    assert {column.name for column in contract.columns if column.required} <= set(schema.names)
    for column in contract.columns:
        if column.name in schema.names and column.kind == "time":
            assert schema.field(column.name).type == pa.timestamp("us")


def test_signals_are_in_the_order_of_time_and_identifier(folder: Path) -> None:
    signals = pd.read_parquet(folder / "signals.parquet")
    assert signals.occurred_at.is_monotonic_increasing and signals.signal_id.is_monotonic_increasing
    assert signals.signal_id.is_unique and set(signals.topic) == set(TOPICS)
    assert signals.recorded_at.isna().any() and signals.weight.isna().any()


def test_opportunities_are_open_won_or_lost(folder: Path) -> None:
    deals = pd.read_parquet(folder / "opportunities.parquet")
    assert set(deals.outcome) == {"open", "won", "lost"}
    assert (deals.closed_at.isna() == (deals.outcome == "open")).all()
    assert set(deals.currency) == {"USD", "EUR"}


def test_promotions_and_moves_are_dated(folder: Path) -> None:
    people = pd.read_parquet(folder / "people.parquet")
    several = people[people.duplicated("person_id", keep=False)]
    first, later = (several.drop_duplicates("person_id", keep=keep).set_index("person_id") for keep in ("first", "last"))
    assert len(first) and (first.valid_to == later.valid_from).all() and first.valid_from.isna().all()
    assert (first.account_id != later.account_id).any() and (first.account_id == later.account_id).any()
    assert later.title.str.startswith("Senior").any()


def test_truth_holds_every_pair_heard_of_lately(folder: Path, made: Simulated) -> None:
    truth = pd.read_parquet(folder / "truth.parquet")
    signals = pd.read_parquet(folder / "signals.parquet")
    known = signals[["occurred_at", "recorded_at"]].max(axis=1)
    as_of = pd.Timestamp("2025-06-02")
    recent = signals[(known < as_of) & (signals.occurred_at >= as_of - pd.Timedelta(days=LOOKBACK))]
    expected = recent[["account_id", "topic"]].drop_duplicates().sort_values(["account_id", "topic"])
    found = truth[pd.to_datetime(truth.as_of) == as_of]
    assert found[["account_id", "topic"]].to_numpy().tolist() == expected.to_numpy().tolist()
    assert pd.to_datetime(truth.as_of).max() == pd.Timestamp("2026-01-05")
    assert len(truth) == len(made.truth.week)

"""Tiles: ids as codes, weights in fixed point, one expression that every warehouse runs."""

from __future__ import annotations

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bgml.engine.kernel import FRACTION
from bgml.engine.shards.tiles import LARGEST_WEIGHT, blocks, codes_of, encode, tile_expression, topic_ids
from tests.engine.world import world
from tests.engine_fixtures import examples, opened

TIMES = {"account_id": "string", "topic": "string", "person_id": "string", "visitor_id": "string", "category": "string", "action": "string"}
SIGNALS = ibis.table({**TIMES, "occurred_at": "timestamp(6)", "known_at": "timestamp(6)", "weight": "float64"}, name="signals")


def _decoded(column):
    ids, codes = codes_of(pa.chunked_array([column]) if isinstance(column, pa.Array) else column)
    assert codes.dtype == np.int32
    assert ids.to_pylist() == sorted(set(column.to_pylist()) - {None})
    return [None if code < 0 else ids[int(code)].as_py() for code in codes]


@pytest.mark.parametrize(
    "values",
    [
        pa.array([3, 1, 2, 3, 1], pa.int64()),
        pa.array([3, None, 2, 3, -5], pa.int64()),
        pa.array([2**40, -(2**40), 0, None], pa.int64()),
        pa.array([-1, -2, -3, None], pa.int32()),
        pa.array([7], pa.int16()),
        pa.array(["b", "a", "É", "10", "9", None, "b"], pa.string()),
        pa.array(["b", None, "a"], pa.large_string()),
        pa.array([None, None], pa.string()),
        pa.array([None, None], pa.int64()),
        pa.array([None, None], pa.null()),
        pa.array([], pa.string()),
        pa.array([], pa.int64()),
    ],
    ids=str,
)
def test_codes_are_places_among_the_sorted_values(values):
    assert _decoded(values) == values.to_pylist()


def test_codes_of_several_chunks():
    assert _decoded(pa.chunked_array([["b", "a"], ["c", None, "a"]])) == ["b", "a", "c", None, "a"]
    assert _decoded(pa.chunked_array([[5, 3], [4, None]], pa.int64())) == [5, 3, 4, None]


@given(st.lists(st.none() | st.integers(-9, 9) | st.integers(-(2**62), 2**62), max_size=30))
@examples(1.0)
def test_codes_of_any_whole_numbers(values):
    assert _decoded(pa.array(values, pa.int64())) == values


@given(st.lists(st.none() | st.text(max_size=3).filter(lambda text: text.isprintable()), max_size=20))
@examples(1.0)
def test_codes_of_any_text(values):
    assert _decoded(pa.array(values, pa.string())) == values


def _signals(**columns):
    n = max(len(values) for values in columns.values())
    plain = {
        "account_id": ["a"] * n, "topic": ["x"] * n, "person_id": ["p"] * n, "visitor_id": [None] * n, "category": ["named"] * n,
        "action": ["visit"] * n, "occurred_at": [pd.Timestamp("2024-01-01 10:00")] * n, "weight": [1.0] * n,
    } | columns  # fmt: skip
    plain.setdefault("known_at", plain["occurred_at"])
    frame = pd.DataFrame(plain).astype({"occurred_at": "datetime64[us]", "known_at": "datetime64[us]"})
    return ibis.memtable(frame, schema=SIGNALS.schema())


def _tiles(signals, **options):
    given_options = {"weights": True, "actions": True, "rolled": True} | options
    return tile_expression(signals, **given_options).to_pyarrow().sort_by("number").to_pydict()


def test_equal_signals_of_one_day_are_one_tile():
    occurred = pd.to_datetime(["2024-01-01", "2024-01-01 23:59:59.999999", "2024-01-02", "2024-01-01 12:00"], format="ISO8601")
    signals = _signals(occurred_at=list(occurred), weight=[1.0, 0.25, 1.0, 3.0])
    tiles = _tiles(signals)
    assert tiles["number"] == [1, 3]
    assert tiles["occurred"] == tiles["known"] == [19724, 19723]
    assert tiles["high"] == [1, 4]
    assert _tiles(signals, rolled=False)["number"] == [1, 1, 1, 1]


def test_what_is_not_read_is_not_told_apart():
    signals = _signals(action=["visit", "call", "call"])
    assert _tiles(signals)["number"] == [1, 2]
    tiles = _tiles(signals, actions=False, weights=False)
    assert (tiles["number"], tiles["action"]) == ([3], [None])
    assert not {"high", "middle", "low"} & set(tiles)


def test_a_signal_with_both_ids_is_the_persons():
    tiles = _tiles(_signals(person_id=["p", None, None], visitor_id=["v", "v", None]))
    assert set(zip(tiles["person_id"], tiles["visitor_id"], strict=True)) == {("p", None), (None, "v"), (None, None)}


def test_a_day_is_that_of_utc_and_a_late_signal_keeps_both_days():
    tiles = _tiles(_signals(occurred_at=[pd.Timestamp("2023-12-31 23:59:59.999999")], known_at=[pd.Timestamp("2024-03-01")]))
    assert (tiles["occurred"], tiles["known"]) == ([19722], [19783])


@given(st.lists(st.floats(0, 1e12) | st.floats(0, 1e-3), min_size=1, max_size=8))
@examples(0.2)
def test_weights_add_up_exactly_in_fixed_point(weights):
    table = tile_expression(_signals(weight=weights), weights=True, actions=False, rolled=True).to_pyarrow()
    tiles = encode(table, pa.array(["x"]), weights=True)
    low = int(tiles.weight_low[0])
    assert 0 <= low < FRACTION
    found = int(tiles.weight_high[0]) * FRACTION + low
    exact = sum(round(weight * FRACTION) for weight in weights)
    assert abs(found - exact) <= len(weights)


def test_huge_weights_count_as_two_to_the_53():
    tiles = _tiles(_signals(weight=[1e300, 2.0**53]))
    assert tiles["high"] == [2 * LARGEST_WEIGHT]


@pytest.mark.parametrize("dialect", ["duckdb", "postgres", "snowflake", "bigquery", "databricks"])
@pytest.mark.parametrize("rolled", [True, False])
def test_every_warehouse_has_words_for_it(dialect, rolled):
    sql = ibis.to_sql(tile_expression(SIGNALS, weights=True, actions=True, rolled=rolled), dialect=dialect)
    assert ("GROUP BY" in sql.upper()) == rolled
    for column in ("occurred", "known", "high", "middle", "low", "number"):
        assert column in sql.lower()


def test_blocks_are_whole_accounts_in_order():
    dataset = opened(world(0))
    topics = topic_ids(dataset)
    (whole,) = blocks(dataset, topics, weights=True, actions=True)
    parts = list(blocks(dataset, topics, weights=True, actions=True, block_tiles=80))
    assert len(parts) > 2
    ids = [account for part in parts for account in part.accounts.to_pylist()]
    assert ids == whole.accounts.to_pylist() == sorted(set(ids))
    assert sum(int(part.number.sum()) for part in parts) == int(whole.number.sum()) == 400
    assert all(part.topics.equals(whole.topics) for part in parts)


def test_tiles_are_in_order_of_account_and_topic():
    dataset = opened(world(0))
    (tiles,) = blocks(dataset, topic_ids(dataset), weights=False, actions=False)
    order = list(zip(tiles.account.tolist(), tiles.topic.tolist(), strict=True))
    assert order == sorted(order)
    assert tiles.topics.to_pylist() == sorted(tiles.topics.to_pylist())
    assert len(tiles.weight_high) == len(tiles.weight_low) == 0
    assert tiles.actions == ()
    assert set(tiles.category) == {0, 1, 2, 3}
    assert (tiles.known >= tiles.occurred).all()
    assert (tiles.who < len(tiles.people) + len(tiles.visitors)).all()


def test_ids_of_each_kind_have_hashes_of_their_own():
    dataset = opened(world(0))
    (tiles,) = blocks(dataset, topic_ids(dataset), weights=False, actions=True)
    shared = set(tiles.people.to_pylist()) & set(tiles.visitors.to_pylist())
    assert shared
    who = tiles.hashes["who"]
    assert len(set(who.tolist())) == len(tiles.people) + len(tiles.visitors) + 1
    assert tiles.hashes["action"][-1] == who[-1] == 0

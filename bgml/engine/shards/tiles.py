"""Tiles: signals rolled up to one row per account, topic, person, visitor, category, action and pair of days.

One plain GROUP BY that any warehouse runs; raw events never leave it. Where it would hardly shrink the data each signal
is its own tile: the values of features are the same either way.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from bgml.data.dataset import Dataset
from bgml.engine.columns.algebra import CATEGORIES
from bgml.engine.kernel import BITS
from bgml.engine.shards.loops import counting_order, range_codes

BLOCK_TILES = 24_000_000
LARGEST_WEIGHT = 2.0**53
SHRINKS = 0.7
DENSE = 4
HALF = 2 ** (BITS // 2)

Codes = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Tiles:
    """The tiles of a block of accounts, ordered by account, then topic.

    accounts, topics, people, visitors, actions: ids by code (sorted; people before visitors in `who`); every other
    field has one value per tile. who: code of the person (below len(people)) or of the visitor (len(people) + code), -1 for neither.
    occurred, known: days since 1970-01-01. Weights are fixed-point: weight_high + weight_low / 2**50 (empty when not asked for).
    """

    accounts: pa.Array
    topics: pa.Array
    people: pa.Array
    visitors: pa.Array
    actions: tuple[str, ...]
    account: Codes
    topic: Codes
    who: Codes
    category: npt.NDArray[np.int8]
    action: Codes
    occurred: Codes
    known: Codes
    number: Codes
    weight_high: npt.NDArray[np.int64]
    weight_low: npt.NDArray[np.int64]

    def __len__(self) -> int:
        """How many tiles there are."""
        return len(self.account)

    @cached_property
    def hashes(self) -> dict[str, npt.NDArray[np.uint64]]:
        """A hash per id of each kind, different between kinds; those of `who` and `action` end with one for none."""
        none = np.zeros(1, np.uint64)
        people, visitors = _hashes(self.people, "person"), _hashes(self.visitors, "visitor")
        return {
            "account": _hashes(self.accounts, "account"),
            "topic": _hashes(self.topics, "topic"),
            "who": np.concatenate([people, visitors, none]),
            "action": np.concatenate([_hashes(pa.array(self.actions, pa.string()), "action"), none]),
        }


def tile_expression(signals: ir.Table, *, weights: bool, actions: bool, rolled: bool) -> ir.Table:
    """Signals as tiles; with `rolled`, equal ones are grouped and counted.

    Columns: account_id, topic, person_id, visitor_id, category (its place in CATEGORIES), action (null unless asked for), occurred,
    known (whole days since 1970-01-01), number, and with weights the whole numbers high, middle and low: the sum of weights is
    high + middle / 2**25 + low / 2**50, and no warehouse overflows in adding them. A weight above 2**53 counts as 2**53.
    """
    epoch = ibis.date("1970-01-01")
    keys = {
        "account_id": signals.account_id,
        "topic": signals.topic,
        "person_id": signals.person_id,
        "visitor_id": ibis.ifelse(signals.person_id.isnull(), signals.visitor_id, ibis.null()),
        "category": signals.category.cases(*((name, place) for place, name in enumerate(CATEGORIES))).cast("int8"),
        "action": signals.action if actions else ibis.null("string"),
        "occurred": signals.occurred_at.date().delta(epoch, unit="day").cast("int32"),
        "known": signals.known_at.date().delta(epoch, unit="day").cast("int32"),
    }
    values: dict[str, ir.Value] = {"number": ibis.literal(1, "int32")}
    if weights:
        weight = ibis.least(signals.weight, LARGEST_WEIGHT)
        # Not round(): warehouses differ on what lies half-way.
        fraction = ((weight - weight.floor()) * 2**BITS + 0.5).floor().cast("int64")
        values["high"] = weight.floor().cast("int64")
        # Divided without a rest: a warehouse that divides integers to so many decimals would round up to the next whole number.
        values["middle"] = ((fraction - fraction % HALF) / HALF).cast("int64")
        values["low"] = fraction % HALF
    tiles = signals.select(**keys, **values)
    if not rolled:
        return tiles
    sums = {name: tiles[name].sum().cast("int32" if name == "number" else "int64") for name in values}
    return tiles.group_by(list(keys)).aggregate(**sums)


def topic_ids(dataset: Dataset) -> pa.Array:
    """The topics of all signals, sorted."""
    return _sorted(dataset.arrow(dataset.table("signals").select("topic").distinct()).column("topic"))


def blocks(
    dataset: Dataset, topics: pa.Array, *, weights: bool, actions: bool, threads: int = 1, block_tiles: int = BLOCK_TILES,
    signals: ir.Table | None = None,
) -> Iterator[Tiles]:  # fmt: skip
    """The tiles of all accounts, in blocks of whole accounts in order of account_id, each of about `block_tiles` signals.

    signals: some of the dataset's signals instead of all.
    """
    signals = dataset.table("signals") if signals is None else signals
    for low, high in _account_ranges(dataset, signals, block_tiles):
        part = signals
        if low is not None:
            part = part.filter(part.account_id >= low)
        if high is not None:
            part = part.filter(part.account_id < high)
        tiles = tile_expression(part, weights=weights, actions=actions, rolled=_worth_rolling(dataset, part))
        yield encode(dataset.arrow(tiles), topics, weights=weights, threads=threads)


def staged(dataset: Dataset, path: Path, *, weights: bool, actions: bool) -> None:
    """The tiles of all accounts as a Parquet file, for another process to read."""
    signals = dataset.table("signals")
    tiles = tile_expression(signals, weights=weights, actions=actions, rolled=_worth_rolling(dataset, signals))
    dataset.write(tiles, path)


def _account_ranges(dataset: Dataset, signals: ir.Table, block_tiles: int) -> list[tuple[Any, Any]]:
    total = int(dataset.arrow(signals.aggregate(n=signals.count())).column("n")[0].as_py())
    if total <= block_tiles:
        return [(None, None)]
    sizes = dataset.arrow(signals.group_by("account_id").aggregate(n=lambda t: t.count()).order_by("account_id"))
    block = np.cumsum(sizes.column("n").to_numpy()) // block_tiles
    starts = np.flatnonzero(np.diff(block)) + 1
    edges = [None, *(sizes.column("account_id")[int(start)].as_py() for start in starts), None]
    return list(zip(edges[:-1], edges[1:], strict=True))


def _worth_rolling(dataset: Dataset, signals: ir.Table) -> bool:
    """Whether grouping would shrink the data: judged on some two hundred thousand, always true outside DuckDB."""
    if not dataset.local:
        return True
    tiles = tile_expression(signals.limit(200_000), weights=False, actions=True, rolled=True)
    counts = dataset.arrow(tiles.aggregate(tiles=tiles.count(), signals=tiles.number.sum()))
    n_tiles, n_signals = counts.column("tiles")[0].as_py(), counts.column("signals")[0].as_py() or 0
    return bool(n_tiles <= SHRINKS * n_signals)


def encode(table: pa.Table, topics: pa.Array, *, weights: bool, threads: int = 1) -> Tiles:
    """A table of tiles as arrays of codes in order of account and topic."""
    with ThreadPoolExecutor(threads) as pool:
        coded = {name: pool.submit(codes_of, table.column(name)) for name in ("account_id", "person_id", "visitor_id", "action")}
        topic = pc.index_in(table.column("topic"), topics).combine_chunks().to_numpy(zero_copy_only=False).astype(np.int32)
        (accounts, account), (people, person), (visitors, visitor), (actions, action) = (found.result() for found in coded.values())
        order = counting_order(account, len(accounts), counting_order(topic, len(topics), np.zeros(0, np.int64)))
        visitor += np.int32(len(people)) * (visitor >= 0)
        who = np.where(person >= 0, person, visitor)
        high, low = _weights(table) if weights else (np.zeros(0, np.int64), np.zeros(0, np.int64))
        columns = [topic, who, action, *(_plain(table, name) for name in ("category", "occurred", "known", "number")), high, low]
        topic, who, action, category, occurred, known, number, high, low = pool.map(lambda values: _ordered(values, order), columns)
    account = np.repeat(np.arange(len(accounts), dtype=np.int32), np.bincount(account, minlength=len(accounts)))
    names = tuple(map(str, actions.to_pylist()))
    return Tiles(accounts, topics, people, visitors, names, account, topic, who, category, action, occurred, known, number, high, low)


def _ordered(values: npt.NDArray[Any], order: npt.NDArray[np.int64]) -> npt.NDArray[Any]:
    """Values in an order; where they are all the same, they are so already."""
    return values if not values.size or values.min() == values.max() else values.take(order)


def _plain(table: pa.Table, name: str) -> npt.NDArray[Any]:
    values: npt.NDArray[Any] = table.column(name).to_numpy()
    return values.astype(np.int8 if name == "category" else np.int32, copy=False)


def _weights(table: pa.Table) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Fixed-point sums of weights: high + low / 2**50, low below 2**50."""
    high, middle, low = (table.column(name).to_numpy().astype(np.int64, copy=False) for name in ("high", "middle", "low"))
    middle = middle + (low >> (BITS // 2))
    low = low & (HALF - 1)
    return high + (middle >> (BITS // 2)), ((middle & (HALF - 1)) << (BITS // 2)) | low


def codes_of(column: pa.ChunkedArray) -> tuple[pa.Array, Codes]:
    """The sorted distinct values of a column and each row's place among them, -1 for null."""
    values = column.combine_chunks()
    values = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    if values.null_count == len(values):
        kind = pa.string() if pa.types.is_null(values.type) else values.type
        return pa.array([], kind), np.full(len(values), -1, np.int32)
    if pa.types.is_integer(values.type):
        bounds = pc.min_max(values)
        low, high = bounds["min"].as_py(), bounds["max"].as_py()
        if high - low < DENSE * len(values):
            return _dense_codes(values, low, high - low + 1)
    encoded = values.dictionary_encode()
    codes = encoded.indices.fill_null(-1).to_numpy().astype(np.int32, copy=False)
    order = pc.sort_indices(encoded.dictionary).to_numpy()
    place = np.empty(len(order) + 1, np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    place[-1] = -1
    return encoded.dictionary.take(pa.array(order)), place[codes]


def _dense_codes(values: pa.Array, low: int, span: int) -> tuple[pa.Array, Codes]:
    """Codes of integers that lie close together: a table of all of them serves instead of hashing and sorting."""
    codes, place = range_codes(pc.fill_null(values.cast(pa.int64()), low + span).to_numpy(), low, span)
    return pa.array(np.flatnonzero(place[:-1] >= 0) + low).cast(values.type), codes


def _sorted(values: pa.Array | pa.ChunkedArray) -> pa.Array:
    array = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    return array.take(pc.sort_indices(array))


def _hashes(ids: pa.Array, kind: str) -> npt.NDArray[np.uint64]:
    hashes: npt.NDArray[np.uint64] = pd.util.hash_array(ids.to_pandas().to_numpy()) if len(ids) else np.zeros(0, np.uint64)
    return hashes ^ np.uint64(int.from_bytes(hashlib.blake2b(kind.encode(), digest_size=8).digest(), "big"))

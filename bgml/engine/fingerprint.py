"""What was known before each date, as a number: equal sums mean equal rows, whatever their order or how they are rolled up.

Each row has a 64-bit hash; a fingerprint is the sum of the hashes of the rows known before the date (two independent ones, and
one weighted by the fixed-point weight). A row that comes late, changes or is deleted changes exactly the sums of the dates
from which it is known.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from numba import njit

from bgml.engine.kernel import BITS
from bgml.engine.shard import Shard

Sums = npt.NDArray[np.uint64]
WIDTH = 3


def tile_sums(shard: Shard, place_after: npt.NDArray[np.int64], day0: int, n_dates: int, *, weights: bool) -> Sums:
    """uint64[dates, 3]: sums over the shard's tiles known before each date."""
    t, rows, ids = shard.tiles, shard.rows, shard.tiles.hashes
    none = np.zeros(0, np.int64)
    sums = _tile_sums(
        t.account[rows], ids["account"], t.topic[rows], ids["topic"], t.who[rows], ids["who"],
        t.category[rows], t.action[rows], ids["action"], t.occurred[rows], t.known[rows], t.number[rows],
        t.weight_high[rows] if weights else none, t.weight_low[rows] if weights else none, place_after, day0, n_dates,
    )  # fmt: skip
    return sums[:n_dates].cumsum(axis=0, dtype=np.uint64)


def event_sums(hashes: Sums, from_place: npt.NDArray[np.int64], to_place: npt.NDArray[np.int64], n_dates: int) -> Sums:
    """uint64[dates]: sums of the hashes of rows that hold from one place among the dates up to another."""
    sums = np.zeros(n_dates + 1, np.uint64)
    holds = from_place < to_place
    np.add.at(sums, from_place[holds], hashes[holds])
    np.subtract.at(sums, to_place[holds], hashes[holds])
    return sums[:n_dates].cumsum(dtype=np.uint64)


def row_hashes(frame: pd.DataFrame) -> Sums:
    """A hash per row of a frame's columns, the index aside."""
    if frame.empty:
        return np.zeros(len(frame), np.uint64)
    plain = frame.astype({name: "object" for name, kind in frame.dtypes.items() if not pd.api.types.is_numeric_dtype(kind)})
    return pd.util.hash_pandas_object(plain, index=False).to_numpy(np.uint64)


def digest(*parts: object) -> str:
    """32 hex digits of BLAKE2 over some values; arrays count by their bytes."""
    state = hashlib.blake2b(digest_size=16)
    for part in parts:
        state.update(part.tobytes() if isinstance(part, np.ndarray) else str(part).encode())
        state.update(b"\x00")
    return state.hexdigest()


def keys(constant: str, days: npt.NDArray[np.int64], sums: Sequence[Sums]) -> list[str]:
    """The key of each date's cell: what never changes with the date, the date, and the sums before it."""
    table = np.column_stack([part.reshape(len(days), -1) for part in sums])
    return [digest(constant, int(day), row) for day, row in zip(days, table, strict=True)]


@njit(cache=True, nogil=True, inline="always")
def _mix(value):  # type: ignore[no-untyped-def]
    """The finaliser of SplitMix64 (Steele, Lea and Flood 2014)."""
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


@njit(cache=True, nogil=True)
def _tile_sums(account, account_hash, topic, topic_hash, who, who_hash, category, action, action_hash, occurred, known, number, high, low, place_after, day0, n_dates):  # type: ignore[no-untyped-def]  # noqa: E501
    sums = np.zeros((n_dates + 1, WIDTH), np.uint64)
    for t in range(account.size):
        day = known[t] + 1 - day0
        place = place_after[max(0, min(day, place_after.size - 1))]
        if place >= n_dates:
            continue
        h = _mix(account_hash[account[t]] + np.uint64(0x9E3779B97F4A7C15))
        h = _mix(h ^ topic_hash[topic[t]])
        h = _mix(h + who_hash[who[t]])
        h = _mix(h ^ action_hash[action[t]])
        h = _mix(h + np.uint64(occurred[t] + 1_000_000) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(known[t] - occurred[t]) * np.uint64(8) + np.uint64(category[t]))
        sums[place, 0] += h * np.uint64(number[t])
        sums[place, 1] += _mix(h + np.uint64(1)) * np.uint64(number[t])
        if high.size:
            weight = (np.uint64(high[t]) << np.uint64(BITS)) + np.uint64(low[t])
            sums[place, 2] += h * weight
    return sums


def describe(values: pd.DataFrame) -> str:
    """A digest of a small frame: its columns, index and values, in any order of rows."""
    frame: Any = values.reset_index()
    return digest(*map(str, frame.columns), row_hashes(frame).sum(dtype=np.uint64) if len(frame) else 0, len(frame))

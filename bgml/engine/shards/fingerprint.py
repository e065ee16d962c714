"""What was known before each date, as a number: equal sums mean equal rows, whatever their order or how they are rolled up.

Each row has a 64-bit hash; a fingerprint is the sum of the hashes of the rows known before the date (two independent ones, and
one weighted by the fixed-point weight). A row that comes late, changes or is deleted changes exactly the sums of the dates
from which it is known.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from bgml.engine.shards.loops import WIDTH as WIDTH
from bgml.engine.shards.loops import tile_sums as summed

if TYPE_CHECKING:
    from bgml.engine.shards.shard import Shard

Sums = npt.NDArray[np.uint64]


def tile_sums(shard: Shard, place_after: npt.NDArray[np.int64], day0: int, n_dates: int, *, weights: bool) -> Sums:
    """uint64[dates, 3]: sums over the shard's tiles known before each date."""
    t, rows, ids = shard.tiles, shard.rows, shard.tiles.hashes
    none = np.zeros(0, np.int64)
    sums: Sums = summed(
        t.account[rows], ids["account"], t.topic[rows], ids["topic"], t.who[rows], ids["who"],
        t.category[rows], t.action[rows], ids["action"], t.occurred[rows], t.known[rows], t.number[rows],
        t.weight_high[rows] if weights else none, t.weight_low[rows] if weights else none, place_after, day0, n_dates,
    )  # fmt: skip
    return np.cumsum(sums[:n_dates], axis=0, dtype=np.uint64)


def event_sums(hashes: Sums, from_place: npt.NDArray[np.int64], to_place: npt.NDArray[np.int64], n_dates: int) -> Sums:
    """uint64[dates]: sums of the hashes of rows that hold from one place among the dates up to another."""
    sums = np.zeros(n_dates + 1, np.uint64)
    holds = from_place < to_place
    np.add.at(sums, from_place[holds], hashes[holds])
    np.subtract.at(sums, to_place[holds], hashes[holds])
    total: Sums = np.cumsum(sums[:n_dates], dtype=np.uint64)
    return total


def row_hashes(frame: pd.DataFrame) -> Sums:
    """A hash per row of a frame's columns, the index aside."""
    if frame.empty:
        return np.zeros(len(frame), np.uint64)
    plain = frame.astype({name: "object" for name, kind in frame.dtypes.items() if not pd.api.types.is_numeric_dtype(kind)})
    return np.asarray(pd.util.hash_pandas_object(plain, index=False), np.uint64)


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

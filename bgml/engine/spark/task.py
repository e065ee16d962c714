"""What an executor does: the tiles of a range of accounts in, cells as files and sums out."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import pyarrow as pa

from bgml.engine.shards.tiles import encode
from bgml.engine.spark.pieces import Piece, Pieces, pieces
from bgml.engine.topics import TopicSums
from bgml.engine.work import SHARD_TILES, Part, Work

HOME = "partition int, shard int, path string, rows binary, known binary, attributed binary, sums binary"
"""What a task sends home, a row per shard; the sums by topic of all its shards stand in the last."""
KINDS = {"int": pa.int32(), "string": pa.string(), "binary": pa.binary()}
SENT = pa.schema([(name, KINDS[kind]) for name, kind in (field.split() for field in HOME.split(", "))])


@dataclass(frozen=True)
class Task:
    """Work on one partition of tiles after the other.

    topics: those of all signals, sorted; weights: whether tiles have them; folder: where cells go.
    """

    work: Work
    topics: pa.Array
    weights: bool
    folder: str
    shard_tiles: int = SHARD_TILES

    def run(self, partition: int, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """The rows of HOME for a partition, which holds whole accounts."""
        there = [batch for batch in batches if batch.num_rows]
        if not there:
            return
        tiles = encode(pa.Table.from_batches(there), self.topics, weights=self.weights)
        sums = TopicSums(self.work.program, self.work.calendar, self.topics)
        parts = list(self.work.parts(tiles, sums, Pieces(Path(self.folder)), shard_tiles=self.shard_tiles))
        rows = [_sent(partition, place, part) for place, part in enumerate(parts)]
        rows[-1]["sums"] = zlib.compress(sums.sums.tobytes(), 1)
        yield pa.RecordBatch.from_pylist(rows, SENT)


def _sent(partition: int, place: int, part: Part) -> dict[str, Any]:
    """A shard's part as a row."""
    rows = np.array([cell.rows for cell in part.cells], np.int64)
    path = cast(Piece, part.cells[0]).path
    parts = {"rows": rows.tobytes(), "known": part.known.tobytes(), "attributed": part.attributed.tobytes()}
    return {"partition": partition, "shard": place, "path": path, "sums": None, **parts}


def received(row: Any, sums: TopicSums) -> Part:  # noqa: ANN401  (a row of Spark)
    """The part a row of HOME stands for; its sums by topic are added to `sums`."""
    if row.sums is not None:
        sums.sums += np.frombuffer(zlib.decompress(row.sums), np.int64).reshape(sums.sums.shape)
    rows: Sequence[int] = np.frombuffer(row.rows, np.int64).tolist()
    known = np.frombuffer(row.known, np.uint64).reshape(len(rows), -1)
    return Part(pieces(row.path, rows), known, np.frombuffer(row.attributed, np.uint64))

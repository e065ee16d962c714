"""Cells that executors write: a Parquet file per shard, a row group per date that has rows, read where the matrix is."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from bgml.engine.cache import Cell
from bgml.errors import DataError

CODED = ("account_id", "topic")


@dataclass(frozen=True)
class Piece(Cell):
    """The rows of a shard at a date, in a row group of a file (-1: there are none)."""

    path: str = ""
    group: int = -1

    def read(self) -> pa.RecordBatch:
        """The rows; DataError where the file has gone or is damaged."""
        try:
            with pq.ParquetFile(self.path) as file:
                table = file.read_row_group(self.group) if self.group >= 0 else file.schema_arrow.empty_table()
        except (OSError, pa.ArrowException) as error:
            raise DataError(f"features that Spark wrote to {self.path} cannot be read ({error}); run the command again") from error
        arrays = {name: table.column(name).combine_chunks() for name in table.column_names}
        return pa.RecordBatch.from_pydict({name: _coded(values) if name in CODED else values for name, values in arrays.items()})


def _coded(values: pa.Array) -> pa.Array:
    """Ids as codes: Parquet gives whole numbers back as they are."""
    return values if pa.types.is_dictionary(values.type) else values.dictionary_encode()


class Pieces:
    """Where a task's cells are kept: files of names of their own, so that a second attempt never meets the first one's."""

    keyed = False

    def __init__(self, folder: Path) -> None:
        """folder: where the files go; every machine must see it under this name."""
        self.folder = folder

    def found(self, keys: Sequence[str]) -> dict[int, tuple[Cell, pa.RecordBatch]]:
        """None: what executors write is for one run."""
        return {}

    def kept(self, batches: Sequence[pa.RecordBatch], keys: Sequence[str] | None) -> list[Cell]:
        """The cells of one shard, written."""
        path = self.folder / f"{uuid.uuid4().hex}.parquet"
        with pq.ParquetWriter(path, batches[0].schema, compression="lz4") as writer:
            for batch in batches:
                if batch.num_rows:
                    writer.write_table(pa.Table.from_batches([batch]), row_group_size=batch.num_rows)
        return pieces(str(path), [batch.num_rows for batch in batches])


def pieces(path: str, rows: Sequence[int]) -> list[Cell]:
    """The cells of a file, by the rows of each date."""
    made: list[Cell] = []
    group = 0
    for count in rows:
        made.append(Piece(count, path=path, group=group if count else -1))
        group += bool(count)
    return made

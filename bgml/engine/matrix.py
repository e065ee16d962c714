"""The matrix: one row per candidate group and as-of date, one column per feature.

It is kept as one record batch per shard and date, and put together date by date in order of account. What needs other
accounts (topic grain) or only the row itself (attributes, derived functions) is added then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from bgml.engine.cache import Cell
from bgml.engine.columns.catalog import Catalog

KEYS = ("as_of", "account_id", "topic")
REPEATED = ("as_of", "topic")
CHUNK_ROWS = 200_000


@dataclass(frozen=True)
class Matrix:
    """Features of all candidate groups at some dates; read it date by date.

    cells: per date, those of the shards in order of account. topics: columns of topic grain, [topic_ids, dates]. attributes:
    columns of accounts, by account_id. known: the fingerprint of each date.
    """

    catalog: Catalog
    dates: tuple[date, ...]
    cells: tuple[tuple[Cell, ...], ...]
    topic_ids: pa.Array
    topics: Mapping[str, npt.NDArray[Any]]
    attributes: pd.DataFrame
    known: tuple[str, ...]

    def __len__(self) -> int:
        """Rows over all dates."""
        return sum(cell.rows for cells in self.cells for cell in cells)

    def tables(self) -> Iterator[pa.Table]:
        """One Arrow table per as-of date, in order: as_of (date32), account_id, topic, then the catalog's columns."""
        for run, places in zip(self._runs(), self._chunks(), strict=True):
            ends = np.cumsum([self._rows(place) for place in places])
            yield from (run.slice(int(end) - self._rows(place), self._rows(place)) for place, end in zip(places, ends, strict=True))

    def frames(self) -> Iterator[pd.DataFrame]:
        """One frame per as-of date, in order: as_of (datetime64[s]), account_id, topic, then the catalog's columns."""
        for table in self.tables():
            yield _frame(table)

    def runs(self) -> Iterator[pd.DataFrame]:
        """The same rows in frames of several dates each, about CHUNK_ROWS rows: quicker to read where dates are small."""
        for run in self._runs():
            yield _frame(run)

    def frame(self, as_of: date) -> pd.DataFrame:
        """The frame of one of the matrix's dates."""
        return _frame(self._run([self.dates.index(as_of)]))

    def write(self, path: Path, add: Callable[[pa.Table], Mapping[str, pa.Array]] | None = None) -> int:
        """Write the matrix to a Parquet file, a row group per date and million rows; returns the number of rows.

        add: further columns from the table of a date. The file appears whole or not at all.
        """
        aside = path.with_name(f".{path.name}.part")
        writer = None
        try:
            for table in self.tables():
                for name, values in (add(table) if add else {}).items():
                    table = table.append_column(name, values)
                writer = writer or pq.ParquetWriter(aside, table.schema, **_encodings(table.schema))
                writer.write_table(table, row_group_size=1_000_000)
            if writer:
                writer.close()
            aside.replace(path)
        finally:
            aside.unlink(missing_ok=True)
        return len(self)

    def fingerprint(self, as_of: date) -> str:
        """32 hex digits that stand for everything the values at `as_of` depend on: rows known before it, feature code, settings."""
        return self.known[self.dates.index(as_of)]

    def _rows(self, place: int) -> int:
        return sum(cell.rows for cell in self.cells[place])

    def _chunks(self) -> list[list[int]]:
        """The places of dates in runs of about CHUNK_ROWS rows: derived columns are computed a run at a time."""
        rows = np.cumsum([self._rows(place) for place in range(len(self.dates))])
        return [[int(place) for place in run] for run in np.split(np.arange(len(rows)), np.flatnonzero(np.diff(rows // CHUNK_ROWS)) + 1)]

    def _runs(self) -> Iterator[pa.Table]:
        """The table of each chunk, the next one made while one is used."""
        with ThreadPoolExecutor(1) as ahead:
            chunks = self._chunks()
            coming = ahead.submit(self._run, chunks[0])
            for following in [*chunks[1:], None]:
                run = coming.result()
                if following is not None:
                    coming = ahead.submit(self._run, following)
                yield run

    def _run(self, places: Sequence[int]) -> pa.Table:
        """The rows of some dates, one after the other."""
        table = pa.concat_tables([self._computed(place) for place in places])
        for name, values in self._derived_columns(table).items():
            table = table.append_column(name, values)
        return table.select([*KEYS, *self.catalog.names])

    def _computed(self, place: int) -> pa.Table:
        """Keys and all columns of a date but the derived ones."""
        rows = pa.Table.from_batches([cell.read() for cell in self.cells[place]])
        topic_codes = _indices(rows.column("topic"), self.topic_ids)
        columns: dict[str, pa.Array | pa.ChunkedArray] = {
            "as_of": pa.repeat(pa.scalar(self.dates[place], pa.date32()), len(rows)),
            "account_id": _decoded(rows.column("account_id")),
            "topic": _decoded(rows.column("topic")),
        }
        columns |= {name: rows.column(name) for name in rows.column_names[2:]}
        columns |= {name: pa.array(values[topic_codes, place]) for name, values in self.topics.items()}
        attributes = self._attribute_columns(rows)
        columns |= attributes
        return pa.table(columns, schema=pa.schema([pa.field(name, values.type, name in attributes) for name, values in columns.items()]))

    def _attribute_columns(self, rows: pa.Table) -> dict[str, pa.Array]:
        if self.attributes.empty:
            return {}
        places = _indices(rows.column("account_id"), self.attributes.index)
        return {str(name): pa.array(self.attributes[name].array.take(places), from_pandas=True) for name in self.attributes.columns}

    def _derived_columns(self, computed: pa.Table) -> dict[str, pa.Array]:
        if not self.catalog.derived:
            return {}
        read = {name for column in self.catalog.derived for name in column.reads if name in computed.column_names}
        values = {name: _series(computed.column(name)) for name in sorted(read)}
        index = pd.RangeIndex(len(computed))
        for column in self.catalog.derived:
            values[column.name] = column(pd.DataFrame({name: values[name] for name in column.reads}, index=index)).to_numpy()
        return {column.name: pa.array(values[column.name]) for column in self.catalog.derived}


def _encodings(schema: pa.Schema) -> dict[str, Any]:
    """How a file's columns are encoded: integers as differences, so small that compressing them does not pay.

    Splitting their bytes is quicker to write, but DuckDB 1.5 does not read integers so written.
    """
    integers = {field.name for field in schema if pa.types.is_integer(field.type) and field.name not in REPEATED}
    return {
        "use_dictionary": list(REPEATED),
        "column_encoding": dict.fromkeys(integers, "DELTA_BINARY_PACKED"),
        "compression": {name: "none" if name in integers else "lz4" for name in schema.names},
        "write_statistics": list(KEYS),
    }


def _indices(column: pa.ChunkedArray, ids: pa.Array | pd.Index[Any]) -> npt.NDArray[np.int64]:
    """The place among `ids` of each value of a dictionary column."""
    index = ids if isinstance(ids, pd.Index) else pd.Index(ids.to_pandas())
    parts = [index.get_indexer(pd.Index(chunk.dictionary.to_pandas()))[chunk.indices.to_numpy()] for chunk in column.chunks]
    return np.concatenate(parts).astype(np.int64) if parts else np.zeros(0, np.int64)


def _decoded(column: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = column.type.value_type
    return pa.chunked_array([chunk.dictionary_decode() for chunk in column.chunks], kind)


def _series(column: pa.Array | pa.ChunkedArray) -> Any:  # noqa: ANN401
    return column.to_pandas().to_numpy() if not pa.types.is_dictionary(column.type) else column.to_pandas().array


def _frame(table: pa.Table) -> pd.DataFrame:
    frame: pd.DataFrame = table.to_pandas()
    frame["as_of"] = frame["as_of"].astype("datetime64[s]")
    return frame

"""The matrix: one row per candidate group and as-of date, one column per feature.

Shards are computed side by side and kept as one record batch per date; a date is then put together from the shards in
order of account. What needs other accounts (topic grain) or only the row itself (attributes, derived functions) is added then.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from bgml.data.dataset import Dataset
from bgml.data.people import versions as person_versions
from bgml.data.roles import load_roles
from bgml.data.topics import Topics, load_topics
from bgml.engine import kernel
from bgml.engine.catalog import Catalog, load_catalog
from bgml.engine.cells import Calendar, book_of, calendar, compute, rules
from bgml.engine.deals import DealBook, deal_book
from bgml.engine.program import Program, compile_program, condition_bits
from bgml.engine.shard import Shard, Versions, masks
from bgml.engine.tiles import Tiles, blocks
from bgml.errors import DataError
from bgml.groups.candidates import dated
from bgml.project import Progress, Project, quiet

SHARD_TILES = 500_000
KEYS = ("as_of", "account_id", "topic")


def build(
    project: Project,
    dataset: Dataset,
    dates: Sequence[date],
    *,
    only: Sequence[str] | None = None,
    all_groups: bool = False,
    progress: Progress = quiet,
    shard_tiles: int = SHARD_TILES,
) -> Matrix:
    """The matrix of a project's features at `dates` (any order, duplicates are one).

    only: names or globs of columns; all_groups lifts the two rules about opportunities. The values do not depend on
    the dates asked for together, the order of rows, the shards or the number of threads.
    """
    if not dates:
        raise DataError("no as-of date was asked for; expected at least one")
    catalog = load_catalog(project, dataset)
    catalog = catalog.only(only) if only is not None else catalog
    return _Builder(project, dataset, sorted(set(dates)), catalog, all_groups=all_groups).run(progress, shard_tiles)


@dataclass(frozen=True)
class Matrix:
    """Features of all candidate groups at some dates; read it date by date."""

    catalog: Catalog
    dates: tuple[date, ...]
    batches: tuple[tuple[pa.RecordBatch, ...], ...]
    topics: Mapping[str, npt.NDArray[Any]]
    attributes: pd.DataFrame

    def __len__(self) -> int:
        return sum(batch.num_rows for batches in self.batches for batch in batches)

    def tables(self) -> Iterator[pa.Table]:
        """One Arrow table per as-of date, in order: as_of (date32), account_id, topic, then the catalog's columns."""
        for place in range(len(self.dates)):
            yield self._table(place)

    def frames(self) -> Iterator[pd.DataFrame]:
        """One frame per as-of date, in order: as_of (datetime64[s]), account_id, topic, then the catalog's columns."""
        for table in self.tables():
            yield _frame(table)

    def frame(self, as_of: date) -> pd.DataFrame:
        """The frame of one of the matrix's dates."""
        return _frame(self._table(self.dates.index(as_of)))

    def write(self, path: Path) -> int:
        """Write the matrix to a Parquet file, a row group per date and million rows; returns the number of rows. The file appears whole or not at all."""
        aside = path.with_name(f".{path.name}.part")
        writer = None
        try:
            for table in self.tables():
                writer = writer or pq.ParquetWriter(aside, table.schema, use_dictionary=list(KEYS), compression="lz4")
                writer.write_table(table, row_group_size=1_000_000)
            if writer:
                writer.close()
            aside.replace(path)
        finally:
            aside.unlink(missing_ok=True)
        return len(self)

    def _table(self, place: int) -> pa.Table:
        rows = pa.Table.from_batches(self.batches[place])
        topic_codes = _indices(rows.column("topic"))
        columns: dict[str, pa.Array | pa.ChunkedArray] = {
            "as_of": pa.repeat(pa.scalar(self.dates[place], pa.date32()), len(rows)),
            "account_id": _decoded(rows.column("account_id")),
            "topic": _decoded(rows.column("topic")),
        }
        computed = {name: rows.column(name) for name in rows.column_names[2:]}
        computed |= {name: pa.array(values[topic_codes, place]) for name, values in self.topics.items()}
        computed |= self._attribute_columns(rows)
        computed |= self._derived_columns(computed, len(rows))
        return pa.table(columns | {name: computed[name] for name in self.catalog.names})

    def _attribute_columns(self, rows: pa.Table) -> dict[str, pa.Array]:
        if self.attributes.empty:
            return {}
        chunks = rows.column("account_id").chunks
        parts = [self._positions(chunk.dictionary)[chunk.indices.to_numpy()] for chunk in chunks]
        places = np.concatenate(parts) if parts else np.zeros(0, np.int64)
        return {str(name): pa.array(self.attributes[name].array.take(places), from_pandas=True) for name in self.attributes.columns}

    def _positions(self, accounts: pa.Array) -> npt.NDArray[np.int64]:
        return self.attributes.index.get_indexer(pd.Index(accounts.to_pandas())).astype(np.int64)

    def _derived_columns(self, computed: Mapping[str, Any], rows: int) -> dict[str, pa.Array]:
        if not self.catalog.derived:
            return {}
        read = {name for column in self.catalog.derived for name in column.reads if name in computed}
        frame = pd.DataFrame({name: _series(computed[name]) for name in sorted(read)}, index=pd.RangeIndex(rows))
        for column in self.catalog.derived:
            frame[column.name] = column(frame[list(column.reads)])
        return {column.name: pa.array(frame[column.name].to_numpy()) for column in self.catalog.derived}


class _Builder:
    """One run of the engine over all blocks of tiles."""

    def __init__(self, project: Project, dataset: Dataset, dates: Sequence[date], catalog: Catalog, *, all_groups: bool) -> None:
        self.project, self.dataset, self.dates, self.catalog = project, dataset, tuple(dates), catalog
        self.program = compile_program(catalog.base)
        self.calendar = calendar(dates)
        self.topics_file = load_topics(project.topics_file)
        self.opportunities = dated(dataset.frame("opportunities"))
        self.rules = rules(project.settings, self.opportunities, all_groups=all_groups)

    @cached_property
    def people(self) -> pd.DataFrame | None:
        """The dated versions of people, if any column needs them."""
        people = self.dataset.frame("people")
        if not self.program.needs_people or people.empty:
            return None
        return person_versions(people, load_roles(self.project.roles_file), self.project.settings.data.static)

    def run(self, progress: Progress, shard_tiles: int) -> Matrix:
        per_date: list[list[pa.RecordBatch]] = [[] for _ in self.dates]
        sums = None
        topics: pa.Array = pa.array([], pa.string())
        for tiles in blocks(self.dataset, weights=self.program.needs_weights, actions=self.program.reads("action")):
            topics = tiles.topics
            sums = TopicSums(self.program, self.calendar, topics) if sums is None else sums
            for batches in self._block(tiles, sums, progress, shard_tiles):
                for place, batch in enumerate(batches):
                    per_date[place].append(batch)
        columns = sums.columns() if sums is not None else {}
        columns |= self._topic_columns(topics)
        return Matrix(self.catalog, self.dates, tuple(map(tuple, per_date)), columns, self._attributes())

    def _block(self, tiles: Tiles, sums: TopicSums, progress: Progress, shard_tiles: int) -> Iterator[list[pa.RecordBatch]]:
        book = book_of(tiles, self.rules)
        versions = None if self.people is None else versions_of(self.people, tiles.people)
        required = {str(topic): self.topics_file.required_roles(topic) for topic in tiles.topics.to_pylist()}
        edges = shard_edges(tiles, shard_tiles)

        def one(place: int) -> list[pa.RecordBatch]:
            shard = Shard(tiles, int(edges[place]), int(edges[place + 1]), versions, required)
            sums.add(shard)
            return compute(shard, self.program, self.calendar, self.rules, book)

        with ThreadPoolExecutor(self.project.threads()) as pool:
            for done, batches in enumerate(pool.map(one, range(len(edges) - 1)), 1):
                progress("features", done, len(edges) - 1)
                yield batches

    def _topic_columns(self, topics: pa.Array) -> dict[str, npt.NDArray[Any]]:
        """Deals by topic and numbers the project states for a topic: [topics, dates]."""
        ids = pd.Index(topics.to_pandas())
        book = deal_book(self.opportunities, pd.Index([]), ids)
        columns: dict[str, npt.NDArray[Any]] = {}
        for name, deals, days in self.program.deals:
            if deals.grain == "topic":
                columns[name] = _by_topic(book, deals, days, len(ids), self.calendar)
        for name, attribute in self.program.attributes:
            if attribute.table == "topics":
                columns[name] = np.tile(_required_roles(self.topics_file, topics)[:, None], len(self.dates))
        return columns

    def _attributes(self) -> pd.DataFrame:
        wanted = {name: attribute.column for name, attribute in self.program.attributes if attribute.table == "accounts"}
        accounts = self.dataset.frame("accounts")
        values = {}
        for name, column in wanted.items():
            number = self.catalog.base[name].info.kind == "number"
            values[name] = accounts[column].astype("float64") if number else accounts[column].astype("object").astype("str").where(accounts[column].notna()).astype("category")
        return pd.DataFrame(values).set_axis(pd.Index(accounts["account_id"]), axis=0)


class TopicSums:
    """Columns of topic grain: signals of all accounts on a topic, added up over the shards."""

    def __init__(self, program: Program, dates: Calendar, topics: pa.Array) -> None:
        """Empty sums for the program's columns of topic grain."""
        self.columns_declared, self.dates = program.topic_sums, dates
        self.sums = np.zeros((len(program.topic_sums), len(topics), len(dates.days) + 1, 2), np.int64)
        self.lock = threading.Lock()

    def add(self, shard: Shard) -> None:
        """Add the tiles of a shard; safe from several threads."""
        if not self.columns_declared:
            return
        conditions = [measure.where for _, measure, _ in self.columns_declared]
        bits = condition_bits(conditions)
        plain, own = shard.plain, np.zeros_like(self.sums)
        kernel.topic_sums(
            plain.codes["topic"], plain.occurred, plain.known, plain.number, plain.weight_high, plain.weight_low, masks(plain, conditions),
            self.dates.first_index, self.dates.day0, len(self.dates.days), np.array([days or 0 for _, _, days in self.columns_declared]),
            np.array([bits[condition] for condition in conditions]),
            np.array([0 if measure.of == "number" else 1 for _, measure, _ in self.columns_declared]), own,
        )  # fmt: skip
        with self.lock:
            self.sums += own

    def columns(self) -> dict[str, npt.NDArray[Any]]:
        """Each column as [topics, dates]."""
        totals = self.sums[:, :, :-1].cumsum(axis=2)
        found = {}
        for place, (name, measure, _) in enumerate(self.columns_declared):
            high, low = totals[place, :, :, 0], totals[place, :, :, 1]
            found[name] = high if measure.of == "number" else high + low / kernel.FRACTION
        return found


def shard_edges(tiles: Tiles, shard_tiles: int) -> npt.NDArray[np.int64]:
    """Where shards of whole accounts, of about `shard_tiles` tiles, begin and end."""
    starts = np.flatnonzero(np.diff(tiles.account, prepend=-1)) if len(tiles) else np.zeros(0, np.int64)
    first_of_shard = np.flatnonzero(np.diff(starts // shard_tiles, prepend=-1))
    return np.append(starts[first_of_shard], len(tiles)).astype(np.int64)


def versions_of(people: pd.DataFrame, ids: pa.Array) -> Versions:
    """The versions of the people in `ids` (sorted), by their codes."""
    codes = pd.Index(ids.to_pandas()).get_indexer(pd.Index(people["person_id"]))
    known = people[codes >= 0]
    order = np.argsort(codes[codes >= 0], kind="stable")
    known, codes = known.iloc[order], codes[codes >= 0][order]
    pointer = np.concatenate([[0], np.cumsum(np.bincount(codes, minlength=len(ids)))]).astype(np.int64)
    values, words = {}, {}
    for column in ("department", "seniority", "role"):
        factor, found = pd.factorize(known[column], sort=True)
        values[column], words[column] = factor.astype(np.int32), tuple(map(str, found))
    return Versions(pointer, known["from_day"].to_numpy(np.int64), known["to_day"].to_numpy(np.int64), values, words)


def _by_topic(book: DealBook, deals: Any, days: int | None, n_topics: int, dates: Calendar) -> npt.NDArray[np.int32]:  # noqa: ANN401
    topic, day = np.repeat(np.arange(n_topics), len(dates.days)), np.tile(dates.days, n_topics)
    return book.count(deals, days, topic, topic, day).reshape(n_topics, len(dates.days))


def _required_roles(topics: Topics, ids: pa.Array) -> npt.NDArray[np.int64]:
    return np.array([len(topics.required_roles(topic)) for topic in ids.to_pylist()], np.int64)


def _indices(column: pa.ChunkedArray) -> npt.NDArray[np.int64]:
    parts = [chunk.indices.to_numpy() for chunk in column.chunks]
    return np.concatenate(parts).astype(np.int64) if parts else np.zeros(0, np.int64)


def _decoded(column: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = column.type.value_type
    return pa.chunked_array([chunk.dictionary_decode() for chunk in column.chunks], kind)


def _series(column: pa.Array | pa.ChunkedArray) -> Any:  # noqa: ANN401
    return column.to_pandas().to_numpy() if not pa.types.is_dictionary(column.type) else column.to_pandas().array


def _frame(table: pa.Table) -> pd.DataFrame:
    frame = table.to_pandas()
    frame["as_of"] = frame["as_of"].astype("datetime64[s]")
    return frame

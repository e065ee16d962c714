"""The matrix: one row per candidate group and as-of date, one column per feature.

Shards are computed side by side and kept as one record batch per date; a date is then put together from the shards in
order of account. What needs other accounts (topic grain) or only the row itself (attributes, derived functions) is added then.
"""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
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
from bgml.engine import fingerprint as prints
from bgml.engine.cache import LAYOUT, CellStore
from bgml.engine.catalog import Catalog, load_catalog
from bgml.engine.cells import Book, Calendar, book_of, calendar, compute, rules
from bgml.engine.deals import DealBook, deal_book
from bgml.engine.program import Program, compile_program, condition_bits
from bgml.engine.shard import Shard, Versions, masks
from bgml.engine.tiles import Tiles, blocks, topic_ids
from bgml.errors import DataError
from bgml.groups.candidates import dated
from bgml.project import Progress, Project, quiet

SHARD_TILES = 500_000
KEYS = ("as_of", "account_id", "topic")
PARQUET: dict[str, Any] = {"use_dictionary": ["as_of", "topic"], "write_statistics": list(KEYS), "compression": "lz4"}
CHUNK_ROWS = 200_000


def build(
    project: Project,
    dataset: Dataset,
    dates: Sequence[date],
    *,
    only: Sequence[str] | None = None,
    all_groups: bool = False,
    catalog: Catalog | None = None,
    cached: bool = True,
    progress: Progress = quiet,
    shard_tiles: int = SHARD_TILES,
) -> Matrix:
    """The matrix of a project's features at `dates` (any order, duplicates are one).

    only: names or globs of columns; all_groups lifts the two rules about opportunities; catalog: the project's, if it is
    loaded already; cached: use and fill the project's matrix cache. The values do not depend on the dates asked for together,
    the order of rows, the shards, the number of threads or the cache.
    """
    if not dates:
        raise DataError("no as-of date was asked for; expected at least one")
    catalog = catalog or load_catalog(project, dataset)
    catalog = catalog.only(only) if only is not None else catalog
    builder = _Builder(project, dataset, sorted(set(dates)), catalog, all_groups=all_groups)
    store = CellStore(project.state / "cache") if cached else None
    matrix = builder.run(store, progress, shard_tiles)
    if store is not None:
        store.shrink()
    return matrix


@dataclass(frozen=True)
class Matrix:
    """Features of all candidate groups at some dates; read it date by date."""

    catalog: Catalog
    dates: tuple[date, ...]
    batches: tuple[tuple[pa.RecordBatch, ...], ...]
    topic_ids: pa.Array
    topics: Mapping[str, npt.NDArray[Any]]
    attributes: pd.DataFrame
    known: tuple[str, ...]

    def __len__(self) -> int:
        return sum(batch.num_rows for batches in self.batches for batch in batches)

    def tables(self) -> Iterator[pa.Table]:
        """One Arrow table per as-of date, in order: as_of (date32), account_id, topic, then the catalog's columns."""
        with ThreadPoolExecutor(1) as ahead:
            chunks = self._chunks()
            coming = [ahead.submit(self._tables, chunk) for chunk in chunks[:1]]
            for place in range(len(chunks)):
                tables = coming.pop().result()
                coming = [ahead.submit(self._tables, chunk) for chunk in chunks[place + 1 : place + 2]]
                yield from tables

    def frames(self) -> Iterator[pd.DataFrame]:
        """One frame per as-of date, in order: as_of (datetime64[s]), account_id, topic, then the catalog's columns."""
        for table in self.tables():
            yield _frame(table)

    def frame(self, as_of: date) -> pd.DataFrame:
        """The frame of one of the matrix's dates."""
        return _frame(self._tables([self.dates.index(as_of)])[0])

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
                writer = writer or pq.ParquetWriter(aside, table.schema, **PARQUET)
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

    def _chunks(self) -> list[list[int]]:
        """The places of dates in runs of about CHUNK_ROWS rows: derived columns are computed a run at a time."""
        rows = np.cumsum([sum(batch.num_rows for batch in batches) for batches in self.batches])
        return [[int(place) for place in run] for run in np.split(np.arange(len(rows)), np.flatnonzero(np.diff(rows // CHUNK_ROWS)) + 1)]

    def _tables(self, places: Sequence[int]) -> list[pa.Table]:
        """The tables of some dates."""
        parts = [self._computed(place) for place in places]
        whole = pa.concat_tables(parts)
        for name, values in self._derived_columns(whole).items():
            whole = whole.append_column(name, values)
        whole = whole.select([*KEYS, *self.catalog.names])
        ends = np.cumsum([len(part) for part in parts])
        return [whole.slice(int(end) - len(part), len(part)) for part, end in zip(parts, ends, strict=True)]

    def _computed(self, place: int) -> pa.Table:
        """Keys and all columns of a date but the derived ones."""
        rows = pa.Table.from_batches(self.batches[place])
        topic_codes = _indices(rows.column("topic"), self.topic_ids)
        columns: dict[str, pa.Array | pa.ChunkedArray] = {
            "as_of": pa.repeat(pa.scalar(self.dates[place], pa.date32()), len(rows)),
            "account_id": _decoded(rows.column("account_id")),
            "topic": _decoded(rows.column("topic")),
        }
        columns |= {name: rows.column(name) for name in rows.column_names[2:]}
        columns |= {name: pa.array(values[topic_codes, place]) for name, values in self.topics.items()}
        return pa.table(columns | self._attribute_columns(rows))

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


class _Builder:
    """One run of the engine over all blocks of tiles."""

    def __init__(self, project: Project, dataset: Dataset, dates: Sequence[date], catalog: Catalog, *, all_groups: bool) -> None:
        self.project, self.dataset, self.dates, self.catalog, self.all_groups = project, dataset, tuple(dates), catalog, all_groups
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

    @cached_property
    def constant(self) -> str:
        """What cells depend on beside rows: the engine's layout, feature code and settings."""
        roles_needed = self.project.topics_file.read_text(encoding="utf-8") if self.program.needs_people else ""
        return prints.digest(LAYOUT, self.catalog.code_fingerprint(), self.project.settings.groups, self.all_groups, roles_needed)

    def run(self, store: CellStore | None, progress: Progress, shard_tiles: int) -> Matrix:
        per_date: list[list[pa.RecordBatch]] = [[] for _ in self.dates]
        topics = topic_ids(self.dataset)
        sums = TopicSums(self.program, self.calendar, topics)
        known = np.zeros((len(self.dates), prints.WIDTH + 2), np.uint64)
        reading = {"weights": self.program.needs_weights, "actions": self.program.reads("action"), "threads": self.project.threads()}
        for tiles in blocks(self.dataset, topics, **reading):
            for batches, shard_known in self._block(tiles, sums, store, progress, shard_tiles):
                known += shard_known
                for place, batch in enumerate(batches):
                    per_date[place].append(batch)
        columns = sums.columns() | self._topic_columns(topics)
        attributes = self._attributes()
        return Matrix(self.catalog, self.dates, tuple(map(tuple, per_date)), topics, columns, attributes, self._known(known, attributes))

    def _block(
        self, tiles: Tiles, sums: TopicSums, store: CellStore | None, progress: Progress, shard_tiles: int
    ) -> Iterator[tuple[list[pa.RecordBatch], prints.Sums]]:
        book = book_of(tiles, self.rules)
        versions = None if self.people is None else versions_of(self.people, tiles.people)
        required = {str(topic): self.topics_file.required_roles(topic) for topic in tiles.topics.to_pylist()}
        edges = shard_edges(tiles, shard_tiles)

        def one(place: int) -> tuple[list[pa.RecordBatch], prints.Sums]:
            shard = Shard(tiles, int(edges[place]), int(edges[place + 1]), versions, required)
            sums.add(shard)
            known = self._shard_sums(shard, book)
            return self._cells(shard, book, known, store), known

        with ThreadPoolExecutor(self.project.threads()) as pool:
            for done, result in enumerate(pool.map(one, range(len(edges) - 1)), 1):
                progress("features", done, len(edges) - 1)
                yield result

    def _cells(self, shard: Shard, book: Book, known: prints.Sums, store: CellStore | None) -> list[pa.RecordBatch]:
        """The shard's cells, from the store where it has them."""
        if store is None:
            return compute(shard, self.program, self.calendar, self.rules, book)
        keys = prints.keys(self.constant, self.calendar.days, [known])
        cells = [store.get(key) for key in keys]
        missing = [place for place, cell in enumerate(cells) if cell is None]
        if missing:
            made = compute(shard, self.program, calendar([self.dates[place] for place in missing]), self.rules, book)
            for place, cell in zip(missing, made, strict=True):
                store.put(keys[place], cell)
                cells[place] = cell
        return [cell for cell in cells if cell is not None]

    def _shard_sums(self, shard: Shard, book: Book) -> prints.Sums:
        """uint64[dates, 5]: sums over the tiles, deals and people of a shard known before each date."""
        dates, n = self.calendar, len(self.dates)
        tiles = prints.tile_sums(shard, dates.first_index, dates.day0, n, weights=self.program.needs_weights)
        first, last = (int(shard.group_account[0]), int(shard.group_account[-1])) if len(shard.group_account) else (0, -1)
        own = (book.deals.account >= first) & (book.deals.account <= last)
        deals = self.deal_sums(own)
        return np.column_stack([tiles, deals, self._people_sums(shard)])

    def deal_sums(self, own: npt.NDArray[np.bool_]) -> prints.Sums:
        """uint64[dates]: sums over some opportunities, as they were known before each date."""
        n, place = len(self.dates), self.calendar.place
        created, closed = (self.opportunities[column].to_numpy(np.int64)[own] + 1 for column in ("created_day", "closed_day"))
        end = np.full(own.sum(), n, np.int64)
        opened = prints.event_sums(self.deal_hashes[0][own], place(created), end, n)
        return opened + prints.event_sums(self.deal_hashes[1][own], place(closed), end, n)

    @cached_property
    def deal_hashes(self) -> tuple[prints.Sums, prints.Sums]:
        """A hash of each opportunity as created, and as closed."""
        created = prints.row_hashes(self.opportunities[["account_id", "topic", "opportunity_id", "created_day"]])
        return created, prints.row_hashes(self.opportunities)

    def _people_sums(self, shard: Shard) -> prints.Sums:
        """uint64[dates]: sums over what held of the shard's people at each date."""
        if shard.versions is None:
            return np.zeros(len(self.dates), np.uint64)
        people = np.unique(shard.tiles.who[shard.rows])
        people = people[(people >= 0) & (people < len(shard.tiles.people))]
        lengths = shard.versions.pointer[people + 1] - shard.versions.pointer[people]
        rows = np.repeat(shard.versions.pointer[people] - np.concatenate([[0], np.cumsum(lengths)[:-1]]), lengths) + np.arange(lengths.sum())
        place = self.calendar.place
        return prints.event_sums(shard.versions.hashes[rows], place(shard.versions.from_day[rows]), place(shard.versions.to_day[rows]), len(self.dates))

    def _known(self, known: prints.Sums, attributes: pd.DataFrame) -> tuple[str, ...]:
        """The fingerprint of each date over all shards."""
        everyone = self.deal_sums(np.ones(len(self.opportunities), bool))
        derived = prints.digest(*(inspect.getsource(column.function) for column in self.catalog.derived))
        constant = prints.digest(self.constant, derived, prints.describe(attributes))
        return tuple(prints.keys(constant, self.calendar.days, [known, everyone]))

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
    hashes = prints.row_hashes(known[["person_id", "department", "seniority", "role"]])
    return Versions(pointer, known["from_day"].to_numpy(np.int64), known["to_day"].to_numpy(np.int64), values, words, hashes)


def _by_topic(book: DealBook, deals: Any, days: int | None, n_topics: int, dates: Calendar) -> npt.NDArray[np.int32]:  # noqa: ANN401
    topic, day = np.repeat(np.arange(n_topics), len(dates.days)), np.tile(dates.days, n_topics)
    return book.count(deals, days, topic, topic, day).reshape(n_topics, len(dates.days))


def _required_roles(topics: Topics, ids: pa.Array) -> npt.NDArray[np.int64]:
    return np.array([len(topics.required_roles(topic)) for topic in ids.to_pylist()], np.int64)


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
    frame = table.to_pandas()
    frame["as_of"] = frame["as_of"].astype("datetime64[s]")
    return frame

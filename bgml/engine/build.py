"""Building the matrix: blocks of tiles, cut into shards that are computed side by side, each date of a shard a cell.

A cell is taken from the cache where the fingerprint of what it depends on is found there.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Sequence
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

from bgml.data.dataset import Dataset
from bgml.data.people import versions as person_versions
from bgml.data.roles import load_roles
from bgml.data.topics import load_topics
from bgml.engine.cache import LAYOUT, Cell, Cells, CellStore
from bgml.engine.cells import Book, book_of, calendar, compute, rules
from bgml.engine.columns.catalog import Catalog, load_catalog
from bgml.engine.matrix import Matrix
from bgml.engine.program import compile_program
from bgml.engine.shards import fingerprint as prints
from bgml.engine.shards.loops import begin_loading
from bgml.engine.shards.shard import Shard, versions_of
from bgml.engine.shards.tiles import BLOCK_TILES, Tiles, blocks, topic_ids
from bgml.engine.topics import TopicSums, stated_columns
from bgml.errors import DataError
from bgml.groups.candidates import dated
from bgml.project import Progress, Project, quiet

SHARD_TILES = 500_000
ONE_DATE_TILES = 2_000_000
"""Signals held at once for a single date: a ranking has other things in memory beside its features, and another scan costs little."""
MATRIX_SHARE = 4
"""One part in so many of the memory is for the matrix; what is beyond is read from disk when its date is."""


def build(
    project: Project,
    dataset: Dataset,
    dates: Sequence[date],
    *,
    only: Sequence[str] | None = None,
    all_groups: bool = False,
    unseen: Collection[str] = (),
    catalog: Catalog | None = None,
    cached: bool = True,
    progress: Progress = quiet,
    shard_tiles: int = SHARD_TILES,
) -> Matrix:
    """The matrix of a project's features at `dates` (any order, duplicates are one).

    only: names or globs of columns; all_groups lifts the two rules about opportunities; unseen: categories whose signals make
    candidates as ever but are hidden from every feature (to learn what they are worth); catalog: the project's, if it is
    loaded already; cached: use and fill the project's matrix cache. The values do not depend on the dates asked for together,
    the order of rows, the shards, the number of threads or the cache.
    """
    if not dates:
        raise DataError("no as-of date was asked for; expected at least one")
    catalog = catalog or load_catalog(project, dataset)
    catalog = catalog.only(only) if only is not None else catalog
    builder = _Builder(project, dataset, sorted(set(dates)), catalog, all_groups=all_groups, unseen=frozenset(unseen))
    began = time.time()
    store = CellStore(project.state / "cache") if cached else None
    cells = Cells(store, project, project.settings.engine.memory_bytes // MATRIX_SHARE)
    matrix = builder.run(cells, progress, shard_tiles)
    if store is not None:
        store.shrink(since=began)  # What this run made may still have to be read.
    return matrix


class _Builder:
    """One run of the engine over all blocks of tiles."""

    def __init__(
        self, project: Project, dataset: Dataset, dates: Sequence[date], catalog: Catalog, *, all_groups: bool, unseen: frozenset[str]
    ) -> None:
        self.project, self.dataset, self.dates, self.catalog, self.all_groups = project, dataset, tuple(dates), catalog, all_groups
        self.unseen = unseen
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
        reads_topics = self.program.needs_people or any(attribute.table == "topics" for _, attribute in self.program.attributes)
        topics = self.project.topics_file.read_text(encoding="utf-8") if reads_topics else ""
        settings = (self.project.settings.groups, self.all_groups, *sorted(self.unseen))
        return prints.digest(LAYOUT, self.catalog.code_fingerprint(), *settings, topics)

    def run(self, cells: Cells, progress: Progress, shard_tiles: int) -> Matrix:
        begin_loading()
        per_date: list[list[Cell]] = [[] for _ in self.dates]
        topics = topic_ids(self.dataset)
        sums = TopicSums(self.program, self.calendar, topics)
        known = np.zeros((len(self.dates), prints.WIDTH + 2), np.uint64)
        attributed = np.zeros(len(self.dates), np.uint64)
        weights, actions = self.program.needs_weights, self.program.reads("action")
        size = BLOCK_TILES if len(self.dates) > 1 else ONE_DATE_TILES
        for tiles in blocks(self.dataset, topics, weights=weights, actions=actions, threads=self.project.threads(), block_tiles=size):
            for part in self._block(tiles, sums, cells, progress, shard_tiles):
                known += part.known
                attributed += part.attributed
                for place, cell in enumerate(part.cells):
                    per_date[place].append(cell)
        columns = sums.columns() | stated_columns(self.program, self.opportunities, self.topics_file, topics, self.calendar)
        per_shard = tuple(map(tuple, per_date))
        return Matrix(self.catalog, self.dates, per_shard, topics, columns, self.attributes, self._known(known, attributed))

    def _block(self, tiles: Tiles, sums: TopicSums, cells: Cells, progress: Progress, shard_tiles: int) -> Iterator[_Part]:
        book = book_of(tiles, self.rules)
        versions = None if self.people is None else versions_of(self.people, tiles.people)
        required = {str(topic): self.topics_file.required_roles(topic) for topic in tiles.topics.to_pylist()}
        edges = shard_edges(tiles, shard_tiles)

        def one(place: int) -> _Part:
            shard = Shard(tiles, int(edges[place]), int(edges[place + 1]), versions, required, self.unseen)
            sums.add(shard)
            return self._part(shard, book, cells)

        with ThreadPoolExecutor(self.project.threads()) as pool:
            for done, result in enumerate(pool.map(one, range(len(edges) - 1)), 1):
                progress("features", done, len(edges) - 1)
                yield result

    def _part(self, shard: Shard, book: Book, cells: Cells) -> _Part:
        """The shard's cells, from the cache where it has them."""
        known = self._shard_sums(shard, book)
        keys = prints.keys(self.constant, self.calendar.days, [known]) if cells.cache is not None else None
        found = {} if keys is None else cells.found(keys)
        missing = [place for place in range(len(self.dates)) if place not in found]
        if missing:
            made = compute(shard, self.program, calendar([self.dates[place] for place in missing]), self.rules, book)
            found |= dict(zip(missing, zip(cells.kept(made, keys and [keys[place] for place in missing]), made, strict=True), strict=True))
        ordered = [found[place] for place in range(len(self.dates))]
        return _Part([cell for cell, _ in ordered], known, self._attribute_sums([batch for _, batch in ordered]))

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
        """uint64[dates]: sums over what held at each date of the people the shard knew by then."""
        if shard.versions is None:
            return np.zeros(len(self.dates), np.uint64)
        people, first_known = shard.first_known
        lengths = shard.versions.pointer[people + 1] - shard.versions.pointer[people]
        before = np.cumsum(lengths) - lengths
        rows = np.repeat(shard.versions.pointer[people] - before, lengths) + np.arange(lengths.sum())
        place = self.calendar.place
        begin = place(np.maximum(shard.versions.from_day[rows], np.repeat(first_known, lengths) + 1))
        end = place(shard.versions.to_day[rows])
        return prints.event_sums(shard.versions.hashes[rows], begin, end, len(self.dates))

    def _known(self, known: prints.Sums, attributes: prints.Sums) -> tuple[str, ...]:
        """The fingerprint of each date over all shards; attributes: sums over those of the accounts that have rows."""
        everyone = self.deal_sums(np.ones(len(self.opportunities), bool))
        files = sorted({column.function.__code__.co_filename for column in self.catalog.derived})
        derived = prints.digest(*self.catalog.names, *(Path(file).read_text(encoding="utf-8") for file in files))
        constant = prints.digest(self.constant, derived, *(name for name, _ in self.program.attributes))
        return tuple(prints.keys(constant, self.calendar.days, [known, everyone, attributes]))

    @cached_property
    def attributes(self) -> pd.DataFrame:
        """The accounts' own columns, by account_id."""
        wanted = {name: attribute.column for name, attribute in self.program.attributes if attribute.table == "accounts"}
        accounts = self.dataset.frame("accounts")
        values = {}
        for name, column in wanted.items():
            number = self.catalog.base[name].info.kind == "number"
            values[name] = accounts[column].astype("float64") if number else _words(accounts[column])
        return pd.DataFrame(values).set_axis(pd.Index(accounts["account_id"]), axis=0)

    @cached_property
    def attribute_hashes(self) -> prints.Sums:
        """A hash of each account's columns."""
        return prints.row_hashes(self.attributes.rename_axis("account_id").reset_index())

    def _attribute_sums(self, batches: Sequence[pa.RecordBatch]) -> prints.Sums:
        """uint64[dates]: sums over the columns of a shard's accounts that have rows at each date."""
        sums = np.zeros(len(batches), np.uint64)
        if self.attributes.empty:
            return sums
        for place, batch in enumerate(batches):
            accounts = batch.column("account_id")
            present = accounts.dictionary.take(pa.array(np.unique(accounts.indices.to_numpy())))
            rows = self.attributes.index.get_indexer(pd.Index(present.to_pandas()))
            sums[place] = self.attribute_hashes[rows].sum(dtype=np.uint64)
        return sums


@dataclass(frozen=True)
class _Part:
    """What one shard gives: its cells by date, sums of what they depend on, and of its accounts' own columns."""

    cells: Sequence[Cell]
    known: prints.Sums
    attributed: prints.Sums


def shard_edges(tiles: Tiles, shard_tiles: int) -> npt.NDArray[np.int64]:
    """Where shards of whole accounts, of about `shard_tiles` tiles, begin and end."""
    starts = np.flatnonzero(np.diff(tiles.account, prepend=-1)) if len(tiles) else np.zeros(0, np.int64)
    first_of_shard = np.flatnonzero(np.diff(starts // shard_tiles, prepend=-1))
    return np.append(starts[first_of_shard], len(tiles)).astype(np.int64)


def _words(values: pd.Series[Any]) -> pd.Series[Any]:
    """Values of any kind as categories of text, missing ones kept missing."""
    return values.astype("object").astype("str").where(values.notna()).astype("category")

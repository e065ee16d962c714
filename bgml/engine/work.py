"""The work of the engine on a block of tiles: cut into shards that are computed side by side, each date of a shard a cell.

A cell is taken from the cache where the fingerprint of what it depends on is found there. What the work needs beside tiles is
plain data, so it can be done by another process or another machine.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from bgml.engine.cache import Cell
from bgml.engine.cells import Book, Calendar, Rules, book_of, calendar, compute
from bgml.engine.program import Program
from bgml.engine.shards import fingerprint as prints
from bgml.engine.shards.shard import Shard, versions_of
from bgml.engine.shards.tiles import Tiles
from bgml.engine.topics import TopicSums
from bgml.project import Progress, quiet

SHARD_TILES = 500_000


class Keeping(Protocol):
    """Where cells are looked for and kept: `engine.cache.Cells`, or what sends them home."""

    @property
    def keyed(self) -> bool:
        """Whether cells are told apart by their keys."""

    def found(self, keys: Sequence[str]) -> dict[int, tuple[Cell, pa.RecordBatch]]:
        """The cells that are there, with their rows, by the place of their key."""

    def kept(self, batches: Sequence[pa.RecordBatch], keys: Sequence[str] | None) -> list[Cell]:
        """The cells of a shard that was computed."""


@dataclass(frozen=True)
class Part:
    """What one shard gives: its cells by date, sums of what they depend on, and of its accounts' own columns."""

    cells: Sequence[Cell]
    known: prints.Sums
    attributed: prints.Sums


@dataclass(frozen=True)
class Work:
    """What is computed, at which dates, by which rules, and from what beside signals.

    people: the dated versions of people, where any column needs them; required: the roles each topic asks for; unseen: categories
    whose signals features do not see; constant: a digest of code and settings; attributes: the accounts' own columns, by account_id.
    """

    program: Program
    dates: tuple[date, ...]
    rules: Rules
    people: pd.DataFrame | None
    required: Mapping[str, tuple[str, ...]]
    unseen: frozenset[str]
    constant: str
    attributes: pd.DataFrame

    @cached_property
    def calendar(self) -> Calendar:
        """The dates as days."""
        return calendar(self.dates)

    def parts(
        self, tiles: Tiles, sums: TopicSums, cells: Keeping, threads: int = 1, shard_tiles: int = SHARD_TILES, progress: Progress = quiet
    ) -> Iterator[Part]:
        """What each shard of a block gives, in order of account; its tiles are added to the sums by topic."""
        book = book_of(tiles, self.rules)
        versions = None if self.people is None else versions_of(self.people, tiles.people)
        edges = shard_edges(tiles, shard_tiles)

        def one(place: int) -> Part:
            shard = Shard(tiles, int(edges[place]), int(edges[place + 1]), versions, self.required, self.unseen)
            sums.add(shard)
            return self._part(shard, book, cells)

        with ThreadPoolExecutor(threads) as pool:
            for done, part in enumerate(pool.map(one, range(len(edges) - 1)), 1):
                progress("features", done, len(edges) - 1)
                yield part

    def _part(self, shard: Shard, book: Book, cells: Keeping) -> Part:
        """The shard's cells, from the cache where it has them."""
        known = self._shard_sums(shard, book)
        keys = prints.keys(self.constant, self.calendar.days, [known]) if cells.keyed else None
        found = {} if keys is None else cells.found(keys)
        missing = [place for place in range(len(self.dates)) if place not in found]
        if missing:
            made = compute(shard, self.program, calendar([self.dates[place] for place in missing]), self.rules, book)
            found |= dict(zip(missing, zip(cells.kept(made, keys and [keys[place] for place in missing]), made, strict=True), strict=True))
        ordered = [found[place] for place in range(len(self.dates))]
        return Part([cell for cell, _ in ordered], known, self._attribute_sums([batch for _, batch in ordered]))

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
        created, closed = (self.rules.opportunities[column].to_numpy(np.int64)[own] + 1 for column in ("created_day", "closed_day"))
        end = np.full(own.sum(), n, np.int64)
        opened = prints.event_sums(self.deal_hashes[0][own], place(created), end, n)
        return opened + prints.event_sums(self.deal_hashes[1][own], place(closed), end, n)

    @cached_property
    def deal_hashes(self) -> tuple[prints.Sums, prints.Sums]:
        """A hash of each opportunity as created, and as closed."""
        created = prints.row_hashes(self.rules.opportunities[["account_id", "topic", "opportunity_id", "created_day"]])
        return created, prints.row_hashes(self.rules.opportunities)

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


def shard_edges(tiles: Tiles, shard_tiles: int) -> npt.NDArray[np.int64]:
    """Where shards of whole accounts, of about `shard_tiles` tiles, begin and end."""
    starts = np.flatnonzero(np.diff(tiles.account, prepend=-1)) if len(tiles) else np.zeros(0, np.int64)
    first_of_shard = np.flatnonzero(np.diff(starts // shard_tiles, prepend=-1))
    return np.append(starts[first_of_shard], len(tiles)).astype(np.int64)

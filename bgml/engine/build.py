"""Building the matrix: blocks of tiles, one after the other here or many at once on a cluster, put together date by date."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Sequence
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from bgml.data.dataset import Dataset
from bgml.data.people import versions as person_versions
from bgml.data.roles import load_roles
from bgml.data.topics import load_topics
from bgml.engine.cache import LAYOUT, Cell, Cells, CellStore
from bgml.engine.cells import rules
from bgml.engine.columns.catalog import Catalog, load_catalog
from bgml.engine.matrix import Matrix
from bgml.engine.program import compile_program
from bgml.engine.shards import fingerprint as prints
from bgml.engine.shards.loops import begin_loading
from bgml.engine.shards.tiles import BLOCK_TILES, blocks, topic_ids
from bgml.engine.spark.spread import spread
from bgml.engine.topics import TopicSums, stated_columns
from bgml.engine.work import SHARD_TILES, Part, Work
from bgml.errors import DataError
from bgml.groups.candidates import dated
from bgml.project import Progress, Project, quiet

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
        work = self._work(topics)
        sums = TopicSums(self.program, work.calendar, topics)
        known = np.zeros((len(self.dates), prints.WIDTH + 2), np.uint64)
        attributed = np.zeros(len(self.dates), np.uint64)
        for part in self._parts(work, topics, sums, cells, progress, shard_tiles):
            known += part.known
            attributed += part.attributed
            for place, cell in enumerate(part.cells):
                per_date[place].append(cell)
        columns = sums.columns() | stated_columns(self.program, self.opportunities, self.topics_file, topics, work.calendar)
        per_shard = tuple(map(tuple, per_date))
        return Matrix(self.catalog, self.dates, per_shard, topics, columns, self.attributes, self._known(work, known, attributed))

    def _work(self, topics: pa.Array) -> Work:
        required = {str(topic): self.topics_file.required_roles(topic) for topic in topics.to_pylist()}
        return Work(self.program, self.dates, self.rules, self.people, required, self.unseen, self.constant, self.attributes)

    def _parts(
        self, work: Work, topics: pa.Array, sums: TopicSums, cells: Cells, progress: Progress, shard_tiles: int
    ) -> Iterator[Part]:
        """What the shards of all accounts give, in order of account."""
        if self.project.settings.engine.name == "spark":
            yield from spread(self.project, self.dataset, work, topics, sums, progress)
            return
        weights, actions = self.program.needs_weights, self.program.reads("action")
        threads, size = self.project.threads(), BLOCK_TILES if len(self.dates) > 1 else ONE_DATE_TILES
        for tiles in blocks(self.dataset, topics, weights=weights, actions=actions, threads=threads, block_tiles=size):
            yield from work.parts(tiles, sums, cells, threads, shard_tiles, progress)

    def _known(self, work: Work, known: prints.Sums, attributes: prints.Sums) -> tuple[str, ...]:
        """The fingerprint of each date over all shards; attributes: sums over those of the accounts that have rows."""
        everyone = work.deal_sums(np.ones(len(self.opportunities), bool))
        files = sorted({column.function.__code__.co_filename for column in self.catalog.derived})
        derived = prints.digest(*self.catalog.names, *(Path(file).read_text(encoding="utf-8") for file in files))
        constant = prints.digest(self.constant, derived, *(name for name, _ in self.program.attributes))
        return tuple(prints.keys(constant, work.calendar.days, [known, everyone, attributes]))

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


def _words(values: pd.Series[Any]) -> pd.Series[Any]:
    """Values of any kind as categories of text, missing ones kept missing."""
    return values.astype("object").astype("str").where(values.notna()).astype("category")

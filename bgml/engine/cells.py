"""The base columns of one shard at some as-of dates, computed by the kernel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from bgml.config import Settings
from bgml.engine import kernel
from bgml.engine.columns.algebra import Moment
from bgml.engine.deals import DealBook, deal_book
from bgml.engine.program import ALWAYS, Program, WindowPlan, WindowTiles, condition_bits, counter_bases, window_arrays
from bgml.engine.shards.shard import NONE, Shard, Source, entity_codes, masks
from bgml.engine.shards.tiles import Tiles
from bgml.groups.candidates import blocked_spans

Int = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Calendar:
    """As-of dates in order, as days since 1970-01-01, with the table that finds the first date on or after a day."""

    days: Int
    first_index: Int
    day0: int

    def place(self, day: npt.NDArray[Any]) -> Int:
        """The place among the dates of the first one on or after each day (the number of dates: none)."""
        return np.searchsorted(self.days, day).astype(np.int64)


def calendar(dates: Sequence[date]) -> Calendar:
    """The calendar of some as-of dates; they must be sorted and distinct."""
    days = np.array(dates, "datetime64[D]").astype(np.int64)
    span = np.arange(days[0], days[-1] + 2)
    return Calendar(days, np.searchsorted(days, span).astype(np.int64), int(days[0]))


@dataclass(frozen=True)
class Rules:
    """Which groups have rows: the settings of rule 3 and the dated opportunities of all accounts."""

    lookback: int
    min_people: int
    exclude: frozenset[str]
    spans: pd.DataFrame | None
    opportunities: pd.DataFrame


def rules(settings: Settings, opportunities: pd.DataFrame, *, all_groups: bool) -> Rules:
    """The rules of a project; `all_groups` lifts the two that opportunities (as `groups.candidates.dated` gives them) decide."""
    spans = None if all_groups else blocked_spans(opportunities, settings.groups.customer_days)
    exclude = frozenset(str(account) for account in settings.groups.exclude_accounts)
    return Rules(settings.groups.lookback, settings.groups.min_people, exclude, spans, opportunities)


@dataclass(frozen=True)
class Book:
    """A block's opportunities under the codes of its accounts and topics: for features, and as spans that block candidates."""

    deals: DealBook
    span_key: Int
    span_from: Int
    span_to: Int


def book_of(tiles: Tiles, rule: Rules) -> Book:
    """The opportunities of a block of tiles."""
    accounts, topics = pd.Index(tiles.accounts.to_pandas()), pd.Index(tiles.topics.to_pandas())
    deals = deal_book(rule.opportunities, accounts, topics)
    if rule.spans is None:
        return Book(deals, NONE, NONE, NONE)
    known = (deals.account >= 0) & (deals.topic >= 0)
    spans = rule.spans[known]
    key = deals.account[known] * len(topics) + deals.topic[known]
    return Book(deals, key, spans["from_day"].to_numpy(np.int64), spans["to_day"].to_numpy(np.int64))


def compute(shard: Shard, program: Program, dates: Calendar, rule: Rules, book: Book) -> list[pa.RecordBatch]:
    """The rows of the shard, one record batch per date: account_id, topic, then the program's columns (topic grain aside)."""
    there = allowed(shard, dates, rule, book)
    row, group, offsets = kernel.rows_of(there)
    span = _row_span(there)
    integers = np.zeros((max(1, len(program.integers)), len(group)), np.int32)
    numbers = np.zeros((max(1, len(program.numbers)), len(group)), np.float64)
    if len(group):
        for plan in program.window_plans:
            _windows(shard, plan, program, dates, row, span, integers, numbers)
        for grain, declared in program.moments.items():
            for start in range(0, len(declared), ALWAYS):
                _moments(shard, grain, declared[start : start + ALWAYS], program, dates, row, span, numbers)
    columns = _columns(shard, program, dates, book, group, offsets, integers, numbers)
    table = pa.RecordBatch.from_pydict(columns)
    return [table.slice(offsets[i], offsets[i + 1] - offsets[i]) for i in range(len(dates.days))]


def allowed(shard: Shard, dates: Calendar, rule: Rules, book: Book) -> npt.NDArray[np.uint8]:
    """uint8[groups, dates]: 1 where a group of the shard is a candidate."""
    plain = shard.plain
    codes, most = shard.who
    there: npt.NDArray[np.uint8] = kernel.candidates(
        shard.group_ptr, plain.occurred, plain.known, plain.number, codes, most, dates.first_index, dates.day0, len(dates.days),
        rule.lookback, rule.min_people,
    )  # fmt: skip
    if len(book.span_key):
        keys = shard.group_account.astype(np.int64) * len(shard.tiles.topics) + shard.group_topic
        group = np.searchsorted(keys, book.span_key)
        found = np.append(keys, -1)[group] == book.span_key
        kernel.block(there, group[found], dates.place(book.span_from[found]), dates.place(book.span_to[found]))
    if rule.exclude:
        ids = shard.account_ids.to_pylist()
        for place, account in enumerate(ids):
            if str(account) in rule.exclude:
                there[shard.account_groups[place] : shard.account_groups[place + 1]] = 0
    return there


def _row_span(there: npt.NDArray[np.uint8]) -> tuple[Int, Int]:
    """First and end place of the dates on which each group has a row (n_dates, 0 for none)."""
    some = there.any(axis=1)
    first = np.where(some, there.argmax(axis=1), there.shape[1])
    end = np.where(some, there.shape[1] - there[:, ::-1].argmax(axis=1), 0)
    return first.astype(np.int64), end.astype(np.int64)


def _units(shard: Shard, source: Source, grain: str) -> tuple[Int, Int]:
    """Tiles and groups of each unit of a grain."""
    if grain == "group":
        return source.group_ptr, np.arange(len(shard.group_account) + 1)
    return source.group_ptr[shard.account_groups], shard.account_groups


def _windows(
    shard: Shard, plan: WindowPlan, program: Program, dates: Calendar, row: npt.NDArray[np.int32], span: tuple[Int, Int],
    integers: npt.NDArray[np.int32], numbers: npt.NDArray[np.float64],
) -> None:  # fmt: skip
    if plan.dynamic and shard.versions is None:
        return
    source = shard.dated if plan.dynamic else shard.plain
    entity, sizes = entity_codes(source, shard, plan.entities)
    arrays = window_arrays(plan, program)
    tiles = WindowTiles(
        source.occurred, source.known, dates.place(source.lower), dates.place(source.upper), source.number, source.weight_high,
        source.weight_low, masks(source, plan.conditions), entity,
    )  # fmt: skip
    kernel.windows(
        *_units(shard, source, plan.grain), tiles, dates.first_index, dates.day0, row, *span, arrays, counter_bases(arrays, sizes),
        integers, numbers,
    )  # fmt: skip


def _moments(
    shard: Shard, grain: str, declared: Sequence[tuple[str, Moment]], program: Program, dates: Calendar, row: npt.NDArray[np.int32],
    span: tuple[Int, Int], numbers: npt.NDArray[np.float64],
) -> None:  # fmt: skip
    conditions = [moment.where for _, moment in declared]
    bits = condition_bits(conditions)
    entities = list(dict.fromkeys((moment.entity,) for _, moment in declared))
    entity, sizes = entity_codes(shard.plain, shard, entities)
    what = [-1 if moment.what == "last" else 0 if moment.what == "first" else int(moment.what) for _, moment in declared]
    kernel.moments(
        *_units(shard, shard.plain, grain), shard.plain.occurred, shard.plain.known, masks(shard.plain, conditions), entity, max(sizes),
        dates.first_index, dates.day0, dates.days, row, *span, np.array(what), np.array([bits[condition] for condition in conditions]),
        np.array([entities.index((moment.entity,)) for _, moment in declared]),
        np.array([program.numbers[name] for name, _ in declared]), numbers,
    )  # fmt: skip


def _columns(
    shard: Shard, program: Program, dates: Calendar, book: Book, group: npt.NDArray[np.int32], offsets: Int,
    integers: npt.NDArray[np.int32], numbers: npt.NDArray[np.float64],
) -> dict[str, pa.Array]:  # fmt: skip
    account, topic = shard.group_account[group], shard.group_topic[group]
    account_place = np.repeat(np.arange(len(shard.account_groups) - 1, dtype=np.int32), np.diff(shard.account_groups))
    columns: dict[str, Any] = {
        "account_id": pa.DictionaryArray.from_arrays(pa.array(account_place[group]), shard.account_ids),
        "topic": pa.DictionaryArray.from_arrays(pa.array(topic), shard.tiles.topics),
    }
    columns |= {name: pa.array(integers[place]) for name, place in program.integers.items()}
    for name, place in program.numbers.items():
        values = numbers[place]
        columns[name] = _whole(values, shard) if name in program.whole else pa.array(values)
    day = np.repeat(dates.days, np.diff(offsets))
    for name, deals, days in program.deals:
        if deals.grain != "topic":
            columns[name] = pa.array(book.deals.count(deals, days, account.astype(np.int64), topic.astype(np.int64), day))
    return columns


def _whole(values: npt.NDArray[np.float64], shard: Shard) -> pa.Array:
    """Whole numbers as such; null where a group has none, which only unseen categories bring about."""
    return pa.array(values, from_pandas=True).cast(pa.int64()) if shard.unseen else pa.array(values.astype(np.int64))

"""Columns of topic grain: what all accounts together do on a topic, per as-of date."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from bgml.data.topics import Topics
from bgml.engine import kernel
from bgml.engine.cells import Calendar
from bgml.engine.deals import deal_book
from bgml.engine.program import ALWAYS, Program, condition_bits
from bgml.engine.shards.shard import Shard, masks


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
        for start in range(0, len(self.columns_declared), ALWAYS):
            self._add(shard, slice(start, start + ALWAYS))

    def _add(self, shard: Shard, some: slice) -> None:
        """Add for some of the columns: no more than there are bits for conditions."""
        declared = self.columns_declared[some]
        conditions = [measure.where for _, measure, _ in declared]
        bits = condition_bits(conditions)
        plain, own = shard.plain, np.zeros_like(self.sums[some])
        kernel.topic_sums(
            plain.codes["topic"], plain.occurred, plain.known, plain.number, plain.weight_high, plain.weight_low, masks(plain, conditions),
            self.dates.first_index, self.dates.day0, len(self.dates.days), np.array([days or 0 for _, _, days in declared]),
            np.array([bits[condition] for condition in conditions]),
            np.array([0 if measure.of == "number" else 1 for _, measure, _ in declared]), own,
        )  # fmt: skip
        with self.lock:
            self.sums[some] += own

    def columns(self) -> dict[str, npt.NDArray[Any]]:
        """Each column as [topics, dates]."""
        totals = self.sums[:, :, :-1].cumsum(axis=2)
        found = {}
        for place, (name, measure, _) in enumerate(self.columns_declared):
            carry = totals[place, :, :, 1] >> kernel.BITS
            high, low = totals[place, :, :, 0] + carry, totals[place, :, :, 1] - (carry << kernel.BITS)
            found[name] = high if measure.of == "number" else high + low / kernel.FRACTION
        return found


def stated_columns(
    program: Program, opportunities: pd.DataFrame, topics_file: Topics, topics: pa.Array, dates: Calendar
) -> dict[str, npt.NDArray[Any]]:
    """Deals by topic, and numbers the project states for a topic: [topics, dates]."""
    ids, n_dates = pd.Index(topics.to_pandas()), len(dates.days)
    book = deal_book(opportunities, pd.Index([]), ids)
    topic, day = np.repeat(np.arange(len(ids)), n_dates), np.tile(dates.days, len(ids))
    columns: dict[str, npt.NDArray[Any]] = {}
    for name, deals, days in program.deals:
        if deals.grain == "topic":
            columns[name] = book.count(deals, days, topic, topic, day).reshape(len(ids), n_dates)
    for name, attribute in program.attributes:
        if attribute.table == "topics":
            required = np.array([len(topics_file.required_roles(topic)) for topic in topics.to_pylist()], np.int64)
            columns[name] = np.tile(required[:, None], n_dates)
    return columns

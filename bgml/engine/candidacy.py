"""On which dates the groups behind some events were candidates, under any settings of rule 3, without computing a feature."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pandas as pd

from bgml.config import Settings
from bgml.data.dataset import Dataset
from bgml.engine.cells import allowed, book_of, calendar, rules
from bgml.engine.columns.algebra import CATEGORIES
from bgml.engine.shards.shard import Shard
from bgml.engine.shards.tiles import blocks, topic_ids
from bgml.groups.candidates import dated
from bgml.groups.outcomes import NEVER

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Candidates:
    """bool[events, dates]: whether the event's group, any group of its account, was a candidate; pair implies account."""

    pair: Mask
    account: Mask


class Candidacy:
    """The signals of the accounts that have opportunities or verdicts, kept to ask at which of some dates their groups were candidates.

    One pass over the signals, of which only who did something for which account and topic on which day is kept: about thirty bytes
    per account, topic, person and day.
    """

    def __init__(self, dataset: Dataset, dates: Sequence[date], threads: int = 1) -> None:
        """dates: sorted and distinct, at least one."""
        self.dates = tuple(dates)
        self._calendar = calendar(dates)
        self._opportunities = dated(dataset.frame("opportunities"))
        topics = topic_ids(dataset)
        found = blocks(dataset, topics, weights=False, actions=False, threads=threads, signals=_acts(dataset))
        self._shards = [Shard(tiles, 0, len(tiles), None, {}) for tiles in found if len(tiles)]

    def candidates(self, events: pd.DataFrame, settings: Settings, *, all_groups: bool = False) -> Candidates:
        """The candidates among the groups of some events (account_id, topic) under the settings' `groups`.

        all_groups lifts the two rules about opportunities. Events of accounts without opportunity or verdict are not looked up.
        """
        rule = rules(settings, self._opportunities, all_groups=all_groups)
        shape = (len(events), len(self.dates))
        pair, account = np.zeros(shape, bool), np.zeros(shape, bool)
        for shard in self._shards:
            _fill(events, shard, allowed(shard, self._calendar, rule, book_of(shard.tiles, rule)).astype(bool), pair, account)
        return Candidates(pair, account)

    def first_known(self, events: pd.DataFrame) -> npt.NDArray[np.int64]:
        """The UTC day on which each event's account had its first known signal, as days since 1970-01-01; NEVER for none."""
        days = np.full(len(events), NEVER, np.int64)
        for shard in self._shards:
            first = np.minimum.reduceat(shard.tiles.known, shard.group_ptr[shard.account_groups[:-1]])
            place = pd.Index(shard.account_ids.to_pandas()).get_indexer(pd.Index(events["account_id"]))
            days[place >= 0] = first[place[place >= 0]]
        return days


def _fill(events: pd.DataFrame, shard: Shard, there: Mask, pair: Mask, account: Mask) -> None:
    """The rows of the events whose accounts this shard holds."""
    tiles = shard.tiles
    of_account = np.maximum.reduceat(there, shard.account_groups[:-1], axis=0)
    place = pd.Index(shard.account_ids.to_pandas()).get_indexer(pd.Index(events["account_id"]))
    account[place >= 0] = of_account[place[place >= 0]]
    topic = pd.Index(tiles.topics.to_pandas()).get_indexer(pd.Index(events["topic"]))
    code = pd.Index(tiles.accounts.to_pandas()).get_indexer(pd.Index(events["account_id"]))
    wanted = np.where((code < 0) | (topic < 0), -1, code.astype(np.int64) * len(tiles.topics) + topic)
    keys = shard.group_account.astype(np.int64) * len(tiles.topics) + shard.group_topic
    group = np.searchsorted(keys, wanted)
    found = (wanted >= 0) & (np.append(keys, -1)[group] == wanted)
    pair[found] = there[group[found]]


def _of_events(dataset: Dataset) -> ir.Table:
    """The signals of the accounts with an opportunity or a verdict."""
    with_event = dataset.table("opportunities").select("account_id")
    if dataset.has("verdicts"):
        with_event = with_event.union(dataset.table("verdicts").select("account_id"))
    return dataset.table("signals").semi_join(with_event.distinct(), "account_id")


def _acts(dataset: Dataset) -> ir.Table:
    """Those signals as tiles need them, with nothing in them that rule 3 does not ask for."""
    kept: dict[str, Any] = {"category": ibis.literal(CATEGORIES[0]), "action": ibis.null("string")}
    return _of_events(dataset).mutate(**kept)

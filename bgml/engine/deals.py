"""Opportunities as features: how many were won, lost, opened or open at an as-of date, by pair, account or topic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from bgml.engine.columns.algebra import Deals
from bgml.groups.outcomes import NEVER

Array = npt.NDArray[np.int64]
DAYS = 1 << 16


@dataclass(frozen=True)
class DealBook:
    """The dated events of opportunities, by code of account and topic (-1 where a code is unknown to the signals)."""

    account: Array
    topic: Array
    n_topics: int
    created: Array
    closed: Array
    won: npt.NDArray[np.bool_]
    lost: npt.NDArray[np.bool_]

    def count(self, deals: Deals, days: int | None, account: Array, topic: Array, day: Array) -> npt.NDArray[np.int32]:
        """The column `deals` over a window of `days` (None: whole history) for rows of (account, topic, as-of day).

        Events count from the day after they happened: an event of day d is known at D iff d < D.
        """
        keys = self._keys(deals.grain, account, topic)
        if deals.what == "open":
            opened = self._before(deals.grain, "opened", keys, day)
            return (opened - self._before(deals.grain, "closed", keys, day)).astype(np.int32)
        known = self._before(deals.grain, deals.what, keys, day)
        if days is not None:
            known = known - self._before(deals.grain, deals.what, keys, day - days)
        return known.astype(np.int32)

    def _before(self, grain: str, event: Literal["won", "lost", "opened", "closed"], keys: Array, day: Array) -> Array:
        """How many events of each key happened before each day."""
        mask = {"won": self.won, "lost": self.lost, "closed": self.won | self.lost, "opened": np.ones(len(self.won), bool)}[event]
        mask = mask & ((self.account >= 0) | (grain == "topic")) & ((self.topic >= 0) | (grain == "account"))
        days = (self.created if event == "opened" else self.closed)[mask]
        events = np.sort(self._keys(grain, self.account[mask], self.topic[mask]) * DAYS + np.clip(days, 0, DAYS - 1))
        return np.searchsorted(events, keys * DAYS + np.clip(day, 0, DAYS - 1)) - np.searchsorted(events, keys * DAYS)

    def _keys(self, grain: str, account: Array, topic: Array) -> Array:
        if grain == "account":
            return account.astype(np.int64)
        if grain == "topic":
            return topic.astype(np.int64)
        return account.astype(np.int64) * self.n_topics + topic


def deal_book(dated: pd.DataFrame, account_ids: pd.Index[Any], topics: pd.Index[Any]) -> DealBook:
    """The book of opportunities (as `groups.candidates.dated` gives them) under the codes of accounts and topics."""
    return DealBook(
        account=account_ids.get_indexer(pd.Index(dated["account_id"])).astype(np.int64),
        topic=topics.get_indexer(pd.Index(dated["topic"])).astype(np.int64),
        n_topics=len(topics),
        created=np.minimum(dated["created_day"].to_numpy(np.int64), NEVER),
        closed=dated["closed_day"].to_numpy(np.int64),
        won=dated["won"].to_numpy(bool),
        lost=dated["lost"].to_numpy(bool),
    )

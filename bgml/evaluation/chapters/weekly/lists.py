"""Every entry's list of every test date in one fixed order, with the deals behind each group: what is followed over weeks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bgml.evaluation.race.scored import Floats, Integers, Scored
from bgml.groups.ties import tie_order

Codes = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Deals:
    """The distinct wins behind the outcomes; where the target is no opportunity, the groups that reached it.

    Of each: `opportunity_id` (an empty array where they are none), `account` its code, `amount` NaN where unknown. The pairs `row`,
    `deal` say whose outcome each makes, in order of row; `starts` [rows + 1] where each row's pairs begin.
    """

    opportunity_id: npt.NDArray[Any]
    account: Codes
    amount: Floats
    row: Integers
    deal: Codes
    starts: Integers

    def __len__(self) -> int:
        """Distinct wins."""
        return len(self.account)


@dataclass(frozen=True)
class Lists:
    """Lists by falling score; equal scores in the order rankings put them, by a hash of account and topic.

    scored: the candidates; accounts: how many distinct ones; account, group: a number from 0 of each row's account and of its pair of
    account and topic; order: per entry the rows of each date from the first place to the last.
    """

    scored: Scored
    accounts: int
    account: Codes
    group: Codes
    groups: int
    deals: Deals
    order: Mapping[str, Integers]

    @cached_property
    def days(self) -> Integers:
        """The as-of dates as day numbers."""
        return self.scored.dates.astype("datetime64[D]").astype(np.int64)

    @cached_property
    def date(self) -> Integers:
        """The number of each row's date."""
        starts = self.scored.starts
        return np.repeat(np.arange(len(starts) - 1), np.diff(starts))

    def rank(self, entry: str) -> Integers:
        """The place of each row on its date's list, from 1."""
        places = np.arange(len(self.scored)) - self.scored.starts[self.date] + 1
        rank = np.empty(len(places), np.int64)
        rank[self.order[entry]] = places
        return rank


def lists_of(scored: Scored, account_ids: npt.NDArray[Any], topics: npt.NDArray[Any]) -> Lists:
    """The lists of all entries; `account_ids` and `topics` name the codes of the candidates."""
    known, account = np.unique(scored.account, return_inverse=True)
    pair = scored.account.astype(np.int64) * max(len(topics), 1) + scored.topic
    groups, first, group = np.unique(pair, return_index=True, return_inverse=True)
    names = zip(account_ids[scored.account[first]], topics[scored.topic[first]], strict=True)
    chance = np.array([tie_order(account_id, topic) for account_id, topic in names], np.uint64)[group]
    spans = list(zip(scored.starts[:-1].tolist(), scored.starts[1:].tolist(), strict=True))
    by_chance = _joined([low + np.argsort(chance[low:high], kind="stable") for low, high in spans])
    order = {}
    for name, score in scored.scores.items():
        falling = -score[by_chance]
        order[name] = by_chance[_joined([low + np.argsort(falling[low:high], kind="stable") for low, high in spans])]
    codes = account.astype(np.int32)
    return Lists(scored, len(known), codes, group.astype(np.int32), len(groups), _deals(scored, codes, group), order)


def _deals(scored: Scored, account: Codes, group: Integers) -> Deals:
    table = scored.deals
    if table["opportunity_id"].notna().any():
        table = table[table["opportunity_id"].notna()].sort_values("row", kind="stable")
        row = table["row"].to_numpy(np.int64)
        deal, ids = pd.factorize(table["opportunity_id"])
        opportunity_id = np.asarray(ids, dtype=object)
        amount = table["amount"].groupby(deal).max().to_numpy(np.float64)
    else:
        row = np.flatnonzero(scored.won)
        reached, deal = np.unique(group[row], return_inverse=True)
        opportunity_id, amount = np.zeros(0, object), np.full(len(reached), np.nan)
    of_account = np.zeros(len(amount), np.int32)
    of_account[deal] = account[row]
    starts = np.searchsorted(row, np.arange(len(scored) + 1)).astype(np.int64)
    return Deals(opportunity_id, of_account, amount, row, deal.astype(np.int32), starts)


def _joined(parts: list[Integers]) -> Integers:
    return np.concatenate([np.zeros(0, np.int64), *parts])

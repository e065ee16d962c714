"""Who is worked this week: the best groups within the limits, past those at rest, and some drawn from below the line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd

from bgml.config import RankingSection
from bgml.ranking.archive.store import Stored
from bgml.ranking.choice.exploration import EXPLORATION, Rooms, chances, draw
from bgml.ranking.choice.routes import ACCOUNT, stands_for_account

Flags = npt.NDArray[np.bool_]
KEYS = ["account_id", "topic"]
RANK = "rank"


@dataclass(frozen=True)
class Limits:
    """How many groups may be taken in all, per owner (where there is one) and per account."""

    capacity: int
    owner_capacity: int
    max_per_account: int


def select(groups: pd.DataFrame, settings: RankingSection, worked: pd.DataFrame, ranking_id: str) -> pd.DataFrame:
    """Which groups are worked: selected, selected_by (rank, exploration or null), selection_probability.

    groups: account_id, topic, owner (null for none) and route, in rank order; worked: see `worked`. Of the capacity, and of each
    owner's, the share `explore` (rounded) is kept from rank: it is drawn at random, seeded by the ranking_id, among the groups that rank
    does not select. The probability is 1 by rank; of every other group it is the chance that the draw had to take it, 0 for one at
    rest, one that stands behind another of its account, or one whose owner or account has no place left.
    """
    may = ~at_rest(groups, worked) & stands_for_account(groups).to_numpy(bool)
    places = round(settings.explore * settings.capacity)
    kept = round(settings.explore * settings.owner_capacity)
    most = Limits(settings.capacity - places, settings.owner_capacity - kept, settings.max_per_account)
    by_rank = within(groups, may, most)
    left = may & ~by_rank
    chance = chances(groups, left, _rooms(groups, by_rank, settings, places))
    drawn = draw(groups, chance, ranking_id)
    by = np.full(len(groups), None, object)
    by[by_rank], by[drawn] = RANK, EXPLORATION
    return pd.DataFrame({
        "selected": by_rank | drawn,
        "selected_by": by,
        "selection_probability": np.where(by_rank, 1.0, chance.probability),
    })  # fmt: skip


def within(groups: pd.DataFrame, may: Flags, limits: Limits) -> Flags:
    """Which groups fit when the list is worked from the top, past those that may not be taken.

    An account has one owner, so once a limit is reached it holds for everything below and each limit can be counted in turn.
    """
    left = groups.loc[may, ["account_id", "owner"]]
    left = left[(left.groupby("account_id").cumcount() < limits.max_per_account).to_numpy()]
    free = left["owner"].isna() | (left.groupby("owner").cumcount() < limits.owner_capacity)
    selected = np.zeros(len(groups), np.bool_)
    selected[groups.index.get_indexer(left.index[free.to_numpy(bool)][: limits.capacity])] = True
    return selected


def _rooms(groups: pd.DataFrame, by_rank: Flags, settings: RankingSection, places: int) -> Rooms:
    """The places that rank left: in all, and by row those of its account and its owner."""
    taken = groups[["account_id", "owner"]].assign(taken=by_rank.astype(np.int64))
    of_account = taken.groupby("account_id")["taken"].transform("sum").to_numpy(np.int64)
    of_owner = taken.groupby("owner")["taken"].transform("sum").fillna(0).to_numpy(np.int64)
    owner = np.where(groups["owner"].isna(), places, settings.owner_capacity - of_owner)
    return Rooms(places, settings.max_per_account - of_account, owner)


def worked(formers: Sequence[Stored], as_of: date, rework_days: int) -> pd.DataFrame:
    """The groups that earlier rankings selected and that still rest at a date: account_id, topic, route, worked (the last such date).

    A group worked on a date takes no new place before `rework_days` have passed; on the day they have it may again.
    """
    found = []
    for former in formers:
        if as_of - timedelta(rework_days) < former.as_of < as_of:
            then = former.table(columns=[*KEYS, "route", "selected"]).to_pandas()
            found.append(then.loc[then["selected"], [*KEYS, "route"]].assign(worked=former.as_of))
    if not found:
        return pd.DataFrame(columns=[*KEYS, "route", "worked"])
    last: pd.DataFrame = pd.concat(found, ignore_index=True).sort_values("worked", ascending=False, kind="stable").drop_duplicates(KEYS)
    return last.sort_values(KEYS, kind="stable", ignore_index=True)


def at_rest(groups: pd.DataFrame, worked: pd.DataFrame) -> Flags:
    """Which groups were worked too recently to take a place; an account that is, or was, worked as one rests as one.

    groups: account_id, topic, route; worked: see `worked`. Ids of another kind than the groups' are other groups.
    """
    if worked.empty or any(_is_text(groups[name]) != _is_text(worked[name]) for name in KEYS):
        return np.zeros(len(groups), np.bool_)
    resting = np.array(groups["account_id"].isin(worked["account_id"]), bool)
    near = groups.loc[resting, [*KEYS, "route"]]
    pairs = pd.MultiIndex.from_frame(near[KEYS].astype(object)).isin(pd.MultiIndex.from_frame(worked[KEYS].astype(object)))
    was_one = near["account_id"].isin(worked.loc[worked["route"] == ACCOUNT, "account_id"])
    resting[resting] = pairs | was_one.to_numpy(bool) | (near["route"] == ACCOUNT).to_numpy(bool)
    return resting


def _is_text(ids: pd.Series) -> bool:
    if isinstance(ids.dtype, pd.CategoricalDtype):
        return _is_text(ids.cat.categories.to_series())
    return not pd.api.types.is_numeric_dtype(ids.dtype)


def unassigned(ranking: pd.DataFrame) -> pd.DataFrame:
    """The accounts of selected groups that have no owner: account_id, account_name, groups (how many are selected), best first."""
    rows = ranking[ranking["selected"] & ranking["owner"].isna()]
    found = rows.groupby("account_id", sort=False, observed=True).agg(account_name=("account_name", "first"), groups=("topic", "size"))
    return found.reset_index()

"""From raw scores to places: rank, percentile, band, trend."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bgml.groups.ties import tie_order

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]
STEP = 10.0
"""Points of percentile that make a trend."""


def best_first(scores: Floats, account_ids: Sequence[Any], topics: Sequence[Any]) -> Places:
    """Row numbers by falling score; equal scores by a hash of (account_id, topic), which favours nobody and never changes."""
    _, which, count = np.unique(scores, return_inverse=True, return_counts=True)
    chance = np.zeros(len(scores), np.uint64)
    for row in np.flatnonzero(count[which] > 1).tolist():
        chance[row] = tie_order(account_ids[row], topics[row])
    return np.lexsort((chance, -scores))


def percentiles(n: int) -> Floats:
    """The percentile of ranks 1 to n: the share of groups that rank no higher, in percent; 100 for the best."""
    return 100.0 * (n - np.arange(n)) / n


def bands(n: int, ends: Sequence[float]) -> npt.NDArray[np.str_]:
    """The band of ranks 1 to n: A for the first share `ends[0]` of the list, B and C to the others, D for the rest.

    The share that ranks higher decides, so that the best group is in A however short the list.

    >>> "".join(bands(10, [0.05, 0.20, 0.50]))
    'ABCCCDDDDD'
    """
    higher = np.arange(n) / n
    return np.array(list("ABCD"))[np.searchsorted(np.asarray(ends), higher, side="right")]


def against_former(keys: pd.DataFrame, percentile: Floats, former: pd.DataFrame | None) -> tuple[list[str], pd.Series]:
    """Trend and previous rank (null when new) of groups against the former ranking.

    keys: account_id and topic, in rank order; former: account_id, topic, rank, percentile.
    """
    if former is None or any(keys[name].dtype.kind != former[name].dtype.kind for name in keys.columns):
        return ["new"] * len(keys), pd.Series(pd.NA, index=range(len(keys)), dtype="Int32")
    merged = keys.merge(former, on=["account_id", "topic"], how="left")
    moved = percentile - merged["percentile"].to_numpy(np.float64)
    trend = np.select([np.isnan(moved), moved >= STEP, moved <= -STEP], ["new", "improving", "declining"], "steady")
    return trend.tolist(), merged["rank"].astype("Int32")


def rank_within(owners: pd.Series) -> pd.Series:
    """The rank among the groups of the same owner, of rows in rank order; null without an owner."""
    place = owners.groupby(owners).cumcount() + 1
    return place.where(owners.notna()).astype("Int32")

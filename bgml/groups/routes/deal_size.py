"""What a deal of an account's segment brings, from deals won before a date."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

LEAST = 10
"""Won deals with an amount, below which a segment's median says too little, and that of all deals stands for it."""


def deal_sizes(segments: pd.Series, as_of: npt.NDArray[np.datetime64], deals: pd.DataFrame) -> npt.NDArray[np.float64]:
    """The median amount of won deals known at each row's date: of its segment, where there are at least ten, else of all.

    segments: text or null; as_of: a date per row; deals: as `groups.outcomes.closed_deals` gives them. NaN where fewer than ten are
    known at all. Deals for nothing do not count.
    """
    paid = deals[deals["won"] & (deals["amount"] > 0)]
    closed = paid["closed"].to_numpy("datetime64[D]")
    days, date = np.unique(as_of.astype("datetime64[D]"), return_inverse=True)
    sizes = np.full(len(segments), np.nan)
    for place, day in enumerate(days):
        rows = np.flatnonzero(date == place)
        sizes[rows] = _medians(paid[closed < day], segments.iloc[rows])
    return sizes


def _medians(deals: pd.DataFrame, segments: pd.Series) -> npt.NDArray[np.float64]:
    """The median of each segment's deals, of all where they are few."""
    if len(deals) < LEAST:
        return np.full(len(segments), np.nan)
    by_segment = deals["amount"].groupby(deals["segment"].astype("str").where(deals["segment"].notna())).agg(["size", "median"])
    known = by_segment.loc[by_segment["size"] >= LEAST, "median"]
    return segments.map(known).fillna(deals["amount"].median()).to_numpy(np.float64)

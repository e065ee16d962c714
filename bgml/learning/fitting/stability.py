"""The population stability index: how far the shares of some bins have moved, and how far they move without any drift."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

LEAST_SHARE = 1e-4
"""An empty bin counts as this share at least, so that the index is finite."""
SURE = 2.326
"""99% of a normal distribution lie below."""
ORDINARY = 0.95
"""The share of training dates that do not differ more from the others than is called usual."""
FEW_ROWS = 30
"""A date of fewer rows does not tell how far dates differ."""


def psi(then: npt.ArrayLike, now: npt.ArrayLike, least: float = 0.0) -> float:
    """Population stability index of two sets of shares over the same bins: sum of (now - then) x ln(now / then).

    least: what an empty bin of `now` counts as (half a row, say), at least LEAST_SHARE.

    Siddiqi, Credit Risk Scorecards (2006): below 0.1 little changed, above 0.25 much.

    >>> round(psi([0.5, 0.5], [0.6, 0.4]), 4)
    0.0405
    """
    a = np.maximum(np.asarray(then, np.float64), LEAST_SHARE)
    b = np.maximum(np.asarray(now, np.float64), max(least, LEAST_SHARE))
    return float(((b - a) * np.log(b / a)).sum())


def by_chance(bins: int, then_rows: int, now_rows: int) -> float:
    """The index that 1 in 100 comparisons of equal populations exceeds, where rows are independent.

    Without drift it is about (1/n + 1/m) times chi-square with bins - 1 degrees of freedom (Yurdakul, Statistical Properties of
    Population Stability Index, 2018), whose quantile is taken by Wilson and Hilferty's approximation.
    """
    freedom = max(bins - 1, 1)
    quantile = freedom * (1 - 2 / (9 * freedom) + SURE * math.sqrt(2 / (9 * freedom))) ** 3
    return quantile * (1 / max(then_rows, 1) + 1 / max(now_rows, 1))


def usual(date: npt.NDArray[np.int64], place: npt.NDArray[np.int64], bins: int) -> tuple[float, float]:
    """How far a single date lies from the others: the index, and the change of the share in the last bin; 1 date in 20 lies farther.

    date, place: the date (0, 1, ...) and the bin of each row. What independent rows would differ by on average is taken off the index, so
    that dates of few rows do not look far: what is left is what moves all rows of a date together. Zero with fewer than two dates.
    """
    counts = np.bincount(date * bins + place, minlength=(int(date.max(initial=-1)) + 1) * bins).reshape(-1, bins).astype(np.float64)
    indices, changes = [], []
    for one in counts[counts.sum(axis=1) >= FEW_ROWS]:
        rows, others = one.sum(), counts.sum(axis=0) - one
        if others.sum():
            then, now = others / others.sum(), one / rows
            indices.append(psi(then, now, 0.5 / rows) - (bins - 1) * (1 / rows + 1 / others.sum()))
            changes.append(abs(now[-1] - then[-1]))
    if not indices:
        return 0.0, 0.0
    index, change = (float(np.quantile(values, ORDINARY, method="higher")) for values in (indices, changes))
    return max(index, 0.0), change

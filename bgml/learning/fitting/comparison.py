"""What training saw of each column on the side that reached the outcome and on the other, and which columns rise and fall together."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bgml.learning.examples import Examples
from bgml.scoring.columns import kind_of, numbers, texts
from bgml.scoring.facts.comparison import Comparison, Comparisons, Side
from bgml.scoring.predict import Scorer

Floats = npt.NDArray[np.float64]
ROWS = 100_000
"""At most so many rows of either side are looked at, evenly spread over dates."""
ALIKE_ROWS = 20_000
"""Rows of both sides on which it is seen which columns rise and fall together."""
ALIKE = 0.7
"""The least rank correlation, of either sign, between any two columns of a group."""
LEAST = 20
"""Rows below which no share of a category is kept."""


def comparison(scorer: Scorer, examples: Examples, outcome: str) -> dict[str, Any]:
    """Medians and shares of the scorer's columns in the training rows that won and in the others, as plain JSON values.

    outcome: the target of training. Every row counts once, whichever were sampled to fit on; rows with unknown outcome are left out.
    Nothing where all rows are on one side.
    """
    names = list(scorer.features)
    won, others = (examples.features.iloc[_spread(examples.won == reached, ROWS)][names] for reached in (1, 0))
    if won.empty or others.empty:
        return Comparisons({}).record(outcome)
    groups = alike(examples.features.iloc[_spread(~np.isnan(examples.won), ALIKE_ROWS)][names])
    categories = [column.name for column in scorer.columns.columns if column.kind == "category"]
    kept = {name: _frequent(pd.concat([won[name], others[name]])) for name in categories}
    columns = {
        name: Comparison(group, _side(won[name], kept.get(name)), _side(others[name], kept.get(name)))
        for name, group in zip(names, groups, strict=True)
    }
    return Comparisons(columns).record(outcome)


def alike(frame: pd.DataFrame) -> list[int]:
    """The number of each column's group; any two columns of a group have a rank correlation of at least `ALIKE`, of either sign.

    Groups are joined as long as that holds, the most alike first (complete linkage). A category, and a column that does not vary, is a
    group of its own. A missing number ranks above all others: most are days since something that never was.
    """
    from scipy.cluster.hierarchy import fcluster, linkage

    ranked = {place: _ranks(frame[name]) for place, name in enumerate(frame) if kind_of(frame[name]) == "number"}
    ranked = {place: ranks for place, ranks in ranked.items() if ranks.any()}
    found = list(range(-1, -1 - frame.shape[1], -1))
    if len(ranked) > 1:
        correlations = np.abs(_correlations(np.stack(list(ranked.values()))))
        distance = 1 - correlations[np.triu_indices(len(ranked), 1)]
        for place, group in zip(ranked, fcluster(linkage(distance, "complete"), 1 - ALIKE, "distance").tolist(), strict=True):
            found[place] = group
    return pd.factorize(np.array(found))[0].tolist()


def _ranks(values: pd.Series) -> Floats:
    """Twice the rank of each value less the mean, which is whole, so that sums of products are exact and no order of adding matters."""
    from scipy.stats import rankdata

    known = numbers(values).astype(np.float64)
    return np.asarray(2 * rankdata(np.where(np.isnan(known), np.inf, known)) - (len(known) + 1), np.float64)


def _correlations(ranks: Floats) -> Floats:
    products = ranks @ ranks.T
    deviations = np.sqrt(np.diag(products))
    return np.asarray(np.clip(products / np.outer(deviations, deviations), -1, 1), np.float64)


def _spread(chosen: npt.NDArray[np.bool_], most: int) -> npt.NDArray[np.int64]:
    """The chosen rows, evenly spaced where there are more than `most`."""
    rows = np.flatnonzero(chosen)
    return rows[:: max(1, -(-len(rows) // most))]


def _frequent(values: pd.Series) -> list[str]:
    counts = texts(values).astype(object).value_counts()
    return sorted(str(value) for value, count in counts.items() if count >= LEAST)


def _side(values: pd.Series, kept: list[str] | None) -> Side:
    """A column on one side; `kept` are the categories whose shares are told, None for a number."""
    rows = max(len(values), 1)
    if kept is not None:
        counts = texts(values).astype(object).value_counts()
        return Side(known=_rounded(values.notna().sum() / rows), shares={v: _rounded(counts.get(v, 0) / rows) for v in kept})
    found = numbers(values)
    known = found[~np.isnan(found)]
    median = float(np.median(known)) if len(known) else None
    return Side(median, _rounded(len(known) / rows), _rounded(np.count_nonzero(known) / rows))


def _rounded(share: float) -> float:
    return round(float(share), 6)

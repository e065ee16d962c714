"""What each number of the race means: the metrics of every as-of date, from counts made in one walk down the list.

All are per as-of date and then averaged over dates. K means min(K, groups). Ties count at their expectation over random order. On a
date without winners precision and amount at K are 0; recall, lift, NDCG, AP and AUC have no value there and are left out of the mean.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from bgml.evaluation.race.counting import DrawCounts, walk, weighted_sums
from bgml.evaluation.race.scored import Floats, Integers, Ordered, Scored

KS: Integers = np.array([10, 25, 50, 100], dtype=np.int64)
HEADLINE = "precision_at_50"
TOP_METRICS = ("precision", "recall", "lift", "amount", "ndcg")
METRICS: tuple[str, ...] = (*(f"{name}_at_{k}" for name in TOP_METRICS for k in KS), "ap", "auc", "brier")
LOWER_IS_BETTER = frozenset({"brier"})
SHARES = frozenset(name for name in METRICS if not name.startswith(("lift", "amount")))
"""Metrics that lie between 0 and 1."""
DISCOUNT: Floats = np.concatenate([[0.0], np.cumsum(1 / np.log2(np.arange(2, KS[-1] + 2)))])


def shown(metric: str) -> str:
    """The metric as people write it.

    >>> shown("precision_at_50"), shown("auc"), shown("ndcg_at_10")
    ('precision@50', 'AUC', 'NDCG@10')
    """
    name, _, k = metric.partition("_at_")
    name = {"ndcg": "NDCG", "ap": "AP", "auc": "AUC", "brier": "Brier"}.get(name, name)
    return f"{name}@{k}" if k else name


def is_amount(metric: str) -> bool:
    """Whether a metric is won amounts."""
    return metric.startswith("amount")


class Tally:
    """One model's candidates made ready for counting: sorted once, counted for as many weightings as wanted."""

    def __init__(self, scored: Scored, model: str) -> None:
        """Sort the candidates of every date by the model's score, and sum its errors by account and date."""
        self.starts: Integers = scored.starts
        self.order: Ordered = scored.ordered(model)
        self.states_probability = model in scored.propensities
        if self.states_probability:
            self._prepare_probability(scored, scored.propensities[model])

    def _prepare_probability(self, scored: Scored, propensity: Floats) -> None:
        values = np.column_stack([(propensity - scored.won) ** 2, propensity])
        first = np.ones(len(scored), bool)
        first[1:] = scored.account[1:] != scored.account[:-1]
        first[scored.starts[:-1]] = True
        rows = np.flatnonzero(first)
        self._account = scored.account[rows]
        self._account_starts = np.searchsorted(rows, scored.starts).astype(np.int64)
        self._errors: Floats = np.add.reduceat(values, rows, axis=0) if len(rows) else values

    def count(self, weights: DrawCounts) -> tuple[Floats, Floats]:
        """Metrics [dates, metrics, draws], NaN where undefined, and expected and actual winners [dates, 2, draws]."""
        dates, draws = len(self.starts) - 1, weights.shape[1]
        tops, totals = np.zeros((dates, 3, len(KS), draws)), np.zeros((dates, 4, draws))
        order = self.order
        walk(self.starts, order.winners, order.account, order.flags, order.won_amount, weights, KS, DISCOUNT, tops, totals)
        sums = np.full((dates, 2, draws), np.nan)
        if self.states_probability:
            sums[:] = 0.0
            weighted_sums(self._account_starts, self._account, self._errors, weights, sums)
        return _metrics(tops, totals, sums[:, 0]), np.stack([sums[:, 1], totals[:, 1]], axis=1)


def _metrics(tops: Floats, totals: Floats, squared_error: Floats) -> Floats:
    """The formulas: from counts in the top K and over the whole list to METRICS, in their order."""
    places, winners, precisions, inversions = (totals[:, part] for part in range(4))
    hits, amount, dcg = (tops[:, part] for part in range(3))
    with np.errstate(divide="ignore", invalid="ignore"):
        slots = np.minimum(places[:, None], KS[None, :, None])
        precision = hits / slots
        recall = hits / winners[:, None]
        lift = precision / (winners / places)[:, None]
        ideal = DISCOUNT[np.minimum(winners[:, None], KS[None, :, None]).astype(np.int64)]
        auc = 1 - inversions / (winners * (places - winners))
        whole = np.stack([precisions / winners, auc, squared_error / places], axis=1)
        amount = np.where(places[:, None] > 0, amount, np.nan)
        return np.concatenate([precision, recall, lift, amount, dcg / ideal, whole], axis=1)


def identity(scored: Scored) -> DrawCounts:
    """The weighting that counts every account once."""
    return np.ones((int(scored.account.max(initial=-1)) + 1, 1), np.uint8)


def per_date(scored: Scored) -> pd.DataFrame:
    """The metrics of every model on every date: one row per model and as_of with fold, groups, winners and METRICS (NaN: undefined)."""
    parts = []
    groups, winners = np.diff(scored.starts), np.add.reduceat(scored.won, scored.starts[:-1], dtype=np.int64)
    for model in scored.models:
        values, _ = Tally(scored, model).count(identity(scored))
        frame = pd.DataFrame(values[:, :, 0], columns=list(METRICS))
        keys = {"model": model, "as_of": scored.dates, "fold": scored.date_folds, "groups": groups, "winners": winners}
        parts.append(pd.concat([pd.DataFrame(keys), frame], axis=1))
    return pd.concat(parts, ignore_index=True)


def mean_over_dates(table: pd.DataFrame) -> pd.DataFrame:
    """Means of a `per_date` table: one row per model and metric with value and the number of dates where it is undefined."""
    grouped = table.groupby("model", sort=False)[list(METRICS)]
    value = grouped.mean().stack(future_stack=True)
    known = grouped.count().stack(future_stack=True)
    dates = table.groupby("model", sort=False).size().reindex(known.index.get_level_values(0)).to_numpy()
    means = pd.DataFrame({"value": value, "undefined_dates": dates - known})
    means.index.names = ["model", "metric"]
    return means.reset_index()

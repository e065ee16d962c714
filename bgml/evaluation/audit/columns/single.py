"""One column as a model of its own: the share of winners among training rows of like value, out of sample."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bgml.learning.examples import Examples
from bgml.scoring.columns import kind_of

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
BINS = 64
"""The most bins of a column of numbers, about equally full; one more for missing values."""
FEWEST = 20
"""A category with fewer training rows is told from nothing else that is rare; no more bins than give each so many rows."""
PRIOR = 20
"""Rows of average outcome added to every bin, so that a handful of rows says little."""
WINDOW = re.compile(r"_\d+d$")
ROWS = 200_000
"""Training rows looked at, evenly spaced: enough to know the shares of 64 bins."""


@dataclass(frozen=True)
class Bins:
    """How values of a column are told apart: by `edges` between numbers, or by category."""

    edges: npt.NDArray[np.float32] | None
    places: Mapping[str, int]

    @classmethod
    def of(cls, values: pd.Series[Any]) -> Bins:
        """The bins that the training values of a column show."""
        if kind_of(values) == "number":
            known = values.to_numpy(np.float32)
            known = known[~np.isnan(known)]
            shares = np.linspace(0, 1, 1 + min(BINS, max(2, len(known) // FEWEST)))[1:-1]
            cuts = np.quantile(known, shares, method="higher") if len(known) else known
            return cls(np.unique(cuts).astype(np.float32), {})
        counts = values.astype("object").value_counts()
        return cls(None, {str(value): place for place, value in enumerate(counts[counts >= FEWEST].index)})

    @property
    def size(self) -> int:
        """Codes there are, those of rare and of missing values included."""
        return (len(self.edges) + 2) if self.edges is not None else len(self.places) + 2

    def codes(self, values: pd.Series[Any]) -> Integers:
        """The bin of each value; the last one holds the missing."""
        if self.edges is not None:
            numbers = values.to_numpy(np.float32)
            return np.where(np.isnan(numbers), self.size - 1, np.searchsorted(self.edges, numbers, side="left")).astype(np.int64)
        texts = values.astype("category")
        place = [self.places.get(str(value), len(self.places)) for value in texts.cat.categories]
        return np.array([*place, self.size - 1], np.int64)[texts.cat.codes.to_numpy()]


def single_scores(train: pd.Series[Any], won: npt.NDArray[np.bool_], test: pd.Series[Any]) -> Floats:
    """The share of winners, a little smoothed, among the training rows in the bin of each test value."""
    bins = Bins.of(train)
    codes = bins.codes(train)
    rows, wins = (np.bincount(codes, weights, bins.size) for weights in (None, won.astype(np.float64)))
    share = (wins + PRIOR * won.mean()) / (rows + PRIOR)
    return np.asarray(share[bins.codes(test)], np.float64)


def date_aucs(scores: Floats, won: npt.NDArray[np.bool_], date: Integers) -> Floats:
    """The AUC of each date (0, 1, ...), ties at their expectation; NaN on a date without a winner or without a loser.

    Scores are few distinct values: pairs are counted value by value.
    """
    values, code = np.unique(scores, return_inverse=True)
    shape = int(date.max(initial=-1)) + 1, len(values)
    cell = date * shape[1] + code
    rows = np.bincount(cell, minlength=shape[0] * shape[1]).reshape(shape)
    wins = np.bincount(cell, won.astype(np.float64), minlength=shape[0] * shape[1]).reshape(shape)
    losses = rows - wins
    below = np.cumsum(losses, axis=1) - losses
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray((wins * (below + losses / 2)).sum(axis=1) / (wins.sum(axis=1) * losses.sum(axis=1)), np.float64)


def single_aucs(train: Examples, test: Examples) -> dict[str, Floats]:
    """For each column, the AUC on every test date of the column alone, its shares of winners learned on the training rows."""
    rows = np.arange(0, len(train), max(1, len(train) // ROWS))
    won, date = train.won[rows] == 1, np.unique(test.as_of, return_inverse=True)[1].astype(np.int64)
    found = {}
    for name in map(str, test.features.columns):
        scores = single_scores(train.features[name].iloc[rows], won, test.features[name])
        found[name] = date_aucs(scores, test.won == 1, date)
    return found


def near_copies(examples: Examples, name: str, least: float = 0.98) -> list[str]:
    """The columns that say the same as `name`, itself first: other windows of it, and those that order rows nearly as it does (rank
    correlation of at least `least` either way).
    """
    rows = np.arange(0, len(examples), max(1, len(examples) // 20_000))
    names, stem = [str(column) for column in examples.features.columns], WINDOW.sub("", name)
    windows = {other for other in names if WINDOW.search(other) and WINDOW.sub("", other) == stem}
    alike = set() if kind_of(examples.features[name]) == "category" else _alike(examples.features.iloc[rows], name, least)
    return [name, *(other for other in names if other != name and other in windows | alike)]


def _alike(rows: pd.DataFrame, name: str, least: float) -> set[str]:
    """The columns of numbers whose ranks correlate with those of `name`."""
    own, found = _ranks(rows[name]), set()
    for other in (str(column) for column in rows.columns if kind_of(rows[column]) == "number"):
        ranks = _ranks(rows[other])
        scale = np.sqrt((own**2).sum() * (ranks**2).sum())
        if scale > 0 and abs((own * ranks).sum()) / scale >= least:
            found.add(other)
    return found


def _ranks(values: pd.Series[Any]) -> Floats:
    """Centred ranks, missing values the lowest."""
    ranks = values.rank(na_option="top").to_numpy(np.float64)
    return np.asarray(ranks - ranks.mean(), np.float64)

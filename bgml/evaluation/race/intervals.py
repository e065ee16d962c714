"""How sure a metric is: the bootstrap by account, the same draws for every model and date.

A draw gives each account a multiplicity; fitted models stay fixed and the top K is refilled in score order, a group taking as many
places as its account was drawn. The same draws for all models make the interval of a difference of two models a paired one.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import numpy.typing as npt

from bgml.errors import ModelError, nearest
from bgml.evaluation.race.counting import DrawCounts, multiplicities
from bgml.evaluation.race.metrics import METRICS, Tally
from bgml.evaluation.race.scored import Floats, Integers, Scored
from bgml.project import Progress, quiet

DRAWS = 1000
LEVEL = (2.5, 97.5)
"""Percentiles of a 95% interval where very many accounts won."""
_BATCH = 64


@dataclass(frozen=True)
class Estimate:
    """A value with its 95% interval; NaN where it is undefined. `undefined_dates` says on how many dates it has no value."""

    value: float
    low: float
    high: float
    undefined_dates: int = 0

    @property
    def excludes_zero(self) -> bool:
        """Whether the whole interval lies on one side of zero."""
        return bool(self.low > 0 or self.high < 0)

    def plain(self) -> dict[str, float | None]:
        """Value and interval as JSON has them; what is undefined is null."""
        parts = {"value": self.value, "low": self.low, "high": self.high}
        return {name: part if math.isfinite(part) else None for name, part in parts.items()}


@dataclass(frozen=True)
class Race:
    """The metrics of all models on the same candidates, for the data as it is (draw 0) and for each bootstrap draw.

    `sums` and `defined` [folds, models, METRICS, 1 + draws]: the sum over the dates that have a value, and their number. `winners`
    [folds, models, 2, 1 + draws]: expected winners (sum of propensities) and actual ones. `by_date` [dates, models, METRICS].
    `level`: the percentiles of a 95% interval over all folds; `fold_levels`: those in each fold, where they are known.
    """

    models: tuple[str, ...]
    folds: Integers
    dates: np.ndarray
    date_folds: Integers
    by_date: Floats
    sums: Floats
    defined: Floats
    winners: Floats
    level: tuple[float, float] = LEVEL
    fold_levels: tuple[tuple[float, float], ...] = ()

    def estimate(self, model: str, metric: str, fold: int | None = None) -> Estimate:
        """The mean over dates of one metric of one model, over all folds or in one."""
        undefined = int(np.isnan(self.by_date[self._rows(fold), self._place(model), METRICS.index(metric)]).sum())
        return estimate_of(self._draws(model, metric, fold), undefined, self._level(fold))

    def difference(self, model: str, rival: str, metric: str, fold: int | None = None) -> Estimate:
        """How much higher the metric of `model` is than that of `rival`, paired draw by draw."""
        return estimate_of(self._draws(model, metric, fold) - self._draws(rival, metric, fold), level=self._level(fold))

    def ratio(self, model: str, rival: str, metric: str) -> Estimate:
        """The metric of `model` as a share of that of `rival`, paired draw by draw."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return estimate_of(self._draws(model, metric) / self._draws(rival, metric), level=self.level)

    def predicted_over_observed(self, model: str) -> Estimate:
        """Sum of propensities over the number of winning groups, over all dates; NaN for a model that states no probability."""
        expected, actual = self.winners[:, self._place(model)].sum(axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            return estimate_of(np.where(actual > 0, expected / actual, np.nan), level=self.level)

    def _draws(self, model: str, metric: str, fold: int | None = None) -> Floats:
        chosen = slice(None) if fold is None else np.flatnonzero(self.folds == fold)
        place = self._place(model), METRICS.index(metric)
        sums, defined = (part[chosen, place[0], place[1]].sum(axis=0) for part in (self.sums, self.defined))
        with np.errstate(divide="ignore", invalid="ignore"):
            means: Floats = np.where(defined > 0, sums / defined, np.nan)
        return means

    def _level(self, fold: int | None) -> tuple[float, float]:
        by_fold: dict[int | None, tuple[float, float]] = dict(zip(self.folds.tolist(), self.fold_levels, strict=False))
        return by_fold.get(fold, self.level)

    def _rows(self, fold: int | None) -> np.ndarray:
        return np.full(len(self.dates), True) if fold is None else self.date_folds == fold

    def _place(self, model: str) -> int:
        if model not in self.models:
            raise ModelError(f'no model "{model}" in this race of {", ".join(self.models)}{nearest(model, self.models)}')
        return self.models.index(model)


def estimate_of(draws: Floats, undefined_dates: int = 0, level: tuple[float, float] = LEVEL) -> Estimate:
    """Value of draw 0 and the percentile interval of the other draws; without draws the interval is unknown."""
    others = draws[1:][np.isfinite(draws[1:])]
    low, high = np.percentile(others, level) if len(others) else (np.nan, np.nan)
    return Estimate(float(draws[0]), float(low), float(high), undefined_dates)


def race(scored: Scored, *, draws: int = DRAWS, seed: int = 0, threads: int = 1, progress: Progress = quiet) -> Race:
    """Count every model on the data as it is and on `draws` bootstrap draws of its accounts.

    The result depends on `seed`, not on the number of threads. Memory: the sorted candidates of every model (13 bytes a row), and 64
    bytes per account and thread for the draws.
    """
    accounts, codes = np.unique(scored.account, return_inverse=True)
    scored = replace(scored, account=codes.astype(np.int32))
    folds = np.unique(scored.date_folds)
    batches = weightings(len(accounts), draws, seed)
    with ThreadPoolExecutor(max(threads, 1)) as pool:
        tallies = list(pool.map(lambda model: Tally(scored, model), scored.models))

        def count(batch: int) -> tuple[Floats, Floats, Floats, Floats]:
            weights = batches[batch]()
            values, winners = (np.stack(part, axis=1) for part in zip(*(tally.count(weights) for tally in tallies), strict=True))
            known = ~np.isnan(values)
            by_fold = [_sum_by_fold(part, scored.date_folds, folds) for part in (np.where(known, values, 0.0), known, winners)]
            return values[..., 0] if batch == 0 else np.zeros(0), by_fold[0], by_fold[1], by_fold[2]

        done = []
        for batch in pool.map(count, range(len(batches))):
            done.append(batch)
            progress("bootstrap", len(done), len(batches))
    sums, defined, winners = (np.concatenate([batch[part] for batch in done], axis=-1) for part in (1, 2, 3))
    levels = tuple(level_for(scored.account[scored.won & (scored.fold == fold)]) for fold in folds)
    whole = level_for(scored.account[scored.won])
    return Race(scored.models, folds, scored.dates, scored.date_folds, done[0][0], sums, defined, winners, whole, levels)


def level_for(winners: Integers | npt.NDArray[np.int32]) -> tuple[float, float]:
    """Percentiles for a 95% interval when `winners`, the account of each winning row, is all there is to go by.

    The bootstrap takes the spread it saw for the true one and the normal's tails for its own, too narrow where few accounts won: Student's
    quantile and n / (n - 1) mend that ("expanded percentile interval", Hesterberg 2015, The American Statistician 69:371). n is how
    many equal accounts those that won are worth (Kish), because they bring the evidence; at least 2.
    """
    from scipy.special import ndtr, stdtrit

    rows = np.unique(winners, return_counts=True)[1].astype(np.float64)
    worth = max(float(rows.sum() ** 2 / (rows**2).sum()), 2.0) if len(rows) else 2.0
    tail = 100 * float(ndtr(-stdtrit(worth - 1, LEVEL[1] / 100) * np.sqrt(worth / (worth - 1))))
    return tail, 100 - tail


def weightings(accounts: int, draws: int, seed: int) -> list[Callable[[], DrawCounts]]:
    """The data as it is and the draws after it, in batches that are made when called: multiplicities [accounts, draws of the batch].

    The same arguments give the same draws, so that whatever counts by them is paired with the race.
    """
    sizes = [min(_BATCH, 1 + draws - first) for first in range(0, 1 + draws, _BATCH)]
    seeds = np.random.SeedSequence(seed).spawn(len(sizes))
    return [partial(_weights, accounts, size, seeds[batch], keep_first=batch == 0) for batch, size in enumerate(sizes)]


def _weights(accounts: int, draws: int, seed: np.random.SeedSequence, *, keep_first: bool) -> DrawCounts:
    """Multiplicities [accounts, draws] of as many accounts drawn with replacement; the first draw is the data itself on request."""
    weights = np.zeros((accounts, draws), np.uint8)
    drawn = np.random.default_rng(seed).integers(0, max(accounts, 1), (draws, accounts), dtype=np.int32)
    multiplicities(drawn, weights)
    if keep_first:
        weights[:, 0] = 1
    return weights


def _sum_by_fold(values: np.ndarray, date_folds: Integers, folds: Integers) -> Floats:
    """Sums over the dates of each fold: [dates, ...] to [folds, ...]."""
    return np.stack([values[date_folds == fold].sum(axis=0, dtype=np.float64) for fold in folds])

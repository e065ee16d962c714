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
from bgml.evaluation.race.metrics import METRICS, SHARES, Tally, is_amount
from bgml.evaluation.race.scored import Floats, Integers, Scored
from bgml.project import Progress, quiet

DRAWS = 1000
LEVEL = (2.5, 97.5)
"""Percentiles of a 95% interval where very many accounts won."""
FEWEST = 3.0
"""Equal accounts that any evidence is taken to be worth at least: with two, Student's quantile reaches beyond all reason."""
FARTHEST = 700.0
"""As far as an exponential has a value."""
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
class Worth:
    """How many equal accounts those that won are worth, by their winning rows and by the amounts they brought."""

    rows: float
    amounts: float

    @classmethod
    def of(cls, scored: Scored, inside: npt.NDArray[np.bool_] | slice = slice(None)) -> Worth:
        """That of the candidates `inside`."""
        won, account = scored.won[inside], scored.account[inside]
        return cls(equal_accounts(account[won]), equal_accounts(account[won], np.nan_to_num(scored.amount[inside][won])))

    def behind(self, metric: str) -> float:
        """What stands behind a metric: amounts behind one of amounts, winning rows behind all others."""
        return self.amounts if is_amount(metric) else self.rows


MUCH = Worth(math.inf, math.inf)


@dataclass(frozen=True)
class Race:
    """The metrics of all models on the same candidates, for the data as it is (draw 0) and for each bootstrap draw.

    `sums` and `defined` [folds, models, METRICS, 1 + draws]: the sum over the dates that have a value, and their number. `winners`
    [folds, models, 2, 1 + draws]: expected winners (sum of propensities) and actual ones. `by_date` [dates, models, METRICS].
    `worth`: what the evidence behind it comes to over all folds, `fold_worth` in each one, where that is known.
    """

    models: tuple[str, ...]
    folds: Integers
    dates: np.ndarray
    date_folds: Integers
    by_date: Floats
    sums: Floats
    defined: Floats
    winners: Floats
    worth: Worth = MUCH
    fold_worth: tuple[Worth, ...] = ()

    def estimate(self, model: str, metric: str, fold: int | None = None) -> Estimate:
        """The mean over dates of one metric of one model, over all folds or in one."""
        undefined = int(np.isnan(self.by_date[self._rows(fold), self._place(model), METRICS.index(metric)]).sum())
        return estimate_of_metric(metric, self._draws(model, metric, fold), self._worth(fold).behind(metric), undefined)

    def difference(self, model: str, rival: str, metric: str, fold: int | None = None) -> Estimate:
        """How much higher the metric of `model` is than that of `rival`, paired draw by draw."""
        draws = self._draws(model, metric, fold) - self._draws(rival, metric, fold)
        return estimate_of(draws, level=level_at(self._worth(fold).behind(metric)))

    def ratio(self, model: str, rival: str, metric: str) -> Estimate:
        """The metric of `model` as a share of that of `rival`, paired draw by draw."""
        with np.errstate(divide="ignore", invalid="ignore"):
            draws = self._draws(model, metric) / self._draws(rival, metric)
        return estimate_of(draws, level=level_at(self.worth.behind(metric)))

    def predicted_over_observed(self, model: str) -> Estimate:
        """Sum of propensities over the number of winning groups, over all dates; NaN for a model that states no probability."""
        expected, actual = self.winners[:, self._place(model)].sum(axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            draws = np.where(actual > 0, expected / actual, np.nan)
        return estimate_of(draws, level=level_at(self.worth.rows))

    def _draws(self, model: str, metric: str, fold: int | None = None) -> Floats:
        chosen = slice(None) if fold is None else np.flatnonzero(self.folds == fold)
        place = self._place(model), METRICS.index(metric)
        sums, defined = (part[chosen, place[0], place[1]].sum(axis=0) for part in (self.sums, self.defined))
        with np.errstate(divide="ignore", invalid="ignore"):
            means: Floats = np.where(defined > 0, sums / defined, np.nan)
        return means

    def _worth(self, fold: int | None) -> Worth:
        by_fold: dict[int | None, Worth] = dict(zip(self.folds.tolist(), self.fold_worth, strict=False))
        return by_fold.get(fold, self.worth)

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


def estimate_of_metric(metric: str, draws: Floats, worth: float, undefined_dates: int = 0) -> Estimate:
    """Value of draw 0 and its interval, where `worth` equal accounts stand behind it.

    The mean of a share near 0 or 1, or of amounts of which a few large ones are most, is the surer the further it is off, so that its
    percentiles miss on one side. On the scale of the log-odds (the logit interval of Brown, Cai & DasGupta 2001, Statistical Science
    16:101), or of the logarithm, it is equally sure everywhere: there the interval reaches as far both ways, by the draws' standard
    deviation. Other metrics, and a share of 0 or 1, have the draws' percentiles.
    """
    value, others = float(draws[0]), draws[1:][np.isfinite(draws[1:])]
    amount, share = is_amount(metric) and value > 0, metric in SHARES and 0 < value < 1
    if not len(others) or not (amount or share):
        return estimate_of(draws, undefined_dates, level_at(worth))
    slope = value if amount else value * (1 - value)
    times = math.exp(min(reach(worth) * float(others.std()) / slope, FARTHEST))
    if amount:
        return Estimate(value, value / times, value * times, undefined_dates)
    return Estimate(value, value / (value + (1 - value) * times), value / (value + (1 - value) / times), undefined_dates)


def equal_accounts(account: Integers | npt.NDArray[np.int32], weight: Floats | None = None) -> float:
    """How many equal accounts some rows are worth as evidence, at least FEWEST: (sum of w)^2 / (sum of w^2), w what an account weighs.

    That is its number of rows, or the sum of their weights: an account that won on many dates, or a deal larger than all others, counts
    for much of what is known, and leaves the others the less to say (the effective sample size of Kish, Survey Sampling, 1965).
    """
    each = np.bincount(np.unique(account, return_inverse=True)[1], weight).astype(np.float64)
    return max(float(each.sum() ** 2 / (each**2).sum()), FEWEST) if each.any() else FEWEST


def reach(worth: float) -> float:
    """How many standard deviations of the draws a 95% interval reaches from its middle, where `worth` equal accounts are the evidence.

    The bootstrap takes the spread it saw for the true one and the normal's tails for its own, too narrow where few accounts won: Student's
    quantile and n / (n - 1) mend that ("expanded percentile interval", Hesterberg 2015, The American Statistician 69:371).
    """
    from scipy.special import stdtrit

    return float(stdtrit(worth - 1, LEVEL[1] / 100) * np.sqrt(1 + 1 / (worth - 1)))


def level_at(worth: float) -> tuple[float, float]:
    """The percentiles of the draws that lie that far out where these are normal."""
    from scipy.special import ndtr

    tail = 100 * float(ndtr(-reach(worth)))
    return tail, 100 - tail


def level_for(winners: Integers | npt.NDArray[np.int32]) -> tuple[float, float]:
    """Percentiles for a 95% interval when `winners`, the account of each winning row, is all there is to go by."""
    return level_at(equal_accounts(winners))


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
    by_fold = tuple(Worth.of(scored, scored.fold == fold) for fold in folds)
    return Race(scored.models, folds, scored.dates, scored.date_folds, done[0][0], sums, defined, winners, Worth.of(scored), by_fold)


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

"""Whether stated probabilities come true: bins of like propensities, the calibration slope, the parts of the Brier score.

Everything is pooled over the dates, a row counting once; intervals are the bootstrap by account, paired with the race.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from bgml.evaluation.race.counting import DrawCounts, weighted_sums
from bgml.evaluation.race.intervals import DRAWS, Estimate, estimate_of, level_for, weightings
from bgml.evaluation.race.scored import Floats, Integers, Scored

QUANTILES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995)
"""Where bins end, as shares of the candidates by propensity: equal counts, and finer at the top, where sales looks."""
LEAST = 10
"""Distinct won opportunities a bin must hold; it takes in its neighbour below until it does."""
FINE = 128
"""Steps of log odds in which the slope is fitted."""
SMALLEST = 1e-9
"""Propensities are kept this far from 0 and 1 where their log odds are taken."""
STEPS = 50


@dataclass(frozen=True)
class Bin:
    """Candidates shown from `start` to `end`: what was predicted on average, and how many of them won."""

    start: float
    end: float
    predicted: float
    observed: Estimate
    rows: int
    won_opportunities: int


@dataclass(frozen=True)
class Brier:
    """value = reliability - resolution + uncertainty + remainder (Murphy 1973, by the bins).

    reliability: how far bins are from what they promise, 0 is best; resolution: how far they are from each other, more is better;
    uncertainty: the base rate's own; remainder: what differs within bins (Stephenson, Coelho & Jolliffe 2008).
    """

    value: float
    reliability: float
    resolution: float
    uncertainty: float
    remainder: float


@dataclass(frozen=True)
class Reliability:
    """One entry's propensities against what came: bins from the lowest to the highest, slope and intercept of the log odds."""

    bins: tuple[Bin, ...]
    slope: Estimate
    intercept: Estimate
    brier: Brier


def reliability(scored: Scored, models: Iterable[str], *, draws: int = DRAWS, seed: int = 0, threads: int = 1) -> dict[str, Reliability]:
    """The reliability of each model that states a probability, in their order. At least one candidate must have won."""
    accounts, codes = np.unique(scored.account, return_inverse=True)
    named = [model for model in models if model in scored.propensities]
    batches = weightings(len(accounts), draws, seed)
    deals = WonBy.of(scored)
    with ThreadPoolExecutor(max(threads, 1)) as pool:
        counted = list(pool.map(lambda model: _Counted(scored, scored.propensities[model], codes, deals), named))

        def count(batch: int) -> list[tuple[Floats, Floats]]:
            weights = batches[batch]()
            return [one.count(weights) for one in counted]

        done = list(pool.map(count, range(len(batches))))
    return {model: counted[place].found([batch[place] for batch in done]) for place, model in enumerate(named)}


@dataclass(frozen=True)
class WonBy:
    """Which won opportunity (a code) stands behind which winning row; where the target is none, the groups that reached it."""

    row: Integers
    code: Integers

    @classmethod
    def of(cls, scored: Scored) -> WonBy:
        """The deals behind the scored candidates."""
        if scored.deals["opportunity_id"].notna().any():
            known = scored.deals[scored.deals["opportunity_id"].notna()]
            return cls(known["row"].to_numpy(np.int64), pd.factorize(known["opportunity_id"])[0].astype(np.int64))
        rows = np.flatnonzero(scored.won)
        return cls(rows, scored.account[rows].astype(np.int64) * (int(scored.topic.max(initial=0)) + 1) + scored.topic[rows])

    def distinct(self, mask: npt.NDArray[np.bool_]) -> int:
        """How many different ones stand behind the rows of the mask."""
        return len(np.unique(self.code[mask[self.row]]))


def bin_edges(propensity: Floats, deals: WonBy, least: int = LEAST) -> Floats:
    """Where the bins begin, ascending: [edges[i], edges[i+1]) is one, the last is open.

    Quantiles of the propensities, from the top down; a bin takes in the one below until `least` opportunities stand behind it, and
    what is left at the bottom without as many joins the last one. Equal propensities are never parted.
    """
    wanted = np.unique(np.quantile(propensity, (0.0, *QUANTILES), method="higher"))
    of_deal = np.searchsorted(wanted, propensity[deals.row], side="right") - 1
    kept, above = list[float](), len(wanted)
    for low in range(len(wanted) - 1, -1, -1):
        inside = (of_deal >= low) & (of_deal < above)
        if len(np.unique(deals.code[inside])) >= least:
            kept.append(float(wanted[low]))
            above = low
    return np.array([wanted[0], *sorted(kept)[1:]])


class _Counted:
    """One model's candidates, summed by bin and account so that any weighting of the accounts is quickly counted."""

    def __init__(self, scored: Scored, propensity: Floats, account: Integers, deals: WonBy) -> None:
        self.propensity, self.won, self.deals = propensity, scored.won, deals
        self.account, self.level = account, level_for(account[scored.won])
        self.edges = bin_edges(propensity, deals)
        self.place: Integers = np.searchsorted(self.edges, propensity, side="right") - 1
        clipped = np.clip(propensity, SMALLEST, 1 - SMALLEST)
        log_odds = np.log(clipped / (1 - clipped))
        low, high = log_odds.min(), log_odds.max()
        step = ((log_odds - low) / ((high - low) or 1.0) * FINE).astype(np.int64).clip(0, FINE - 1)
        self.log_odds = np.bincount(step, log_odds, FINE) / np.maximum(np.bincount(step, minlength=FINE), 1)
        self.coarse = _by_account(self.place, len(self.edges), account, scored.won)
        self.fine = _by_account(step, FINE, account, scored.won)

    def count(self, weights: DrawCounts) -> tuple[Floats, Floats]:
        """Observed rate [bins, draws], and slope and intercept [2, draws]."""
        rows, won = _weighted(self.coarse, weights)
        with np.errstate(divide="ignore", invalid="ignore"):
            rate: Floats = np.where(rows > 0, won / rows, np.nan)
        return rate, logistic_line(self.log_odds, *_weighted(self.fine, weights))

    def found(self, batches: list[tuple[Floats, Floats]]) -> Reliability:
        """All draws together, as what is reported."""
        rate, line = (np.concatenate([batch[part] for batch in batches], axis=-1) for part in (0, 1))
        ends = [*self.edges[1:], float(self.propensity.max())]
        bins = []
        for number, (start, end) in enumerate(zip(self.edges.tolist(), ends, strict=True)):
            inside = self.place == number
            predicted, observed = float(self.propensity[inside].mean()), self._rate(rate[number], inside)
            bins.append(Bin(start, float(end), predicted, observed, int(inside.sum()), self.deals.distinct(inside)))
        slope, intercept = (estimate_of(part, level=self.level) for part in line)
        return Reliability(tuple(bins), slope, intercept, brier(self.propensity, self.won, self.place))

    def _rate(self, draws: Floats, inside: npt.NDArray[np.bool_]) -> Estimate:
        """The rate of one bin, as sure as the accounts that won in it make it."""
        return estimate_of(draws, level=level_for(self.account[inside & self.won]))


def brier(propensity: Floats, won: npt.NDArray[np.bool_], place: Integers) -> Brier:
    """The mean squared error of the propensities in its parts; `place` is the bin of each."""
    rows = np.bincount(place)
    held = rows > 0
    rows = rows[held]
    predicted, observed = (np.bincount(place, values)[held] / rows for values in (propensity, won))
    base, value = float(won.mean()), float(((propensity - won) ** 2).mean())
    off = float((rows * (predicted - observed) ** 2).sum() / len(won))
    apart = float((rows * (observed - base) ** 2).sum() / len(won))
    own = base * (1 - base)
    return Brier(value, off, apart, own, value - (off - apart + own))


_Cells = tuple[Integers, npt.NDArray[np.int32], Floats]


def _by_account(place: Integers, bins: int, account: Integers, won: npt.NDArray[np.bool_]) -> _Cells:
    """Where each bin starts among the cells (bin, account) that hold rows, the cells' accounts, and their rows and winners."""
    key = place * (int(account.max(initial=0)) + 1) + account
    cell, which = np.unique(key, return_inverse=True)
    values = np.column_stack([np.bincount(which), np.bincount(which, won)]).astype(np.float64)
    starts = np.searchsorted(cell // (int(account.max(initial=0)) + 1), np.arange(bins + 1))
    return starts.astype(np.int64), (cell % (int(account.max(initial=0)) + 1)).astype(np.int32), values


def _weighted(cells: _Cells, weights: DrawCounts) -> tuple[Floats, Floats]:
    """Rows and winners [bins, draws] under each weighting."""
    sums = np.zeros((len(cells[0]) - 1, 2, weights.shape[1]))
    weighted_sums(*cells, weights, sums)
    return sums[:, 0], sums[:, 1]


def logistic_line(log_odds: Floats, rows: Floats, won: Floats) -> Floats:
    """Slope and intercept [2, draws] of the logistic regression of winning on the log odds stated, by Newton's method.

    log_odds [bins]; rows, won [bins, draws]. Slope 1 and intercept 0 are right; a slope below 1 says that propensities are spread too
    far. NaN where it has no solution: no winner, no loser, one value only, or winners and losers wholly apart.
    """
    held = rows.any(axis=1)
    x, rows, won = log_odds[held][:, None], rows[held], won[held]
    line, size = np.stack([np.ones(rows.shape[1]), np.zeros(rows.shape[1])]), np.ones(rows.shape[1])
    with np.errstate(all="ignore"):
        loss, step, steepness = _newton(x, rows, won, line)
        for _ in range(STEPS):
            tried = line + size * step
            result = _newton(x, rows, won, tried)
            better = result[0] <= loss * (1 + 1e-12)
            size = np.where(better, np.minimum(1.0, 2 * size), size / 2)
            line = np.where(better, tried, line)
            loss, step, steepness = (np.where(better, new, old) for new, old in zip(result, (loss, step, steepness), strict=True))
            if not (np.abs(step).max(axis=0) > 1e-8).any():
                break
        # Where winners and losers are wholly apart the steps go on for ever while the curve under them vanishes.
        solved = np.isfinite(line).all(axis=0) & (np.abs(step).max(axis=0) < 1e-6) & (steepness > 0)
        return np.where(solved, line, np.nan)


def _newton(x: Floats, rows: Floats, won: Floats, line: Floats) -> tuple[Floats, Floats, Floats]:
    """Loss [draws] of each line, Newton's step from it [2, draws], and the determinant of the information [draws]."""
    logit = line[1] + line[0] * x
    loss = (rows * np.logaddexp(0.0, logit) - won * logit).sum(axis=0)
    chance = 1 / (1 + np.exp(-logit))
    residual, curve = won - rows * chance, rows * chance * (1 - chance)
    total, weight = residual.sum(axis=0), curve.sum(axis=0)
    center = (curve * x).sum(axis=0) / weight
    spread = (curve * (x - center) ** 2).sum(axis=0)
    steeper = (residual * (x - center)).sum(axis=0) / spread
    return loss, np.stack([steeper, total / weight - steeper * center]), weight * spread

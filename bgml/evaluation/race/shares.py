"""What is promised at the top of the list against what comes: predicted over observed winners in the best share of every date."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numba import njit

from bgml.evaluation.race.counting import DrawCounts, weighted_sums
from bgml.evaluation.race.intervals import DRAWS, Estimate, level_for, weightings
from bgml.evaluation.race.reliability import WonBy
from bgml.evaluation.race.scored import Floats, Integers, Scored

SHARES = (0.01, 0.1)
"""The best hundredth and tenth of each date by raw score; rising."""


@dataclass(frozen=True)
class Share:
    """The best `share` of every date: what was predicted and what came, both as rates, and their ratio, 1 being right.

    The ratio's upper end is infinite where more than one in forty draws has no winner. rows: groups over all dates; won_opportunities:
    distinct ones behind them, those of a tied block at the edge included.
    """

    share: float
    predicted: float
    observed: float
    ratio: Estimate
    rows: int
    won_opportunities: int


def shares(scored: Scored, models: Iterable[str], *, draws: int = DRAWS, seed: int = 0, threads: int = 1) -> dict[str, tuple[Share, ...]]:
    """The SHARES of each model that states a probability. Equal scores at the edge of a share count at their expectation."""
    accounts, codes = np.unique(scored.account, return_inverse=True)
    named = [model for model in models if model in scored.propensities]
    batches = weightings(len(accounts), draws, seed)
    account, starts = codes.astype(np.int32), scored.starts
    with ThreadPoolExecutor(max(threads, 1)) as pool:
        ordered = list(pool.map(lambda model: _ordered(scored, model, account), named))

        def count(batch: int) -> list[Floats]:
            weights = batches[batch]()
            places = _places(starts, account, weights)
            return [_count(starts, *one, weights, places) for one in ordered]

        done = list(pool.map(count, range(len(batches))))
    deals = WonBy.of(scored)
    found = {}
    for place, model in enumerate(named):
        sums = np.concatenate([batch[place] for batch in done], axis=-1)
        found[model] = tuple(_share(scored, model, deals, share, sums[number]) for number, share in enumerate(SHARES))
    return found


def top(scored: Scored, model: str, share: float) -> npt.NDArray[np.bool_]:
    """The candidates within the best share of their date; all of a tied block at its edge."""
    score, inside = scored.scores[model], np.zeros(len(scored), bool)
    for low, high in zip(scored.starts[:-1].tolist(), scored.starts[1:].tolist(), strict=True):
        places = int(max(1, np.floor(share * (high - low) + 0.5)))
        edge = np.partition(score[low:high], -places)[-places]
        inside[low:high] = score[low:high] >= edge
    return inside


_Ordered = tuple[npt.NDArray[np.int32], npt.NDArray[np.bool_], Floats]


def _ordered(scored: Scored, model: str, account: npt.NDArray[np.int32]) -> _Ordered:
    """Account, end of a tied block, and propensity and outcome of the candidates of each date by falling score."""
    score, spans = scored.scores[model], zip(scored.starts[:-1].tolist(), scored.starts[1:].tolist(), strict=True)
    order = np.concatenate([low + np.argsort(-score[low:high], kind="stable") for low, high in spans])
    closes = np.ones(len(order), bool)
    closes[:-1] = score[order][1:] != score[order][:-1]
    closes[scored.starts[1:] - 1] = True
    return account[order], closes, np.column_stack([scored.propensities[model][order], scored.won[order]]).astype(np.float64)


def _places(starts: Integers, account: npt.NDArray[np.int32], weights: DrawCounts) -> Floats:
    """How many places each share of each date has [dates, shares, draws]: rounded, at least one where there is anyone."""
    groups = np.zeros((len(starts) - 1, 1, weights.shape[1]))
    weighted_sums(starts, account, np.ones((len(account), 1)), weights, groups)
    wanted = np.floor(np.array(SHARES)[None, :, None] * groups + 0.5)
    return np.minimum(np.maximum(wanted, 1.0), groups)


def _count(
    starts: Integers, account: npt.NDArray[np.int32], closes: npt.NDArray[np.bool_], values: Floats, weights: DrawCounts, places: Floats
) -> Floats:
    sums = np.zeros((len(SHARES), 2, weights.shape[1]))
    _walk(starts, account, closes, values, weights, places, sums)
    return sums


@njit(cache=True, nogil=True)
def _walk(
    starts: Integers, account: npt.NDArray[np.int32], closes: npt.NDArray[np.bool_], values: Floats, weights: DrawCounts, places: Floats,
    sums: Floats,
) -> None:  # fmt: skip
    """Add to `sums` [shares, 2, draws] the expected propensities and winners in the first `places` [dates, shares, draws] of each date."""
    draws = weights.shape[1]
    seen, size, block = np.zeros(draws), np.zeros(draws), np.zeros((2, draws))
    for date in range(len(starts) - 1):
        seen[:] = 0.0
        size[:] = 0.0
        block[:] = 0.0
        for row in range(starts[date], starts[date + 1]):
            copies = weights[account[row]]
            for draw in range(draws):
                size[draw] += copies[draw]
                block[0, draw] += copies[draw] * values[row, 0]
                block[1, draw] += copies[draw] * values[row, 1]
            if not closes[row]:
                continue
            beyond = True
            for draw in range(draws):
                if size[draw] > 0:
                    for share in range(places.shape[1]):
                        inside = min(size[draw], places[date, share, draw] - seen[draw])
                        if inside > 0:
                            sums[share, 0, draw] += inside / size[draw] * block[0, draw]
                            sums[share, 1, draw] += inside / size[draw] * block[1, draw]
                    seen[draw] += size[draw]
                beyond = beyond and seen[draw] >= places[date, -1, draw]
            size[:] = 0.0
            block[:] = 0.0
            if beyond:
                break


def _share(scored: Scored, model: str, deals: WonBy, share: float, sums: Floats) -> Share:
    inside = top(scored, model, share)
    rows = sum(max(1, int(np.floor(share * groups + 0.5))) for groups in np.diff(scored.starts).tolist())
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = sums[0] / sums[1]
    return Share(
        share,
        float(sums[0, 0] / rows),
        float(sums[1, 0] / rows),
        _with_infinite(ratio, level_for(scored.account[inside & scored.won])),
        rows,
        deals.distinct(inside),
    )


def _with_infinite(draws: Floats, level: tuple[float, float]) -> Estimate:
    """Value and percentile interval of ratios of which some are infinite, because a draw has no winner."""
    others = draws[1:][~np.isnan(draws[1:])]
    if not len(others):
        return Estimate(float(draws[0]), float("nan"), float("nan"))
    low = np.percentile(others, level[0], method="lower")
    high = np.percentile(others, level[1], method="higher")
    return Estimate(float(draws[0]), float(low), float(high))

"""Gains: which share of the winners stands in which share of the list, for the best model, the best baseline and chance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from bgml.evaluation.chapters.chapter import Chapter, Table
from bgml.evaluation.race.counting import DrawCounts, multiplicities
from bgml.evaluation.race.intervals import LEVEL
from bgml.evaluation.race.scored import CLOSES, WON, Floats, Integers, Scored
from bgml.evaluation.race.truth import TRUTH

if TYPE_CHECKING:
    import numpy.typing as npt

    from bgml.evaluation.chapters.tested import Tested
    from bgml.evaluation.evaluation import Evaluation

SHARES: Floats = np.linspace(0, 1, 101)
TOLD = (1, 5, 10, 20, 50)
"""Percent of the list that the table tells."""
SAID = 10
"""Percent of the list that the sentence is about."""
DRAWS = 200
"""Enough for the band of a picture."""

Curve = Mapping[str, Floats]


def gains(evaluation: Evaluation, tested: Tested) -> Chapter | None:
    """The mean over dates of the share of the date's winners found, by the share of its list worked; None without a winner.

    Data: "shares" (0 to 1), "dates" with a winner, "curves": entry -> "found", "low", "high", each a value per share.
    """
    if not tested.scored.won.any():
        return None
    best = [*evaluation.trained[:1], *([evaluation.best_baseline] if evaluation.best_baseline else [])]
    entries = [*best, *([TRUTH] if evaluation.has_truth else [])]
    curves = curves_of(tested.scored, entries, draws=min(tested.draws, DRAWS), seed=tested.seed, threads=tested.project.threads())
    dates = int((np.add.reduceat(tested.scored.won, tested.scored.starts[:-1], dtype=np.int64) > 0).sum())
    plain = {name: {part: _plain(values) for part, values in curve.items()} for name, curve in curves.items()}
    rows = tuple((f"{percent}%", *(_told(curve, percent) for curve in curves.values()), f"{percent}%") for percent in TOLD)
    table = Table(("of each date's list", *curves, "any order"), rows, "Share of the date's winners found, mean over dates [95%]")
    return Chapter("gains", "Gains", tuple(_said(curves, best)), (table,), {"shares": _plain(SHARES), "dates": dates, "curves": plain})


def curves_of(scored: Scored, entries: Sequence[str], *, draws: int, seed: int, threads: int = 1) -> dict[str, Curve]:
    """For each entry the share of winners found at SHARES ("found"), with the ends of its interval by account ("low", "high").

    Groups of equal score count at their expectation over random order. Without draws the interval is NaN. The result does not depend
    on `threads`.
    """
    accounts, codes = np.unique(scored.account, return_inverse=True)
    scored = replace(scored, account=codes.astype(np.int32))
    weights = _weights(len(accounts), draws, seed)

    def curve(name: str) -> Curve:
        order = scored.ordered(name)
        sums, defined = np.zeros((1 + draws, len(SHARES))), np.zeros(1 + draws)
        add_found(scored.starts, order.account, order.flags, weights, SHARES, sums, defined)
        means = sums / np.where(defined > 0, defined, np.nan)[:, None]
        spread = means[1:][defined[1:] > 0]
        low, high = np.percentile(spread, LEVEL, axis=0) if len(spread) else np.full((2, len(SHARES)), np.nan)
        return {"found": means[0], "low": low, "high": high}

    with ThreadPoolExecutor(max(threads, 1)) as pool:
        return dict(zip(entries, pool.map(curve, entries), strict=True))


@njit(cache=True, nogil=True)
def add_found(
    starts: Integers, account: npt.NDArray[np.int32], flags: npt.NDArray[np.uint8], weights: DrawCounts, shares: Floats,
    sums: Floats, defined: Floats,
) -> None:  # fmt: skip
    """Add to `sums` [draws, shares] the share of each date's winners found, and to `defined` [draws] the dates that have a winner.

    A row of the ordered list counts its account's multiplicity (`weights` [accounts, draws]) times; a tied block is passed evenly.
    """
    draws = weights.shape[1]
    for date in range(len(starts) - 1):
        total, winners = np.zeros(draws), np.zeros(draws)
        for row in range(starts[date], starts[date + 1]):
            copies = weights[account[row]]
            for draw in range(draws):
                total[draw] += copies[draw]
                winners[draw] += copies[draw] * (flags[row] & WON)
        seen, found, size, wins = np.zeros(draws), np.zeros(draws), np.zeros(draws), np.zeros(draws)
        reached = np.zeros(draws, np.int64)
        for row in range(starts[date], starts[date + 1]):
            copies = weights[account[row]]
            for draw in range(draws):
                size[draw] += copies[draw]
                wins[draw] += copies[draw] * (flags[row] & WON)
            if flags[row] & CLOSES:
                for draw in range(draws):
                    if winners[draw] > 0 and size[draw] > 0:
                        place = reached[draw]
                        while place < len(shares) and shares[place] * total[draw] <= seen[draw] + size[draw]:
                            inside = (shares[place] * total[draw] - seen[draw]) / size[draw]
                            sums[draw, place] += (found[draw] + inside * wins[draw]) / winners[draw]
                            place += 1
                        reached[draw] = place
                    seen[draw] += size[draw]
                    found[draw] += wins[draw]
                    size[draw] = 0.0
                    wins[draw] = 0.0
        for draw in range(draws):
            if winners[draw] > 0:
                defined[draw] += 1


def _weights(accounts: int, draws: int, seed: int) -> DrawCounts:
    """Multiplicities [accounts, 1 + draws]: the data as it is, then accounts drawn with replacement."""
    weights = np.zeros((accounts, 1 + draws), np.uint8)
    drawn = np.random.default_rng(seed).integers(0, accounts, (draws, accounts), dtype=np.int32)
    multiplicities(drawn, weights[:, 1:])
    weights[:, 0] = 1
    return weights


def _said(curves: Mapping[str, Curve], best: Sequence[str]) -> Iterator[str]:
    """What the first tenth of the list holds, for the best model and the best baseline."""
    if not best:
        return
    held = [f"{_share(curves[name]['found'][SAID])} with {name}" for name in best]
    yield f"The first {SAID}% of a date's list hold {' and '.join(held)} of that date's winners, on average; in any order {SAID}%."


def _told(curve: Curve, percent: int) -> str:
    """A value of a curve with its interval, as a table shows it."""
    found, low, high = (curve[part][percent] for part in ("found", "low", "high"))
    return _share(found) + (f" [{_share(low)}, {_share(high)}]" if np.isfinite(low) else "")


def _share(value: float) -> str:
    return f"{value:.0%}" if value >= 0.1 else f"{value:.1%}"


def _plain(values: Floats) -> list[float | None]:
    """Numbers as JSON has them, to six digits."""
    return [round(float(value), 6) if np.isfinite(value) else None for value in values]

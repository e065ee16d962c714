"""One walk down a ranked list that counts winners for many weightings of the accounts at once.

A weighting gives every account a whole multiplicity; a group stands in the list as many times as its account's. All ones is the list
itself, a bootstrap draw is any other. Every quantity is its exact expectation when equal scores are put in random order.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from numba import njit

from bgml.evaluation.race.scored import Floats, Integers

DrawCounts = npt.NDArray[np.uint8]


@njit(cache=True, nogil=True)
def harmonic_step(before: float, places: float) -> float:
    """Sum of 1 / (before + j) over j = 1..places; `before` and `places` are whole and not negative.

    Above 64 places by the Euler-Maclaurin series from 32 on, exact to the last digits of a float.
    """
    total = 0.0
    while places > 0 and (places <= 64 or before < 32):
        before += 1.0
        places -= 1.0
        total += 1.0 / before
    if places > 0:
        end = before + places
        total += math.log(end / before) + (1 / end - 1 / before) / 2 - (end**-2 - before**-2) / 12
        total += (end**-4 - before**-4) / 120 - (end**-6 - before**-6) / 252
    return total


@njit(cache=True, nogil=True)
def tied_precision(places: float, wins: float, seen: float, found: float) -> float:
    """Expected sum of precision at the winners of a tied block of `places` after `seen` places with `found` winners.

    McSherry & Najork (2008), "Computing information retrieval performance measures efficiently in the presence of tied scores".
    """
    steps = harmonic_step(seen, places)
    others = (wins - 1) / (places - 1) * (places - (seen + 1) * steps) if places > 1 else 0.0
    return wins / places * ((found + 1) * steps + others)


@njit(cache=True, nogil=True)
def walk(
    starts: Integers, first_winner: Integers, account: npt.NDArray[np.int32], flags: npt.NDArray[np.uint8], won_amount: Floats,
    weights: DrawCounts, ks: Integers, discount: Floats, tops: Floats, totals: Floats,
) -> None:  # fmt: skip
    """Fill `tops` [dates, 3, ks, draws] and `totals` [dates, 4, draws] for one model's ordered candidates.

    `starts` bounds the dates; `weights` [accounts, draws] are the multiplicities; `discount`[k] is the sum of the first k DCG discounts.
    `tops` receives expected hits, won amount and DCG in the first K places; `totals` places, winners, the sum of precision at the
    winners, and the pairs of a winner below a loser (ties half).
    """
    draws = weights.shape[1]
    deepest = ks[-1]
    seen, found = np.zeros(draws, np.int32), np.zeros(draws, np.int32)
    size, wins, value = np.zeros(draws, np.int32), np.zeros(draws, np.int32), np.zeros(draws)
    for date in range(len(starts) - 1):
        row, stop, winner = starts[date], starts[date + 1], first_winner[date]
        seen[:] = 0
        found[:] = 0
        while row < stop:
            while row < stop and not flags[row] & 4:
                copies = weights[account[row]]
                for draw in range(draws):
                    seen[draw] += copies[draw]
                row += 1
            if row == stop:
                break
            size[:] = 0
            wins[:] = 0
            value[:] = 0.0
            closed = False
            while not closed:
                copies = weights[account[row]]
                for draw in range(draws):
                    size[draw] += copies[draw]
                if flags[row] & 1:
                    for draw in range(draws):
                        wins[draw] += copies[draw]
                        value[draw] += copies[draw] * won_amount[winner]
                    winner += 1
                closed = flags[row] & 2 != 0
                row += 1
            for draw in range(draws):
                if wins[draw] > 0:
                    places, hits, before = size[draw], wins[draw], seen[draw]
                    if before < deepest:
                        for k in range(len(ks)):
                            inside = min(before + places, ks[k]) - min(before, ks[k])
                            tops[date, 0, k, draw] += hits / places * inside
                            tops[date, 1, k, draw] += value[draw] / places * inside
                            gain = discount[min(before + places, ks[k])] - discount[min(before, ks[k])]
                            tops[date, 2, k, draw] += hits / places * gain
                    totals[date, 2, draw] += tied_precision(places, hits, before, found[draw])
                    totals[date, 3, draw] += hits * (before - found[draw] + 0.5 * (places - hits))
                seen[draw] += size[draw]
                found[draw] += wins[draw]
        totals[date, 0] = seen
        totals[date, 1] = found


@njit(cache=True, nogil=True)
def weighted_sums(starts: Integers, account: npt.NDArray[np.int32], values: Floats, weights: DrawCounts, sums: Floats) -> None:
    """Add to `sums` [dates, columns, draws] each column of `values` [rows, columns], a row counted its account's multiplicity times."""
    for date in range(len(starts) - 1):
        for row in range(starts[date], starts[date + 1]):
            copies = weights[account[row]]
            for column in range(values.shape[1]):
                value = values[row, column]
                for draw in range(weights.shape[1]):
                    sums[date, column, draw] += copies[draw] * value


@njit(cache=True, nogil=True)
def multiplicities(drawn: npt.NDArray[np.int32], weights: DrawCounts) -> None:
    """Count into `weights` [accounts, draws] how often each draw (a row of `drawn`) names each account."""
    for draw in range(drawn.shape[0]):
        for place in range(drawn.shape[1]):
            weights[drawn[draw, place], draw] += 1

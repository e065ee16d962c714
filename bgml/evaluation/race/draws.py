"""Whatever else is counted by account, on the data as it is and on the race's own bootstrap draws."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from bgml.evaluation.race.counting import DrawCounts
from bgml.evaluation.race.intervals import weightings
from bgml.evaluation.race.scored import Floats


def over_draws(count: Callable[[DrawCounts], Floats], accounts: int, draws: int, seed: int, threads: int = 1) -> Floats:
    """What `count` makes of multiplicities [accounts, n] as [..., n], for the data (draw 0) and all draws: [..., 1 + draws].

    Paired with a race over the same accounts (numbered from 0 in the order of their codes) with the same draws and seed.
    """
    with ThreadPoolExecutor(max(threads, 1)) as pool:
        return np.concatenate(list(pool.map(lambda batch: count(batch()), weightings(accounts, draws, seed))), axis=-1)


def sums_by_account(account: np.ndarray, values: Floats, accounts: int, draws: int, seed: int, threads: int = 1) -> Floats:
    """Sums of each row of `values` [columns, n], an element counted as often as its `account` [n] was drawn: [columns, 1 + draws].

    For counts on lists that are held as they are: only who counts is drawn again.
    """
    with_any, place = np.unique(account, return_inverse=True)
    totals = np.stack([np.bincount(place, column, minlength=len(with_any)) for column in values])
    return over_draws(lambda weights: totals @ weights[with_any].astype(np.float64), accounts, draws, seed, threads)

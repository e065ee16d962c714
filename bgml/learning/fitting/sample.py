"""Which rows a model is fitted on: every winner, a share of the others, and for ranking the queries they form."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bgml.learning.examples import Examples

Rows = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
QUERY_ROWS = 10_000
"""LightGBM's limit on the rows of a query."""


@dataclass(frozen=True)
class Sample:
    """Rows to fit on, in order; `weight` is 1 for winners and 1 / rate for the others, of which a share of `rate` was kept."""

    rows: Rows
    weight: Floats
    rate: float


def spread(ids: npt.NDArray[Any], seed: int) -> Floats:
    """A fixed number in [0, 1) for each id and seed, as good as random."""
    digests = (hashlib.blake2b(f"{seed}:{one}".encode(), digest_size=8).digest() for one in ids.tolist())
    return np.fromiter((int.from_bytes(digest, "little") >> 11 for digest in digests), np.float64, len(ids)) / 2**53


def draw(examples: Examples, negatives: int | None, seed: int) -> Sample:
    """All rows that won and, of the others, whole accounts: about `negatives` rows for each row that won (None: all)."""
    won = examples.won == 1
    losers = len(won) - int(won.sum())
    rate = 1.0 if negatives is None or not losers else min(1.0, negatives * int(won.sum()) / losers)
    kept = won | (spread(examples.accounts, seed)[examples.account] < rate)
    rows = np.flatnonzero(kept)
    return Sample(rows, np.where(won[rows], 1.0, 1.0 / rate), rate)


def queries(as_of: npt.NDArray[np.datetime64], won: npt.NDArray[np.bool_], place: Floats, limit: int = QUERY_ROWS) -> tuple[Rows, Rows]:
    """Rows in the order of their queries, and the size of each query: one query per date that has a winner.

    A date of more than `limit` rows is split by `place`, the accounts' numbers in [0, 1), its winners dealt out evenly; parts
    without a winner are dropped, because there is nothing in them to rank.
    """
    found = []
    for date in np.unique(as_of[won]):
        rows = np.flatnonzero(as_of == date)
        rows = rows[np.argsort(place[rows], kind="stable")]
        parts = max(1, -(-len(rows) // limit) if len(rows) <= limit else -(-len(rows) // (limit - 2)))
        winners, others = rows[won[rows]], rows[~won[rows]]
        dealt = zip((winners[part::parts] for part in range(parts)), np.array_split(others, parts), strict=True)
        found += [np.sort(np.concatenate(pair)) for pair in dealt if len(pair[0])]
    sizes = np.array([len(rows) for rows in found], np.int64)
    return np.concatenate([np.empty(0, np.int64), *found]), sizes

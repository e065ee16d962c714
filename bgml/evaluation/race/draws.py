"""The draws of the bootstrap by account, the same for everyone who asks for as many with the same seed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from bgml.evaluation.race.counting import DrawCounts, multiplicities

BATCH = 64
"""Draws counted at once: a row of multiplicities is one cache line."""


def batches(accounts: int, draws: int, seed: int) -> list[Callable[[], DrawCounts]]:
    """Functions that make the multiplicities [accounts, up to BATCH] of 1 + `draws` weightings; the first of all counts accounts once."""
    sizes = [min(BATCH, 1 + draws - first) for first in range(0, 1 + draws, BATCH)]
    seeds = np.random.SeedSequence(seed).spawn(len(sizes))
    return [partial(_weights, accounts, sizes[place], seeds[place], keep_first=place == 0) for place in range(len(sizes))]


def weightings(accounts: int, draws: int, seed: int) -> Iterator[DrawCounts]:
    """The same weightings, batch after batch."""
    yield from (make() for make in batches(accounts, draws, seed))


def _weights(accounts: int, draws: int, seed: np.random.SeedSequence, *, keep_first: bool) -> DrawCounts:
    """Multiplicities [accounts, draws] of as many accounts drawn with replacement; the first draw is the data itself on request."""
    weights = np.zeros((accounts, draws), np.uint8)
    drawn = np.random.default_rng(seed).integers(0, max(accounts, 1), (draws, accounts), dtype=np.int32)
    multiplicities(drawn, weights)
    if keep_first:
        weights[:, 0] = 1
    return weights

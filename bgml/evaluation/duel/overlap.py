"""How much two lists of the same groups agree, the top counting most."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bgml.evaluation.race.scored import Floats, Integers, Scored

P = 0.98
"""Persistence of rank-biased overlap: at 0.98 the first 50 places carry 85% of the weight."""
K = 50


@dataclass(frozen=True)
class Overlap:
    """Per as-of date: rank-biased overlap, and the share of the top K that both lists hold; 1 is agreement."""

    rbo: Floats
    top: Floats


def overlap(scored: Scored, first: str, second: str, k: int = K) -> Overlap:
    """The overlap of two entries' lists on every date."""
    spans = list(zip(scored.starts[:-1].tolist(), scored.starts[1:].tolist(), strict=True))
    pairs = [(scored.scores[first][low:high], scored.scores[second][low:high]) for low, high in spans]
    return Overlap(np.array([rank_biased_overlap(*pair) for pair in pairs]), np.array([top_overlap(*pair, k) for pair in pairs]))


def rank_biased_overlap(first: Floats, second: Floats, p: float = P) -> float:
    """Extrapolated rank-biased overlap of the lists that two scores of the same items make; 1 for equal lists.

    Webber, Moffat & Zobel (2010), "A similarity measure for indefinite rankings", eq. 32; tied items all stand at the first of their
    places and agreement at depth d is 2 |common| / (items of the one + items of the other), their section on ties.
    """
    n = len(first)
    ranks = [places(score) for score in (first, second)]
    held = [np.bincount(rank, minlength=n + 1)[1:].cumsum() for rank in ranks]
    common = np.bincount(np.maximum(*ranks), minlength=n + 1)[1:].cumsum()
    agreement = 2 * common / (held[0] + held[1])
    weights = p ** np.arange(1, n + 1)
    return float(agreement[-1] * weights[-1] + (1 - p) / p * (agreement * weights).sum())


def places(scores: Floats) -> Integers:
    """The place of each item, 1 for the highest score; equal scores share the first of their places."""
    return np.searchsorted(np.sort(-scores), -scores, side="left").astype(np.int64) + 1


def expected_places(scores: Floats) -> Floats:
    """The place of each item, equal scores at the middle of theirs."""
    return (places(scores) + len(scores) + 1 - places(-scores)) / 2


def top_overlap(first: Floats, second: Floats, k: int = K) -> float:
    """The share of the first k places that hold the same items; an item tied at the edge counts with the part it has of a place."""
    k = min(k, len(first))
    return float(np.minimum(_inside(first, k), _inside(second, k)).sum() / k)


def _inside(scores: Floats, k: int) -> Floats:
    """The chance of each item to stand in the first k places when equal scores are put in random order."""
    above = places(scores) - 1
    tied = len(scores) + 1 - places(-scores) - above
    return np.clip((k - above) / tied, 0.0, 1.0)

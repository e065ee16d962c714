"""Overlap of two lists: worked by hand, and what holds for any."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bgml.evaluation.duel.overlap import K, P, expected_places, overlap, places, rank_biased_overlap, top_overlap
from tests.evaluation.conftest import make_random

SCORES = st.lists(st.integers(0, 5), min_size=1, max_size=30)


def of(*scores: float) -> np.ndarray:
    return np.array(scores, float)


def test_places_of_tied_scores_are_the_first_or_the_middle_of_theirs() -> None:
    scores = of(5, 1, 5, 3, 1)
    assert places(scores).tolist() == [1, 4, 1, 3, 4]
    assert expected_places(scores).tolist() == [1.5, 4.5, 1.5, 3.0, 4.5]


def test_a_reversed_list_by_hand() -> None:
    # a b c d against d c b a: agreement 0, 0, 2/3, 1 at depths 1 to 4.
    expected = 1 * 0.5**4 + (1 - 0.5) / 0.5 * (0 + 0 + 2 / 3 * 0.5**3 + 1 * 0.5**4)
    assert rank_biased_overlap(of(4, 3, 2, 1), of(1, 2, 3, 4), 0.5) == pytest.approx(expected)


def test_a_tie_by_hand() -> None:
    # {a b} c against a b c: both of the tie stand at depth 1, so agreement is 2 * 1 / (2 + 1), then 1, 1.
    expected = 0.9**3 + 0.1 / 0.9 * (2 / 3 * 0.9 + 0.9**2 + 0.9**3)
    assert rank_biased_overlap(of(2, 2, 1), of(3, 2, 1), 0.9) == pytest.approx(expected)


def test_the_top_fifty_carry_most_of_the_weight() -> None:
    """Webber, Moffat & Zobel (2010), eq. 21: the weight of the first d places."""
    series = sum(P**place / place for place in range(1, K))
    weight = 1 - P ** (K - 1) + (1 - P) / P * K * (np.log(1 / (1 - P)) - series)
    assert round(weight, 2) == 0.85


def test_what_differs_at_the_top_costs_more_than_what_differs_below() -> None:
    base = -np.arange(100.0)
    top, low = base.copy(), base.copy()
    top[[0, 5]], low[[80, 85]] = top[[5, 0]], low[[85, 80]]
    assert rank_biased_overlap(base, top) < rank_biased_overlap(base, low) < 1


@given(SCORES, st.randoms())
def test_what_holds_for_all_lists(values: list[int], chance: object) -> None:
    first = np.array(values, float)
    second = np.array(sorted(values, key=lambda _: chance.random()), float)  # type: ignore[attr-defined]
    found = rank_biased_overlap(first, second)
    assert 0 < found <= 1 + 1e-12
    assert found == pytest.approx(rank_biased_overlap(second, first))
    assert rank_biased_overlap(first, 3 * first + 7) == pytest.approx(1)
    for k in (1, 3, 100):
        assert 0 <= top_overlap(first, second, k) <= 1
        assert top_overlap(first, first, k) == pytest.approx(1)


def test_the_top_by_hand() -> None:
    assert top_overlap(of(4, 3, 2, 1), of(4, 1, 2, 3), 2) == 0.5
    # c and d share the second place: each has half of it.
    assert top_overlap(of(4, 3, 1, 0), of(4, 0, 3, 3), 2) == 0.5
    assert top_overlap(of(4, 0, 3, 1), of(4, 0, 3, 3), 2) == 0.75


def test_every_date_has_its_own() -> None:
    scored = make_random(1, dates=4)
    found = overlap(scored, "model_0", "model_1", 10)
    assert len(found.rbo) == len(found.top) == 4
    low, high = scored.starts[1:3]
    first, second = (scored.scores[name][low:high] for name in ("model_0", "model_1"))
    assert found.rbo[1] == rank_biased_overlap(first, second)
    assert found.top[1] == top_overlap(first, second, 10)

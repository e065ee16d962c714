from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bgml.evaluation.race.counting import harmonic_step, tied_precision


@settings(max_examples=60)
@given(before=st.integers(0, 10_000), places=st.integers(0, 5_000))
def test_harmonic_step_is_the_plain_sum(before: int, places: int) -> None:
    exact = sum(1 / (before + place) for place in range(1, places + 1))
    assert harmonic_step(before, places) == pytest.approx(exact, rel=1e-12, abs=1e-15)


def test_precision_of_a_tied_pair_with_one_winner() -> None:
    assert tied_precision(2, 1, 0, 0) == pytest.approx((1 + 1 / 2) / 2)


def test_a_block_of_only_winners_at_the_top_is_perfect() -> None:
    assert tied_precision(500, 500, 0, 0) == pytest.approx(500)

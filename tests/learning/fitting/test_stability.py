"""The stability index by hand, what is chance, and how far dates differ without any drift."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2

from bgml.learning.fitting.stability import FEW_ROWS, by_chance, psi, usual


def test_the_index_by_hand():
    # (0.6 - 0.5) ln(0.6 / 0.5) + (0.4 - 0.5) ln(0.4 / 0.5)
    assert psi([0.5, 0.5], [0.6, 0.4]) == pytest.approx(0.1 * math.log(1.2) - 0.1 * math.log(0.8))
    assert psi([0.2, 0.3, 0.5], [0.2, 0.3, 0.5]) == 0
    # An empty bin counts as one in ten thousand.
    assert psi([0.5, 0.5], [1.0, 0.0]) == pytest.approx(0.5 * math.log(2) + (0.5 - 1e-4) * math.log(0.5 / 1e-4))
    # Or as half a row, of fifty.
    assert psi([0.5, 0.5], [1.0, 0.0], 0.01) == pytest.approx(0.5 * math.log(2) + 0.49 * math.log(50))


def test_the_index_is_symmetric_and_never_negative():
    chance = np.random.default_rng(0)
    for _ in range(50):
        a, b = chance.dirichlet(np.ones(8)), chance.dirichlet(np.ones(8))
        assert psi(a, b) == pytest.approx(psi(b, a))
        assert psi(a, b) >= 0


def test_one_in_a_hundred_comparisons_of_equals_exceeds_chance():
    assert by_chance(10, 1000, 500) == pytest.approx(chi2.ppf(0.99, 9) * (1 / 1000 + 1 / 500), rel=0.01)
    draw = np.random.default_rng(1)
    shares = np.full(10, 0.1)
    over = [psi(draw.multinomial(5000, shares) / 5000, draw.multinomial(400, shares) / 400) > by_chance(10, 5000, 400) for _ in range(3000)]
    assert 0.004 < np.mean(over) < 0.02


def test_dates_of_independent_rows_hardly_differ_and_dates_that_move_together_do():
    draw = np.random.default_rng(5)
    date, shifts = np.repeat(np.arange(40), 200), draw.integers(0, 4, 40)
    alike = draw.integers(0, 8, len(date))
    apart = np.minimum(draw.integers(0, 5, len(date)) + shifts[date], 7)
    assert usual(date, alike, 8)[0] < 0.05
    assert usual(date, apart, 8)[0] > 0.25


def test_how_far_dates_lie_by_hand():
    """Two dates of which one has its rows in the first bin half as often."""
    date = np.repeat([0, 1], 100)
    place = np.concatenate([np.repeat([0, 1], [60, 40]), np.repeat([0, 1], [30, 70])])
    index, change = usual(date, place, 2)
    assert index == pytest.approx(psi([0.6, 0.4], [0.3, 0.7]) - 2 / 100)
    assert change == pytest.approx(0.3)


def test_one_date_tells_nothing_nor_do_dates_of_few_rows():
    assert usual(np.zeros(500, np.int64), np.arange(500) % 5, 5) == (0.0, 0.0)
    few = FEW_ROWS - 1
    assert usual(np.repeat([0, 1], few), np.repeat([0, 1], few), 2) == (0.0, 0.0)
    assert usual(np.zeros(0, np.int64), np.zeros(0, np.int64), 3) == (0.0, 0.0)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3)), max_size=300), st.randoms())
def test_the_order_of_rows_does_not_matter(rows, shuffled):
    date, place = (np.array([row[part] for row in rows], np.int64) for part in (0, 1))
    found = usual(date, place, 4)
    shuffled.shuffle(rows)
    assert found == usual(*(np.array([row[part] for row in rows], np.int64) for part in (0, 1)), 4)
    assert found[0] >= 0 and 0 <= found[1] <= 1

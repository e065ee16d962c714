from __future__ import annotations

import numpy as np
import pytest

from bgml.learning.fitting.sample import draw, queries, spread
from tests.made_up import made_up


def test_spread_is_fixed_even_and_differs_by_seed():
    ids = np.array([f"a{number}" for number in range(5000)], object)
    place = spread(ids, 0)
    assert place[0] == pytest.approx(spread(ids[:1], 0)[0])
    assert 0 <= place.min() < place.max() < 1
    assert np.histogram(place, bins=10, range=(0, 1))[0].min() > 400
    assert abs(np.corrcoef(place, spread(ids, 1))[0, 1]) < 0.05
    assert spread(np.array([7]), 0) == spread(np.array(["7"], object), 0)


def test_winners_are_all_kept_and_the_others_thinned_by_account():
    examples = made_up(groups=2000)
    sample = draw(examples, negatives=3, seed=0)
    kept = np.zeros(len(examples), bool)
    kept[sample.rows] = True
    won = examples.won == 1
    assert kept[won].all()
    for account in range(2000):
        assert len(set(kept[(examples.account == account) & ~won])) <= 1
    assert kept[~won].sum() == pytest.approx(3 * won.sum(), rel=0.1)
    assert (sample.weight[won[sample.rows]] == 1).all()
    assert (sample.weight[~won[sample.rows]] == 1 / sample.rate).all()
    assert sample.weight.sum() == pytest.approx(len(examples), rel=0.1)


@pytest.mark.parametrize("negatives", [None, 10_000])
def test_nothing_to_thin(negatives, examples):
    sample = draw(examples, negatives, seed=0)
    assert (sample.rows == np.arange(len(examples))).all()
    assert (sample.weight == 1).all()


def test_a_query_is_a_date_and_dates_without_winners_are_dropped():
    as_of = np.repeat(np.array(["2024-01-01", "2024-01-08", "2024-01-15"], "datetime64[D]"), 3)
    won = np.array([1, 0, 0, 0, 0, 0, 0, 0, 1], bool)
    rows, sizes = queries(as_of, won, np.linspace(0, 0.9, 9))
    assert rows.tolist() == [0, 1, 2, 6, 7, 8]
    assert sizes.tolist() == [3, 3]


def test_big_dates_are_split_with_the_winners_spread_evenly():
    random = np.random.default_rng(0)
    as_of, won = np.full(1000, np.datetime64("2024-01-01")), random.random(1000) < 0.05
    rows, sizes = queries(as_of, won, random.random(1000), limit=100)
    assert sizes.max() <= 100
    assert sorted(rows) == list(range(1000))
    winners = [int(won[part].sum()) for part in np.split(rows, np.cumsum(sizes)[:-1])]
    assert max(winners) - min(winners) <= 1


def test_a_split_that_has_fewer_winners_than_parts_drops_the_parts_without():
    as_of, won = np.full(1000, np.datetime64("2024-01-01")), np.arange(1000) < 2
    _, sizes = queries(as_of, won, np.linspace(0, 0.999, 1000), limit=100)
    assert len(sizes) == 2


@pytest.mark.parametrize("rows", [98, 99, 100])
def test_a_date_within_the_limit_is_one_query(rows):
    won = np.arange(rows) == 0
    assert queries(np.full(rows, np.datetime64("2024-01-01")), won, np.linspace(0, 0.9, rows), limit=100)[1].tolist() == [rows]

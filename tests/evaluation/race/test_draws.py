from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bgml.evaluation.race.draws import over_draws, sums_by_account
from bgml.evaluation.race.intervals import race
from bgml.evaluation.race.scored import Scored


def test_the_draws_are_those_of_the_race(random_scored: Callable[..., Scored]) -> None:
    one = random_scored(1, accounts=30)
    accounts, account = np.unique(one.account, return_inverse=True)
    won = one.won.astype(np.float64)[None]
    found = sums_by_account(account, won, len(accounts), draws=150, seed=3, threads=2)
    assert found.shape == (1, 151)
    np.testing.assert_array_equal(found[0], race(one, draws=150, seed=3).winners[:, 0, 1].sum(axis=0))


def test_the_first_draw_is_the_data_itself() -> None:
    weights = over_draws(lambda weights: weights.astype(np.float64), 9, draws=100, seed=0)
    assert weights[:, 0].tolist() == [1] * 9
    assert weights.sum(axis=0).tolist() == [9] * 101

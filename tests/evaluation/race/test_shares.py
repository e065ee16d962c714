from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from bgml.evaluation.race.scored import Scored
from bgml.evaluation.race.shares import SHARES, shares, top

Make = Callable[..., Scored]


def test_the_top_of_every_date_by_hand(scored: Make) -> None:
    first = [(1 - number / 100, number in (0, 3, 50)) for number in range(100)]
    second = [(0.5 - number / 100, number == 1) for number in range(20)]
    one = scored([first, second], propensity=True)
    best, tenth = shares(one, ["a"], draws=0)["a"]
    assert (best.rows, tenth.rows) == (1 + 1, 10 + 2)
    assert best.predicted == pytest.approx((1.0 + 0.5) / 2)
    assert best.observed == pytest.approx(1 / 2)
    assert tenth.ratio.value == pytest.approx((sum(1 - number / 100 for number in range(10)) + 0.5 + 0.49) / 3)
    assert (best.won_opportunities, tenth.won_opportunities) == (1, 3)


def test_a_tied_block_at_the_edge_counts_at_its_expectation(scored: Make) -> None:
    date = [(0.9, False)] * 5 + [(0.4, True), (0.4, False), (0.4, True), (0.4, False), (0.4, False)] * 2 + [(0.1, False)] * 85
    one = scored([date], propensity=True)
    tenth = shares(one, ["a"], draws=0)["a"][1]
    assert tenth.rows == 10
    assert tenth.observed == pytest.approx((0 + 5 / 10 * 4) / 10)
    assert tenth.predicted == pytest.approx((5 * 0.9 + 5 * 0.4) / 10)
    assert top(one, "a", 0.1).sum() == 15
    assert tenth.won_opportunities == 4


def test_order_within_a_tie_changes_nothing(scored: Make) -> None:
    date = [(0.4, number < 7) for number in range(60)] + [(0.2, False)] * 40
    one, two = (shares(scored([rows], propensity=True), ["a"], draws=0)["a"] for rows in (date, date[::-1]))
    assert [share.ratio.value for share in one] == pytest.approx([share.ratio.value for share in two])


def test_a_draw_counts_an_account_as_often_as_it_was_drawn(random_scored: Make) -> None:
    one = random_scored(2, rows=600, accounts=60)
    found = shares(one, ["model_0"], draws=200)["model_0"]
    for share in found:
        assert share.ratio.low < share.ratio.value < share.ratio.high
    twice = replace(one, account=np.arange(len(one), dtype=np.int32))
    narrow = shares(twice, ["model_0"], draws=200)["model_0"]
    assert narrow[1].ratio.value == found[1].ratio.value


def test_no_winner_at_the_top_has_no_upper_end(scored: Make) -> None:
    one = scored([[(1 - number / 100, number == 60) for number in range(100)]], propensity=True)
    best = shares(one, ["a"], draws=50)["a"][0]
    assert math.isinf(best.ratio.value)
    assert math.isinf(best.ratio.high)
    assert best.observed == 0


def test_a_rare_winner_makes_some_draws_endless(scored: Make) -> None:
    one = scored([[(1 - number / 100, number == 2) for number in range(100)]], propensity=True)
    tenth = shares(one, ["a"], draws=200)["a"][1]
    assert tenth.ratio.value == pytest.approx(9.55)
    assert math.isinf(tenth.ratio.high)
    assert tenth.ratio.low < tenth.ratio.value


def test_a_date_with_one_group_has_a_top_of_one(scored: Make) -> None:
    one = scored([[(0.5, True)]], propensity=True)
    assert [share.rows for share in shares(one, ["a"], draws=0)["a"]] == [1] * len(SHARES)


def test_threads_change_nothing(random_scored: Make) -> None:
    one = random_scored(3)
    assert shares(one, one.models, draws=130, threads=1) == shares(one, one.models, draws=130, threads=2)

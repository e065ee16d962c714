from __future__ import annotations

import numpy as np

from bgml.groups.ties import tie_order
from tests.evaluation.chapters.by_hand import raced


def test_equal_scores_stand_in_the_order_of_rankings_on_every_date() -> None:
    names = [f"a{number}" for number in range(8)]
    lists = raced([(week, name, {"model": 1.0}, None) for week in (0, 1) for name in names]).lists
    by_hash = sorted(range(8), key=lambda place: tie_order(names[place], "ai"))
    assert lists.order["model"].tolist() == [*by_hash, *(8 + place for place in by_hash)]


def test_ranks_are_by_falling_score_within_the_date() -> None:
    scores = [(0, "a", 1.0), (0, "b", 3.0), (0, "c", 2.0), (1, "a", 5.0), (1, "c", 6.0)]
    lists = raced([(week, name, {"model": score}, None) for week, name, score in scores]).lists
    assert lists.rank("model").tolist() == [3, 1, 2, 2, 1]
    assert lists.date.tolist() == [0, 0, 0, 1, 1]
    assert lists.group.tolist() == [0, 1, 2, 0, 2]
    assert np.diff(lists.days).tolist() == [7]


def test_a_deal_is_one_however_many_rows_it_decides() -> None:
    rows = [(0, "a", {"model": 1.0}, "d1"), (0, "b", {"model": 2.0}, "d2"), (1, "a", {"model": 1.0}, "d1")]
    deals = raced(rows, amounts={"d1": 5.0}).lists.deals
    assert deals.opportunity_id.tolist() == ["d1", "d2"]
    assert deals.account.tolist() == [0, 1]
    assert deals.starts.tolist() == [0, 1, 2, 3]
    np.testing.assert_array_equal(deals.amount, [5.0, np.nan])


def test_without_opportunities_a_win_is_a_group() -> None:
    rows = [(0, "a", {"model": 1.0}, "x"), (0, "b", {"model": 2.0}, None), (1, "a", {"model": 1.0}, "y")]
    deals = raced(rows, deals_known=False).lists.deals
    assert len(deals) == 1
    assert not len(deals.opportunity_id)
    assert deals.row.tolist() == [0, 2]

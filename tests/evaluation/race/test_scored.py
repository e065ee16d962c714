from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from bgml.errors import DataError, ModelError
from bgml.evaluation.race.scored import CLOSES, HOLDS_WINNER, WON, Scored

Make = Callable[..., Scored]


def test_ordered_marks_winners_and_tied_blocks(scored: Make) -> None:
    one = scored([[(1.0, False), (2.0, True), (2.0, False), (3.0, False)], [(5.0, True)]])
    ordered = one.ordered("a")
    assert ordered.account.tolist() == [3, 1, 2, 0, 4]
    assert ordered.flags.tolist() == [CLOSES, WON | HOLDS_WINNER, CLOSES | HOLDS_WINNER, CLOSES, WON | CLOSES | HOLDS_WINNER]
    assert ordered.won_amount.tolist() == [100.0, 100.0]
    assert ordered.winners.tolist() == [0, 1]


def test_equal_scores_on_two_dates_are_not_one_block(scored: Make) -> None:
    ordered = scored([[(1.0, False)], [(1.0, True)]]).ordered("a")
    assert ordered.flags.tolist() == [CLOSES, WON | CLOSES | HOLDS_WINNER]


def test_a_slice_keeps_the_deals_of_its_rows(scored: Make) -> None:
    deals = pd.DataFrame({"row": [1, 1, 3], "opportunity_id": ["x", "y", "x"], "amount": [1.0, 2.0, 1.0]})
    one = replace(scored([[(3.0, False), (2.0, True)], [(2.0, False), (1.0, True)]]), deals=deals)
    assert one.won_opportunities() == 2
    late = one.take(one.as_of > one.as_of[0])
    assert len(late) == 2
    assert late.deals.to_dict("list") == {"row": [1], "opportunity_id": ["x"], "amount": [1.0]}


def test_a_slice_of_nothing_is_empty(scored: Make) -> None:
    none = scored([[(3.0, False)]]).take(np.zeros(1, bool))
    assert len(none) == len(none.dates) == 0
    assert none.ordered("a").account.size == 0


def test_scores_that_are_no_numbers_are_refused(scored: Make) -> None:
    with pytest.raises(ModelError, match="a gave 1 of 2 candidates a score that is no finite number"):
        scored([[(float("nan"), False), (1.0, True)]])


def test_rows_out_of_date_order_are_refused(scored: Make) -> None:
    one = scored([[(3.0, False)], [(2.0, True)]])
    with pytest.raises(DataError, match="order of as_of"):
        replace(one, as_of=one.as_of[::-1])


def test_columns_of_another_length_are_refused(scored: Make) -> None:
    one = scored([[(3.0, False)], [(2.0, True)]])
    with pytest.raises(DataError, match="won has 1 values for 2 candidates"):
        replace(one, won=one.won[:1])


def test_accepted_groups_count_where_no_opportunity_stands_behind(scored: Make) -> None:
    one = scored([[(3.0, True), (2.0, True), (1.0, False)], [(3.0, True), (2.0, False), (1.0, False)]], accounts=[0, 1, 2, 0, 1, 2])
    deals = pd.DataFrame({"row": [0, 1, 3], "opportunity_id": [None, None, None], "amount": [np.nan] * 3})
    assert one.won_opportunities() == replace(one, deals=deals).won_opportunities() == 2

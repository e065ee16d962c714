"""Places: ties, percentiles, bands, trends."""

import numpy as np
import pandas as pd
import pytest

from bgml.ranking.choice import order


def test_higher_scores_come_first() -> None:
    assert order.best_first(np.array([0.1, 0.9, 0.5]), ["a", "b", "c"], ["t", "t", "t"]).tolist() == [1, 2, 0]


def test_equal_scores_keep_their_order_whatever_the_rows_around_them() -> None:
    accounts = [f"a{number}" for number in range(30)]
    first = [accounts[row] for row in order.best_first(np.zeros(30), accounts, ["t"] * 30)]
    again = accounts[::-1]
    second = [again[row] for row in order.best_first(np.zeros(30), again, ["t"] * 30)]
    assert first == second
    assert first != sorted(first), "the order of ids decides nothing"
    assert {tuple(order.best_first(np.zeros(30), accounts, [topic] * 30)) for topic in ("t", "u")} != {tuple(range(30))}


def test_a_score_that_is_alone_is_not_moved_by_ties() -> None:
    assert order.best_first(np.array([1.0, 2.0, 1.0, 0.0]), [1, 2, 3, 4], [1, 1, 1, 1]).tolist()[0::3] == [1, 3]


def test_percentiles_and_bands_of_a_hundred() -> None:
    assert order.percentiles(4).tolist() == [100.0, 75.0, 50.0, 25.0]
    bands = order.bands(100, (0.05, 0.20, 0.50)).tolist()
    assert [bands.count(band) for band in "ABCD"] == [5, 15, 30, 50]
    assert bands == sorted(bands)


@pytest.mark.parametrize("n", [1, 2, 3])
def test_the_best_of_a_short_list_is_in_a(n: int) -> None:
    assert order.bands(n, (0.05, 0.20, 0.50))[0] == "A"


def test_a_trend_is_ten_points_of_percentile() -> None:
    keys = pd.DataFrame({"account_id": ["a", "b", "c", "d", "e"], "topic": ["t"] * 5})
    former = pd.DataFrame(
        {"account_id": ["a", "b", "c", "d"], "topic": ["t"] * 4, "rank": [4, 3, 2, 1], "percentile": [40.0, 40.1, 50.0, 59.9]}
    )
    trend, previous = order.against_former(keys, np.array([50.0, 50.0, 50.0, 50.0, 50.0]), former)
    assert trend == ["improving", "steady", "steady", "steady", "new"]
    assert previous.tolist() == [4, 3, 2, 1, pd.NA]
    assert order.against_former(keys, np.array([40.0] * 5), former)[0][2] == "declining"


def test_without_a_former_ranking_every_group_is_new() -> None:
    keys = pd.DataFrame({"account_id": [1, 2], "topic": ["t", "t"]})
    trend, previous = order.against_former(keys, np.array([100.0, 50.0]), None)
    assert trend == ["new", "new"]
    assert previous.isna().all()
    text_ids = pd.DataFrame({"account_id": ["1"], "topic": ["t"], "rank": [1], "percentile": [100.0]})
    assert order.against_former(keys, np.array([100.0, 50.0]), text_ids)[0] == ["new", "new"], "ids of another kind are other groups"


def test_the_rank_among_the_owners_groups() -> None:
    assert order.rank_within(pd.Series(["ann", None, "bob", "ann"], dtype=object)).tolist() == [1, pd.NA, 1, 2]

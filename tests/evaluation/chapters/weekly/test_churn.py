from __future__ import annotations

import json

import numpy as np

from bgml.evaluation.chapters.weekly.churn import change, churn
from tests.evaluation.chapters.by_hand import evaluation_of, raced


def test_who_is_new_and_who_is_gone() -> None:
    """Top two: groups 0 and 1, then 2 (was third) and 4 (was no candidate); 0 fell to third, 1 is no candidate any more."""
    before, after = np.array([1, 2, 3, 4, 0]), np.array([3, 0, 1, 4, 2])
    found = change(before, after, k=2)
    assert (found.turnover, found.moved_up, found.came) == (1.0, 0.5, 0.5)
    assert (found.moved_down, found.left) == (0.5, 0.5)
    assert (found.rank_change, found.median_rank_change) == (2.0, 2.0)


def test_a_list_that_stands_still_has_no_churn() -> None:
    same = np.array([1, 2, 3])
    found = change(same, same, k=2)
    assert (found.turnover, found.moved_down, found.left, found.rank_change) == (0, 0, 0, 0)


def test_nobody_on_both_dates_has_moved_no_places() -> None:
    found = change(np.array([1, 0]), np.array([0, 1]), k=5)
    assert found.came == found.left == 1
    assert np.isnan(found.rank_change)


def test_refits_are_told_apart_and_gaps_left_out() -> None:
    """Weeks 0, 1 | 2, 3 in two folds and 5 after a gap; the model turns its list over only where it is refitted."""
    rows = []
    for week in (0, 1, 2, 3, 5):
        for place in range(100):
            model = place if week < 2 else 100 - place
            rows.append((week, f"{place:02}", {"model": float(model), "rule": float(place)}, "d" if place == 0 else None))
    tested = raced(rows, folds=[1, 1, 2, 2, 2, 2])
    chapter = churn(evaluation_of(tested), tested)
    assert chapter is not None
    data = json.loads(json.dumps(chapter.data, allow_nan=False))
    assert (data["pairs"], data["pairs_at_refit"]) == (2, 1)
    assert data["entries"]["model"]["turnover"] == 0
    assert data["at_refit"]["model"]["turnover"] == 1
    assert data["at_refit"]["rule"]["turnover"] == 0
    assert "100% of its top 50 is new" in chapter.sentences[1]


def test_one_date_has_no_churn() -> None:
    tested = raced([(0, name, {"model": 1.0, "rule": 1.0}, None) for name in "ab"])
    assert churn(evaluation_of(tested), tested) is None

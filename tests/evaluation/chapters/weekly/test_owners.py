from __future__ import annotations

import json

import numpy as np
import pytest

from bgml.evaluation.chapters.weekly.owners import owners
from tests.evaluation.chapters.by_hand import Row, evaluation_of, raced


def week_of(week: int = 0) -> tuple[list[Row], list[str | None]]:
    """ann: eight groups, the two winners first by the model and last by the rule; bob: two groups, one wins; two without an owner."""
    rows: list[Row] = []
    for place in range(8):
        rows.append((week, f"a{place}", {"model": -float(place), "rule": float(place)}, f"d{place}" if place < 2 else None))
    rows += [(week, "b0", {"model": 0.0, "rule": 0.0}, "db"), (week, "b1", {"model": 1.0, "rule": 1.0}, None)]
    rows += [(week, "c0", {"model": 9.0, "rule": 9.0}, "dc"), (week, "c1", {"model": 9.0, "rule": 9.0}, None)]
    return rows, [*["ann"] * 8, *["bob"] * 2, None, None]


def test_every_owner_works_the_top_of_their_own_list() -> None:
    rows, owner = week_of()
    tested = raced(rows, facts={"owner": owner}, amounts={"d0": 10.0, "d1": 20.0, "db": 4.0})
    chapter = owners(evaluation_of(tested), tested)
    assert chapter is not None
    data = json.loads(json.dumps(chapter.data, allow_nan=False))
    assert (data["owners"], data["owner_weeks"], data["groups_per_list"], data["candidates_without_owner"]) == (2, 2, 5, 2)
    found = {name: part["value"] for name, part in data["entries"]["model"].items()}
    assert found["precision_at_5"] == pytest.approx((2 / 5 + 1 / 2) / 2)
    assert found["precision_at_10"] == pytest.approx((2 / 8 + 1 / 2) / 2)
    assert found["recall_at_5"] == 1
    assert found["amount_at_5"] == pytest.approx((30 + 4) / 2)
    assert found["wins_at_5"] == 3
    rule = {name: part["value"] for name, part in data["entries"]["rule"].items()}
    assert rule["wins_at_5"] == 1
    assert rule["recall_at_5"] == pytest.approx((0 + 1) / 2)
    assert data["differences"]["wins_at_5"]["value"] == 2
    assert data["differences"]["wins_at_10"] == {"value": 0, "low": 0, "high": 0}


def test_a_tie_at_the_border_counts_at_its_expectation() -> None:
    """Seven equal scores of which one wins: five places hold it five times in seven."""
    rows = [(0, f"a{place}", {"model": 0.0, "rule": 0.0}, "d" if place == 3 else None) for place in range(7)]
    tested = raced(rows, facts={"owner": ["ann"] * 7})
    chapter = owners(evaluation_of(tested), tested)
    assert chapter is not None
    assert chapter.data["entries"]["model"]["wins_at_5"]["value"] == pytest.approx(5 / 7)
    assert "amount_at_5" not in chapter.data["entries"]["model"]


def test_lists_without_a_winner_count_in_precision_and_not_in_recall() -> None:
    rows: list[Row] = [(week, f"a{place}", {"model": 0.0, "rule": 0.0}, "d" if week else None) for week in (0, 1) for place in (0, 1)]
    tested = raced(rows, facts={"owner": ["ann"] * 4})
    chapter = owners(evaluation_of(tested), tested)
    assert chapter is not None
    found = chapter.data["entries"]["model"]
    assert found["precision_at_5"]["value"] == 0.5
    assert found["recall_at_5"]["value"] == 1
    assert found["wins_at_5"]["value"] == 1


@pytest.mark.parametrize("facts", [{}, {"owner": [None] * 12}])
def test_no_owner_no_chapter(facts: dict[str, list[None]]) -> None:
    tested = raced(week_of()[0], facts={name: np.array(column, object) for name, column in facts.items()})
    assert owners(evaluation_of(tested), tested) is None

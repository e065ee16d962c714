from __future__ import annotations

import json

import pytest

from bgml.evaluation.chapters.weekly.capacity import at_random, capacity
from tests.evaluation.chapters.by_hand import Row, evaluation_of, raced

DEALS = {"a": "d1", "b": "d2"}
AMOUNTS = {"d1": 10.0, "d2": 5.0}


def rows(weeks: int = 2) -> list[Row]:
    """Four groups; the model puts winners first, the rule last."""
    return [
        (week, name, {"model": -float(place), "rule": float(place)}, DEALS.get(name))
        for week in range(weeks) for place, name in enumerate("abcd")
    ]  # fmt: skip


def test_distinct_wins_by_week_and_in_all() -> None:
    tested = raced(rows(), amounts=AMOUNTS, capacity=1, rework_days=90)
    chapter = capacity(evaluation_of(tested), tested)
    assert chapter is not None
    data = json.loads(json.dumps(chapter.data, allow_nan=False))
    assert data["weeks"] == ["2024-01-01", "2024-01-08"]
    assert data["wins"] == 2
    assert data["curves"]["model"]["1"] == [1, 2]
    assert data["curves"]["rule"]["1"] == [0, 0]
    assert data["curves"]["rule"]["10"] == [2, 2]
    assert data["totals"]["model"]["1"]["value"] == 2
    assert data["amounts"]["model"]["1"]["value"] == 15
    assert data["differences"]["1"]["value"] == 2
    assert "catches 2 of 2 distinct wins (100%" in chapter.sentences[0]
    assert "rule, working 1, catches 0: " in chapter.sentences[1]


def test_a_group_that_may_be_worked_every_week_takes_a_place_every_week() -> None:
    tested = raced(rows(), capacity=1, rework_days=0)
    chapter = capacity(evaluation_of(tested), tested)
    assert chapter is not None
    assert chapter.data["curves"]["model"]["1"] == [1, 1]
    assert chapter.data["amounts"] == {}


def test_random_order_catches_its_expectation() -> None:
    lists = raced([(0, f"{number:03}", {"model": 0.0}, f"d{number}" if number < 500 else None) for number in range(1000)]).lists
    assert at_random(lists, [100], 90, seed=0)[100][-1] == pytest.approx(50, abs=6)


def test_a_capacity_that_works_through_every_list_is_said_and_compared_at_a_smaller_one() -> None:
    scores = [{"model": -float(number), "rule": float(number)} for number in range(40)]
    many = [(0, f"{number:02}", said, f"d{number}" if number < 6 else None) for number, said in enumerate(scores)]
    tested = raced(many, capacity=50, rework_days=28)
    chapter = capacity(evaluation_of(tested), tested)
    assert chapter is not None
    assert chapter.data["telling"] == 5
    assert "catches 6 of 6 distinct wins" in chapter.sentences[0]
    assert "the order matters little" in chapter.sentences[1]
    assert "Working 5 on each date by model catches 5 of 6" in chapter.sentences[2]
    assert chapter.sentences[3].startswith("rule, working 5, catches 0: ")


def test_too_few_places_for_all_wins_is_said() -> None:
    tested = raced(rows(weeks=1), capacity=1)
    chapter = capacity(evaluation_of(tested), tested)
    assert chapter is not None
    assert "1 places in all cannot hold 2 wins." in chapter.sentences


def test_no_win_on_any_list_is_no_chapter() -> None:
    tested = raced([(0, name, {"model": 1.0, "rule": 2.0}, None) for name in "ab"])
    assert capacity(evaluation_of(tested), tested) is None


def test_the_interval_is_of_accounts_drawn_again() -> None:
    many = [(0, f"{number:02}", {"model": -float(number), "rule": 0.0}, f"d{number}" if number % 2 else None) for number in range(40)]
    tested = raced(many, capacity=10, draws=200)
    chapter = capacity(evaluation_of(tested), tested)
    assert chapter is not None
    total = chapter.data["totals"]["model"]["10"]
    assert total["value"] == 5
    assert total["low"] < 5 < total["high"]

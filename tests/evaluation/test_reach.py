from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from bgml.config import Settings, settings_from
from bgml.evaluation.reach import Reach, reach
from bgml.learning.examples import Examples, no_deals

DATES = [date(2024, 1, 1), date(2024, 1, 8)]


def settings(**outcome: object) -> Settings:
    return settings_from({"project": {"name": "t"}, "data": {"url": "data"}, "outcome": {"horizon": 30, **outcome}}, "test")


def candidates(rows: list[tuple[str, str, str]]) -> Examples:
    accounts, topics = sorted({row[1] for row in rows}), sorted({row[2] for row in rows})
    return Examples(
        features=pd.DataFrame(index=range(len(rows))),
        as_of=np.array([row[0] for row in rows], dtype="datetime64[D]"),
        account=np.array([accounts.index(row[1]) for row in rows], np.int32),
        topic=np.array([topics.index(row[2]) for row in rows], np.int32),
        accounts=np.array(accounts, object),
        topics=np.array(topics, object),
        won=np.zeros(len(rows), np.float32),
        amount=np.full(len(rows), np.nan),
        deals=no_deals(),
    )


def deals(rows: list[tuple[str, str, str, str | None, str]]) -> SimpleNamespace:
    table = pd.DataFrame(rows, columns=["account_id", "topic", "created_at", "closed_at", "outcome"])
    for column in ("created_at", "closed_at"):
        table[column] = pd.to_datetime(table[column])
    return SimpleNamespace(frame=lambda name: table.assign(opportunity_id=range(len(table))))


LIST = candidates([("2024-01-01", "a", "x"), ("2024-01-08", "a", "x"), ("2024-01-08", "b", "x")])


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (("a", "x", "2024-01-03", "2024-01-20", "won"), Reach(1, 1, 0, 0, 0)),
        (("a", "x", "2024-01-01 00:00", "2024-01-20", "won"), Reach(1, 1, 0, 0, 0)),
        (("a", "x", "2024-01-03", "2024-01-31", "won"), Reach(1, 0, 1, 0, 0)),
        (("a", "y", "2024-01-03", "2024-01-20", "won"), Reach(1, 0, 0, 1, 0)),
        (("b", "x", "2024-01-03", "2024-01-20", "won"), Reach(1, 0, 0, 0, 1)),
        (("b", "x", "2024-01-08", "2024-01-20", "won"), Reach(1, 1, 0, 0, 0)),
        (("c", "x", "2024-01-08", "2024-01-20", "won"), Reach(1, 0, 0, 0, 1)),
        (("a", "x", "2023-12-31 23:59", "2024-01-20", "won"), Reach(0, 0, 0, 0, 0)),
        (("a", "x", "2024-01-15", "2024-01-20", "won"), Reach(0, 0, 0, 0, 0)),
        (("a", "x", "2024-01-14 23:59", "2024-01-20", "won"), Reach(1, 1, 0, 0, 0)),
        (("a", "x", "2024-01-03", "2024-01-20", "lost"), Reach(0, 0, 0, 0, 0)),
        (("a", "x", "2024-01-03", None, "open"), Reach(0, 0, 0, 0, 0)),
    ],
)  # fmt: skip
def test_a_win_belongs_to_the_last_as_of_date_before_it_began(row: tuple[str, str, str, str | None, str], expected: Reach) -> None:
    assert reach(deals([row]), settings(), LIST, DATES) == expected


def test_matched_by_account_any_topic_of_it_counts() -> None:
    row = ("a", "y", "2024-01-03", "2024-01-20", "won")
    assert reach(deals([row]), settings(match="account"), LIST, DATES) == Reach(1, 1, 0, 0, 0)


def test_created_counts_every_opportunity() -> None:
    rows = [("a", "x", "2024-01-03", None, "open"), ("a", "x", "2024-01-04", "2024-06-01", "lost")]
    assert reach(deals(rows), settings(target="created"), LIST, DATES) == Reach(2, 2, 0, 0, 0)


def test_accepted_counts_accepted_verdicts() -> None:
    at = pd.to_datetime(["2024-01-03", "2024-01-09"])
    table = pd.DataFrame({"account_id": ["a", "b"], "topic": ["x", "x"], "at": at, "verdict": ["accepted", "rejected"]})
    assert reach(SimpleNamespace(frame=lambda name: table), settings(target="accepted"), LIST, DATES) == Reach(1, 1, 0, 0, 0)


def test_whole_number_ids() -> None:
    numbered = candidates([("2024-01-01", 7, 1)])  # type: ignore[list-item]
    table = deals([(7, 1, "2024-01-03", "2024-01-20", "won"), (8, 1, "2024-01-03", "2024-01-20", "won")])  # type: ignore[list-item]
    assert reach(table, settings(), numbered, DATES) == Reach(2, 1, 0, 0, 1)


def test_reach_in_words() -> None:
    assert Reach(10, 7, 1, 0, 2).sentence("won") == (
        "Reach: of 10 won deals that began in the test span, 7 (70%) were candidates then and within the horizon. "
        "Out of reach: 1 won after the horizon, 2 from accounts without any candidate."
    )
    assert Reach(0, 0, 0, 0, 0).sentence("created") == "No opportunities began in the test span, so reach cannot be told."

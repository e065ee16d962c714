"""Members: counted once, whoever they turn out to be, and only by what was known."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
from hypothesis import HealthCheck, given, settings

from bgml.config import settings_from
from bgml.data.dataset import Dataset, open_tables
from bgml.groups.members import Members, members
from bgml.project import Project
from tests.strategies import MONDAY, frames, tables

AS_OF = date(2026, 1, 5)
SETTINGS = settings_from({"project": {"name": "members"}, "check": {"max_bad_share": 1.0}}, "test")


def signal(number: int, person: str | None, visitor: str | None, occurred: str, **more: Any) -> dict[str, Any]:
    return {
        "signal_id": f"s{number}", "account_id": "a", "topic": "ai", "person_id": person, "visitor_id": visitor, "category": "named",
        "action": "visit", "occurred_at": pd.Timestamp(occurred), "recorded_at": pd.Timestamp(occurred), **more,
    }  # fmt: skip


def dataset(signals: list[dict[str, Any]], **others: pd.DataFrame) -> Dataset:
    deal = {"opportunity_id": "o", "account_id": "a", "topic": "other", "created_at": pd.Timestamp("2025-01-01"), "outcome": "open"}
    rows = {"accounts": pd.DataFrame({"account_id": ["a", "b"]}), "signals": pd.DataFrame(signals), "opportunities": pd.DataFrame([deal])}
    return open_tables({**rows, **others}, AS_OF, SETTINGS)


def found(data: Dataset, groups: list[tuple[Any, Any]], as_of: date = AS_OF, root: Path = Path()) -> Members:
    accounts, topics = zip(*groups, strict=True)
    return members(Project(root, SETTINGS), data, as_of, pa.table({"account_id": list(accounts), "topic": list(topics)}))


def test_a_visitor_and_the_person_it_became_are_one() -> None:
    data = dataset([
        signal(1, None, "v1", "2025-11-01"), signal(2, "p1", "v1", "2025-12-20"), signal(3, None, "v1", "2025-12-30"),
        signal(4, None, "v2", "2025-12-30"),
    ])  # fmt: skip
    people = found(data, [("a", "ai")]).people
    assert people[["person_id", "visitor_id"]].to_numpy().tolist() == [["p1", None], [None, "v2"]]
    assert people["actions_91d"].tolist() == [3, 1]
    assert people["actions_28d"].tolist() == [2, 1]
    assert people["first_seen"].astype(str).tolist() == ["2025-11-01", "2025-12-30"]
    assert people["share"].tolist() == [0.75, 0.25]


def test_before_it_is_recognised_a_visitor_stays_a_visitor() -> None:
    rows = [signal(1, None, "v1", "2025-11-01"), signal(2, "p1", "v1", "2025-12-20", recorded_at=pd.Timestamp("2025-12-28"))]
    data = dataset(rows)
    assert found(data, [("a", "ai")], date(2025, 12, 28)).people["visitor_id"].tolist() == ["v1"]
    assert found(data, [("a", "ai")], date(2025, 12, 29)).people["person_id"].tolist() == ["p1"]


def test_a_visitor_is_recognised_within_its_account_only() -> None:
    data = dataset([signal(1, None, "v1", "2025-12-01"), signal(2, "p1", "v1", "2025-12-20", account_id="b")])
    assert found(data, [("a", "ai")]).people["visitor_id"].tolist() == ["v1"]


def test_a_sign_on_another_topic_of_the_account_counts() -> None:
    data = dataset([signal(1, None, "v1", "2025-12-01"), signal(2, "p1", "v1", "2025-12-20", topic="other")])
    assert found(data, [("a", "ai")]).people["person_id"].tolist() == ["p1"]


def test_status_follows_the_last_signal() -> None:
    data = dataset([
        signal(1, "here", None, "2025-12-08"), signal(2, "cool", None, "2025-12-07"), signal(3, "dark", None, "2025-10-05"),
        signal(4, "gone", None, "2025-07-06"), signal(5, "cold", None, "2025-10-06"),
    ])  # fmt: skip
    people = found(data, [("a", "ai")]).people
    assert dict(zip(people["person_id"], people["status"], strict=True)) == {
        "here": "active", "cool": "cooling", "cold": "cooling", "dark": "dark",
    }  # fmt: skip


def test_touches_are_told_apart_and_only_before_the_date() -> None:
    touches = pd.DataFrame({
        "touch_id": ["t1", "t2", "t3"], "account_id": "a", "person_id": ["p1", "p1", "p2"], "kind": "mail",
        "occurred_at": pd.to_datetime(["2025-11-02 09:00", "2025-12-03 10:00", "2026-01-04 00:00"]),
    })  # fmt: skip
    data = dataset([signal(1, "p1", None, "2025-12-20"), signal(2, "p2", None, "2025-12-21")], touches=touches)
    people = found(data, [("a", "ai")], date(2026, 1, 4)).people.set_index("person_id")
    assert str(people.loc["p1", "last_touch"].date()) == "2025-12-03"
    assert pd.isna(people.loc["p2", "last_touch"])
    assert people["actions_91d"].tolist() == [1, 1]


def test_what_only_the_account_showed_has_a_line_in_time_and_no_member() -> None:
    intent = signal(2, None, None, "2025-12-31", category="third_party_intent")
    both = found(dataset([signal(1, "p1", None, "2025-12-24"), intent]), [("a", "ai")])
    assert both.people["person_id"].tolist() == ["p1"]
    rows = both.timeline.to_pylist()
    assert [(row["person_id"], str(row["week"]), row["category"], row["actions"]) for row in rows] == [
        ("p1", "2025-12-22", "named", 1),
        (None, "2025-12-29", "third_party_intent", 1),
    ]


def test_groups_keep_their_order_and_roles_are_told() -> None:
    people = pd.DataFrame({"person_id": ["p1"], "title": ["CFO"]})
    data = dataset([signal(1, "p1", None, "2025-12-24"), signal(2, "p1", None, "2025-12-24", topic="other")], people=people)
    told = found(data, [("a", "other"), ("a", "ai")]).people
    assert told[["place", "topic", "role", "role_source"]].to_numpy().tolist() == [
        [0, "other", "finance", "title"],
        [1, "ai", "finance", "title"],
    ]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows=tables())
def test_members_are_what_a_plain_loop_finds(rows: dict[str, list[dict[str, Any]]]) -> None:
    data = open_tables(frames(rows), date(2023, 1, 1), SETTINGS)
    known = [row for row in rows["signals"] if _known(row) < _midnight(MONDAY)]
    groups = sorted({(row["account_id"], row["topic"]) for row in known}, key=str)
    if not groups:
        return
    told = found(data, groups, MONDAY).people
    got = {
        (row["account_id"], row["topic"], row["person_id"], row["visitor_id"]): (row["actions_28d"], row["actions_91d"])
        for row in told.to_dict("records")
    }
    assert got == _by_hand(known)


def _by_hand(known: list[dict[str, Any]]) -> dict[tuple[Any, ...], tuple[int, int]]:
    """Members and their counts in plain loops."""
    signs: dict[tuple[Any, Any], tuple[datetime, Any]] = {}
    for row in known:
        if row.get("person_id") is not None and row.get("visitor_id") is not None:
            key, sign = (row["account_id"], row["visitor_id"]), (_known(row), row["person_id"])
            signs[key] = max(signs.get(key, sign), sign)
    counts: dict[tuple[Any, ...], Counter[str]] = defaultdict(Counter)
    for row in known:
        person, visitor = row.get("person_id"), row.get("visitor_id")
        if person is None and visitor is not None:
            person = signs.get((row["account_id"], visitor), (None, None))[1]
        if person is None and visitor is None:
            continue
        key = (row["account_id"], row["topic"], person, visitor if person is None else None)
        for days in (28, 91, 182):
            counts[key][str(days)] += row["occurred_at"] >= _midnight(MONDAY) - timedelta(days)
    return {key: (count["28"], count["91"]) for key, count in counts.items() if count["182"]}


def _known(row: dict[str, Any]) -> datetime:
    return max(row["occurred_at"], row.get("recorded_at") or row["occurred_at"])


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)

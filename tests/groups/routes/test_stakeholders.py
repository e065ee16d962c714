"""People and visitors of an account at a date, each counted once, by brute force."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bgml.data.dataset import open_tables
from bgml.groups.routes.stakeholders import stakeholders
from tests import strategies as made

D = date(2025, 6, 2)


def counted(signals: list[dict[str, Any]], account: Any, as_of: date) -> int:
    """The same, one signal after the other."""
    known = []
    for row in signals:
        occurred, recorded = row["occurred_at"], row.get("recorded_at") or row["occurred_at"]
        if max(occurred, recorded) < pd.Timestamp(as_of) and row["account_id"] == account:
            known.append({**row, "known": max(occurred, recorded)})
    shown, both = {}, [row for row in known if None not in (row["person_id"], row["visitor_id"])]
    for row in sorted(both, key=lambda row: (row["known"], row["person_id"])):
        shown[row["visitor_id"]] = row["person_id"]
    window = [row for row in known if row["occurred_at"] >= pd.Timestamp(as_of) - pd.Timedelta(days=91)]
    people = {row["person_id"] for row in window if row["person_id"] is not None}
    visitors = {row["visitor_id"] for row in window if row["person_id"] is None and row["visitor_id"] is not None}
    return len(people | {shown[v] for v in visitors if v in shown}) + len({v for v in visitors if v not in shown})


@st.composite
def worlds(draw: st.DrawFn) -> tuple[made.Ids, list[dict[str, Any]]]:
    ids = draw(made.ids())
    return ids, draw(made.signals(ids, max_size=16))


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(worlds(), made.dates())
def test_everybody_counts_once(world: tuple[made.Ids, list[dict[str, Any]]], dates: list[date]) -> None:
    ids, signals = world
    deal = {"opportunity_id": ids.make(1), "account_id": ids.accounts[0], "topic": ids.topics[0], "outcome": "open"}
    frames = {
        "accounts": pd.DataFrame({"account_id": ids.accounts}),
        "signals": pd.DataFrame(signals).astype({"person_id": object, "visitor_id": object}),
        "opportunities": pd.DataFrame([{**deal, "created_at": pd.Timestamp("2021-01-01")}]),
    }
    for name in ("person_id", "visitor_id"):
        if isinstance(ids.people[0], int):
            frames["signals"][name] = frames["signals"][name].astype("Int64")
    frames["signals"]["recorded_at"] = pd.to_datetime(frames["signals"]["recorded_at"])
    dataset = open_tables(frames)
    days = sorted(set(dates))
    found = stakeholders(dataset, pd.Index(ids.accounts, dtype=object), days)
    for place, account in enumerate(ids.accounts):
        assert found[place].tolist() == [counted(signals, account, day) for day in days]


@pytest.fixture(scope="module")
def signal() -> Any:
    """A row of signals that happened so many days before D."""

    def make(days: int, person: str | None = None, visitor: str | None = None, topic: str = "ai") -> dict[str, Any]:
        at = pd.Timestamp(D) - pd.Timedelta(days=days)
        return {"account_id": "a", "person_id": person, "visitor_id": visitor, "topic": topic, "occurred_at": at}

    return make


def opened(rows: list[dict[str, Any]]) -> Any:
    signals = pd.DataFrame(rows).assign(signal_id=range(len(rows)), category="named", action="visit")
    accounts = pd.DataFrame({"account_id": ["a", "b"]})
    deal = {"opportunity_id": "o", "account_id": "a", "topic": "ai", "outcome": "open", "created_at": pd.Timestamp("2024-01-01")}
    return open_tables({"accounts": accounts, "signals": signals, "opportunities": pd.DataFrame([deal])})


def test_a_visitor_and_the_person_it_turned_out_to_be_are_one_from_then_on(signal: Any) -> None:
    earlier = [signal(30, visitor="v"), signal(20, person="p", topic="cloud")]
    dataset = opened([*earlier, signal(10, person="p", visitor="v"), signal(5, visitor="w")])
    dates = [D - timedelta(25), D - timedelta(15), D - timedelta(9), D]
    assert stakeholders(dataset, pd.Index(["b", "a"], dtype=object), dates).tolist() == [[0, 0, 0, 0], [1, 2, 1, 2]]


def test_the_window_is_ninety_one_days(signal: Any) -> None:
    dataset = opened([signal(91, person="p"), signal(92, person="q"), signal(0, person="r")])
    assert stakeholders(dataset, pd.Index(["a"], dtype=object), [D, D + timedelta(1)]).tolist() == [[1, 1]]

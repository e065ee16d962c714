"""Next steps: the most urgent first, each with the fact it rests on."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd

from bgml.ranking.advice.next_steps import group_steps, member_steps, standing

AS_OF = date(2026, 1, 5)
REQUIRED = {"ai": ("decision_maker", "champion", "finance")}


def member(person: str | None, role: str | None, a28: int, a91: int, seen: str, touched: str | None = None, **more: Any) -> dict[str, Any]:
    age = (pd.Timestamp(AS_OF) - pd.Timestamp(seen)).days
    return {
        "place": 0, "topic": "ai", "person_id": person, "visitor_id": None, "role": role, "actions_28d": a28, "actions_91d": a91,
        "last_seen": pd.Timestamp(seen), "status": "active" if age <= 28 else "cooling" if age <= 91 else "dark",
        "last_touch": pd.Timestamp(touched) if touched else pd.NaT, **more,
    }  # fmt: skip


def steps(*rows: dict[str, Any], missing: list[str] | None = None, touches_known: bool = True) -> list[str]:
    members = pd.DataFrame(rows).astype({"last_touch": "datetime64[us]"})
    made = member_steps(members, standing(members, REQUIRED), AS_OF, touches_known=touches_known)
    return group_steps(members, made, [missing or []])[0]


def test_the_order_of_urgency() -> None:
    found = steps(
        member("busy", "influencer", 9, 12, "2026-01-02"),
        member("here", None, 1, 1, "2025-12-30"),
        member("boss", "decision_maker", 0, 2, "2025-11-20"),
        member("cfo", "finance", 2, 2, "2026-01-01", "2025-03-01"),
        member("champ", "champion", 0, 0, "2025-08-01"),
        member(None, None, 6, 6, "2026-01-02", visitor_id="v1"),
        missing=["champion"],
    )
    assert found == [
        "Contact [cfo], finance: 2 actions in four weeks, not reached since 2025-03-01",
        "Contact [boss], decision maker: 2 actions in thirteen weeks, not reached",
        "Contact [busy], influencer: 9 actions in four weeks, not reached",
        "Contact [here]: 1 action in four weeks, not reached",
        "Find champion: nobody known has that role",
        "Win [champ], champion back: not seen for 157 days",
        "Find out who visitor [v1] is: 6 actions in four weeks",
    ]


def test_whoever_was_reached_lately_needs_no_first_contact() -> None:
    assert steps(member("p", "finance", 3, 3, "2026-01-02", "2025-12-01"), member("q", None, 1, 1, "2026-01-02", "2025-10-06")) == []
    assert steps(member("q", None, 1, 1, "2026-01-02", "2025-10-05"), member("r", None, 0, 0, "2025-12-01")) == [
        "Contact [q]: 1 action in four weeks, not reached since 2025-10-05"
    ]


def test_without_touches_nobody_is_called_not_reached() -> None:
    assert steps(member("p", "finance", 3, 3, "2026-01-02"), member("q", None, 0, 0, "2025-12-01"), touches_known=False) == [
        "Contact [p], finance: 3 actions in four weeks"
    ]


def test_a_group_of_one_needs_a_second_person() -> None:
    found = steps(member("p", "finance", 3, 3, "2026-01-02", "2026-01-01"), member("old", None, 0, 0, "2025-08-01"), missing=["champion"])
    assert found == ["Find champion: nobody known has that role", "Find a second person: [p] is the only one known"]


def test_deciding_roles_are_key_even_where_no_topic_asks_for_them() -> None:
    rows = pd.DataFrame([member("a", "executive", 1, 1, "2026-01-01"), member("b", "legal", 1, 1, "2026-01-01")])
    assert standing(rows, {"ai": ()}).tolist() == [0, 1000]
    assert standing(rows, {"ai": ("finance", "legal")}).tolist() == [0, 1]

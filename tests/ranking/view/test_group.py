"""A group's view: what it adds to the rows of a ranking."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pandas as pd

from bgml.ranking.archive.people import FIELDS, Book
from bgml.ranking.view.group import GroupView, Rows, view

AS_OF = date(2026, 1, 5)
MONDAY = date(2025, 12, 29)


def member(person: str | None, seen: date, role: str | None = None, **more: Any) -> dict[str, Any]:
    return {
        "person_id": person, "visitor_id": None if person else "v", "topic": "ai", "role": role, "role_source": "crm" if role else None,
        "role_confidence": 0.9, "actions_28d": 1, "actions_91d": 2, "first_seen": date(2025, 1, 1), "last_seen": seen, "share": 0.5,
        "status": "active" if seen > date(2025, 12, 1) else "dark", "next_step": None, "last_touch": None, **more,
    }  # fmt: skip


def did(person: str | None, *weeks_back: int) -> list[dict[str, Any]]:
    return [
        {"person_id": person, "visitor_id": None, "week": MONDAY - timedelta(7 * back), "category": "named", "actions": back + 1}
        for back in weeks_back
    ]


def made(members: list[dict[str, Any]], timeline: list[dict[str, Any]], **row: Any) -> GroupView:
    rows = Rows(
        {"account_id": "a", "topic": "ai", "missing_roles": [], "next_step": None, **row}, pd.DataFrame(members),
        pd.DataFrame(timeline, columns=["person_id", "visitor_id", "week", "category", "actions"]),
        pd.DataFrame(columns=["week", "kind", "touches", "person_id"]),
    )  # fmt: skip
    names = pd.DataFrame([{"person_id": "p1", **dict.fromkeys(FIELDS), "name": "Ann"}])
    return view(rows, AS_OF, ["finance", "champion"], Book(names))


def test_weeks_end_with_the_last_that_began_before_the_date() -> None:
    found = made([member("p1", MONDAY)], did("p1", 0, 3, 40))
    assert found.weeks[-1] == MONDAY
    assert len(found.weeks) == 13
    assert found.members[0].weeks == (*[0] * 9, 4, 0, 0, 1)


def test_who_is_active_in_the_same_weeks() -> None:
    found = made([member("p1", MONDAY), member("p2", MONDAY), member("p3", MONDAY)], did("p1", 0, 1, 2) + did("p2", 1, 2, 5) + did("p3", 2))
    assert [(pair.first, pair.second, pair.weeks) for pair in found.together] == [("Ann", "p2", 2)]


def test_a_role_that_only_a_dark_member_has_is_inactive() -> None:
    found = made([member("p1", MONDAY, "champion"), member("p2", date(2025, 9, 1), "finance")], [], missing_roles=["finance"])
    assert found.inactive_roles == ("finance",)
    assert found.single_threaded


def test_reasons_are_sorted_by_what_they_speak_for() -> None:
    found = made([member("p1", MONDAY)], [], reasons=["[p1] came back", "against: nobody of finance"])
    assert found.reasons_for == ("Ann came back",)
    assert found.reasons_against == ("nobody of finance",)


def test_who_came_lately_has_arrived() -> None:
    found = made([member("p1", MONDAY, first_seen=AS_OF - timedelta(28)), member("p2", MONDAY, first_seen=AS_OF - timedelta(29))], [])
    assert [member.arrived for member in found.members] == [True, False]


def test_what_only_the_account_showed_has_a_line_of_its_own() -> None:
    found = made([member("p1", MONDAY)], did(None, 0, 1))
    assert found.account_weeks[-2:] == (2, 1)
    assert found.members[0].weeks == (0,) * 13

"""Contact roles: everyone who is there, the most active first."""

from __future__ import annotations

from typing import Any

from bgml.project import Project
from bgml.ranking.handout import contents
from bgml.ranking.handout.drafts import contacts, opportunities
from tests.ranking.handout.drafts.test_opportunities import NONE
from tests.ranking.handout.rankings import Made

PAIR: dict[str, Any] = {"account_id": "a", "topic": "ai"}


def test_known_people_are_linked_the_most_active_as_primary(project: Project) -> None:
    members = [
        {**PAIR, "person_id": "quiet", "status": "dark", "actions_91d": 0},
        {**PAIR, "person_id": "lost boss", "status": "dark", "actions_91d": 0, "role": "decision_maker"},
        {**PAIR, "person_id": "busy", "actions_91d": 9, "next_step": "Contact [busy]"},
        {**PAIR, "visitor_id": "v1", "actions_91d": 99},
    ]
    book = [{"person_id": "busy", "name": "Bo", "email": "same@x.com", "title": "CTO"}, {"person_id": "lost boss", "email": "same@x.com"}]
    found = contents.read(project, Made([PAIR], members, book=book).stored(project))
    drafts, _ = opportunities.drafts(found, NONE, 180)
    rows = contacts.table(drafts, found).to_pylist()
    assert [(row["person_id"], row["is_primary"], row["email"]) for row in rows] == [
        ("busy", True, "same@x.com"),
        ("lost boss", False, "same@x.com"),
    ]
    assert (rows[0]["name"], rows[0]["title"], rows[0]["next_step"]) == ("Bo", "CTO", "Contact Bo")
    assert {row["opportunity_external_id"] for row in rows} == {drafts[0].external_id}
    assert len({row["external_id"] for row in rows}) == 2


def test_ids_that_are_numbers_stay_numbers_and_nobody_is_an_empty_table(project: Project) -> None:
    group = {"account_id": 1, "topic": 2}
    found = contents.read(project, Made([group], [{**group, "person_id": 3}]).stored(project))
    drafts, _ = opportunities.drafts(found, NONE, 180)
    table = contacts.table(drafts, found)
    assert table.select(["account_id", "topic", "person_id"]).to_pylist() == [{"account_id": 1, "topic": 2, "person_id": 3}]
    assert contacts.table([], found).num_rows == 0

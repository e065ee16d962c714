"""What a ranking holds, joined for people."""

from __future__ import annotations

import datetime

from bgml.project import Project
from bgml.ranking.handout import contents
from tests.ranking.handout.rankings import Made

ANN = {"person_id": "p1", "name": "Ann\nLee", "email": None, "title": "CFO", "department": None}


def test_only_accounts_to_work_are_joined_and_the_most_active_comes_first(project: Project) -> None:
    members = [
        {"account_id": "a", "topic": "ai", "visitor_id": "v1", "actions_91d": 3},
        {"account_id": "a", "topic": "ai", "person_id": "p1", "actions_91d": 3},
        {"account_id": "a", "topic": "ai", "person_id": "p2", "actions_91d": 9},
        {"account_id": "b", "topic": "ai", "person_id": "p3"},
    ]
    groups = [{"account_id": "a", "topic": "ai"}, {"account_id": "b", "topic": "ai", "selected": False}, {"account_id": "a", "topic": "x"}]
    found = contents.read(project, Made(groups, members).stored(project))
    assert found.members is not None
    assert list(found.members) == [("a", "ai")]
    assert [member["person_id"] for member in found.members_of(groups[0])] == ["p2", "p1", None]
    assert found.members_of(groups[2]) == ()
    assert [row["topic"] for row in found.of_account["a"]] == ["ai", "x"]
    assert set(found.of_account) == {"a"}


def test_names_take_the_place_of_ids_on_one_line(project: Project) -> None:
    members = [{"account_id": 1, "topic": "ai", "person_id": 7}, {"account_id": 1, "topic": "ai", "person_id": 8}]
    made = Made([{"account_id": 1, "topic": "ai"}], members, book=[ANN | {"person_id": 7}])
    found = contents.read(project, made.stored(project))
    here = found.members_of({"account_id": 1, "topic": "ai"})
    assert found.told("Contact [7] and [8], not [9]", here) == "Contact Ann Lee and 8, not [9]"
    assert found.told(None, here) is None


def test_what_happened_by_week_counts_buyers_and_sellers_apart(project: Project) -> None:
    monday = datetime.date(2025, 5, 26)
    week = {"account_id": "a", "week": monday}
    made = Made(
        [{"account_id": "a", "topic": "ai"}, {"account_id": "a", "topic": "x"}],
        timeline=[
            {**week, "topic": "ai", "person_id": "p1", "category": "named", "actions": 2},
            {**week, "topic": "ai", "person_id": "p2", "category": "named", "actions": 1},
            {**week, "topic": "x", "category": "third_party_intent", "actions": 5},
        ],
        touches=[
            {**week, "topic": None, "person_id": "p1", "kind": "call", "touches": 1},
            {**week, "topic": "ai", "kind": "mail", "touches": 4},
            {**week, "topic": "other", "kind": "mail", "touches": 9},
        ],
    )
    found = contents.read(project, made.stored(project))
    groups = found.of_account["a"]
    assert found.happened(groups[:1]) == {monday: ["1 by sellers: call", "4 by sellers: mail", "3 named"]}
    assert found.happened(groups) == {monday: ["1 by sellers: call", "4 by sellers: mail", "3 named", "5 third party intent"]}


def test_a_ranking_made_before_rankings_held_members(project: Project) -> None:
    stored = Made([{"account_id": "a", "topic": "ai"}], members=None).stored(project)
    found = contents.read(project, stored)
    assert (found.members, found.timeline, found.touches) == (None, None, None)
    assert found.members_of(found.selected[0]) == ()
    assert found.happened(found.selected) == {}

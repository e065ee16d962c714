"""The brief: the account's whole context, in lines that anyone can read."""

from __future__ import annotations

import datetime
from typing import Any

from bgml.project import Project
from bgml.ranking.handout import contents
from bgml.ranking.handout.drafts import brief, opportunities
from tests.ranking.handout.drafts.test_opportunities import NONE
from tests.ranking.handout.rankings import DAY, Made

PAIR: dict[str, Any] = {"account_id": "a", "topic": "ai"}


def told(project: Project, made: Made) -> str:
    found = contents.read(project, made.stored(project))
    drafts, _ = opportunities.drafts(found, NONE, 180)
    return brief.brief(drafts[0], found)


def test_a_brief_tells_all_there_is(project: Project) -> None:
    made = Made(
        [
            {**PAIR, "account_name": "Acme", "reasons": ["Contact of [p1] came"], "next_step": "Contact [p1], finance", "coverage": 0.75},
            {**PAIR, "topic": "cloud", "selected": False, "people": 1},
            {"account_id": "z", "topic": "ai", "selected": False},
        ],
        [
            {**PAIR, "person_id": "p2", "actions_28d": 0, "actions_91d": 7, "status": "cooling"},
            {**PAIR, "person_id": "p1", "role": "it_security", "role_source": "title", "actions_28d": 1, "last_touch": DAY},
            {**PAIR, "visitor_id": "v1", "actions_91d": 4},
        ],
        timeline=[{**PAIR, "week": datetime.date(2025, 5, 26), "category": "qualified_lead", "actions": 3, "person_id": "p1"}],
        touches=[{"account_id": "a", "week": datetime.date(2025, 5, 19), "kind": "call", "touches": 1}],
        book=[{"person_id": "p1", "name": "A\n# B", "title": "CIO"}],
    )
    assert (
        told(project, made)
        == """# Acme - ai

Rank 1 of 3 at 2025-06-02, chance 20%, stage engaged, trend new, 75% of the required roles filled.

## Why

- Contact of A # B came

## Next steps

- Contact A # B, finance

## Who

- **A # B**, CIO (it security, from the title): 1 action in four weeks, 3 in thirteen; last seen 2025-06-02, active; last touched 2025-06-02
- **p2**: 0 actions in four weeks, 7 in thirteen; last seen 2025-06-02, cooling; no touch known
- 1 anonymous visitor: 4 actions in thirteen weeks

## Missing roles

- decision maker

## Week by week

- week of 2025-05-26: 3 qualified lead
- week of 2025-05-19: 1 by sellers: call

## Other topics of the account

- cloud: rank 2, chance 20%, 1 person

From bgml's ranking 0000000000000000 of 2025-06-02, made by propensity:1.
"""
    )


def test_what_is_not_known_is_left_out(project: Project) -> None:
    empty = dict.fromkeys(("propensity", "stage", "trend", "coverage", "missing_roles", "reasons", "next_step"))
    text = told(project, Made([{**PAIR, **empty}]))
    assert "None" not in text
    assert "##" not in text
    assert "Rank 1 of 1 at 2025-06-02." in text


def test_a_brief_fits_into_the_field_of_a_crm(project: Project) -> None:
    members = [{**PAIR, "person_id": f"p{number}"} for number in range(900)]
    text = told(project, Made([PAIR], members))
    assert len(text) <= brief.LONGEST
    assert text.endswith("no touch known\n(shortened)\n")

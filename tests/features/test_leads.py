"""Qualified leads, and who else is active beside them."""

from __future__ import annotations

import math


def test_leads(world):
    lead = {"category": "qualified_lead", "person": "p"}
    acts = [{**lead, "ago": 5}, {**lead, "ago": 60}, {"ago": 3, "person": "q"}, {"ago": 80, "person": "r"}, {"ago": 3, "visitor": "v"}]
    acts += [{"ago": 3, "person": person, "account": "none"} for person in "pq"]
    acts += [{**lead, "ago": 100, "account": "old"}, {"ago": 4, "person": "q", "account": "old"}]
    found = world(acts)
    group, none, old = (found[account, "x"] for account in ("a", "none", "old"))
    assert [group[f"people_qualified_lead_{days}d"] for days in (7, 28, 91)] == [1, 1, 1]
    assert (group["days_since_qualified_lead"], group["people_beside_lead"]) == (5, 2)
    assert (none["people_qualified_lead_91d"], none["people_beside_lead"]) == (0, 0)
    assert math.isnan(none["days_since_qualified_lead"])
    assert (old["people_qualified_lead_91d"], old["people_qualified_lead_182d"], old["people_beside_lead"]) == (0, 1, 0)
    assert old["days_since_qualified_lead"] == 100

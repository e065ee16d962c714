"""Breadth: five people with one act each beat one person with five."""

from __future__ import annotations

import math

import pytest


def test_breadth(world):
    wide = [{"account": "wide", "ago": 3, "person": f"p{number}"} for number in range(5)]
    deep = [{"account": "deep", "ago": 3, "person": "p0"} for _ in range(5)]
    mixed = [
        {"account": "mixed", "ago": 2, "person": "p1", "visitor": "v1"},
        {"account": "mixed", "ago": 3, "visitor": "v1", "category": "anonymous"},
        {"account": "mixed", "ago": 4, "visitor": "v1", "category": "anonymous"},
        {"account": "mixed", "ago": 5, "category": "third_party_intent"},
        {"account": "mixed", "ago": 60, "person": "p2", "category": "qualified_lead"},
    ]
    found = world(wide + deep + mixed)
    wide, deep, mixed = (found[account, "x"] for account in ("wide", "deep", "mixed"))
    assert (wide["people_7d"], deep["people_7d"]) == (5, 1)
    assert wide["breadth_7d"] == pytest.approx(5)
    assert deep["breadth_7d"] == pytest.approx(math.sqrt(5))
    assert (wide["actions_per_person"], deep["actions_per_person"]) == (1.0, 5.0)
    assert [mixed[f"people_{days}d"] for days in (28, 91)] == [1, 2]
    assert [mixed[f"people_named_{days}d"] for days in (28, 91)] == [1, 1]
    assert [mixed[f"visitors_{days}d"] for days in (28, 91)] == [1, 1]
    assert (mixed["everyone_28d"], mixed["everyone_91d"]) == (2, 3)
    assert mixed["breadth_91d"] == pytest.approx(1 + math.sqrt(2) + 1)
    assert mixed["actions_per_person"] == pytest.approx(5 / 3)

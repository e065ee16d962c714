"""The account: what it does on all topics, and what kind of company it is."""

from __future__ import annotations

import math

import pytest


def test_account(world):
    acts = [
        {"ago": 3, "person": "p"}, {"ago": 30, "person": "p"}, {"ago": 30, "person": "q"}, {"topic": "y", "ago": 5, "person": "r"},
        {"topic": "y", "ago": 60, "person": "p"}, {"topic": "z", "ago": 120, "visitor": "v"}, {"account": "b", "ago": 3, "visitor": "v"},
    ]  # fmt: skip
    accounts = {
        "a": {"industry": "Banking", "employees": 250, "region": "north"},
        "b": {"industry": None, "employees": None, "region": "south"},
    }
    found = world(acts, accounts=accounts)
    group, other = found["a", "x"], found["b", "x"]
    assert [group[f"account_actions_{days}d"] for days in (7, 28, 91, 182)] == [2, 2, 5, 6]
    assert [group[f"account_people_{days}d"] for days in (7, 28, 91, 182)] == [2, 2, 3, 3]
    assert [group[f"account_topics_{days}d"] for days in (7, 28, 91, 182)] == [2, 2, 2, 3]
    assert group["share_of_account"] == pytest.approx(3 / 5)
    assert group["share_of_people"] == pytest.approx(2 / 3)
    assert (group["industry"], group["region"], group["employees"]) == ("Banking", "north", 250.0)
    assert math.isnan(other["employees"]) and other["industry"] != other["industry"]
    assert (other["share_of_account"], other["share_of_people"]) == (1.0, 0.0)
    assert "revenue" not in group and "segment" not in group

"""Recency and arrivals: the day before the as-of date is one day ago."""

from __future__ import annotations

import math


def test_recency(world):
    group = [
        {"ago": 1, "visitor": "v", "category": "anonymous"},
        {"ago": 10, "person": "p"},
        {"ago": 40, "person": "p"},
        {"ago": 30, "person": "q", "category": "qualified_lead"},
        {"ago": 200, "category": "third_party_intent"},
        {"ago": 300, "person": "p", "topic": "y"},
        {"ago": 20, "visitor": "p"},
        {"ago": 15, "person": "r"},
    ]
    found = world([*group, {"account": "b", "ago": 90, "visitor": "v"}])
    group, one = found["a", "x"], found["b", "x"]
    assert (group["days_since_last"], group["days_since_first"]) == (1, 200)
    assert group["days_since_named"] == 10
    # p came 40 days ago, q 30, the visitor p 20, r 15, v 1.
    assert group["days_since_second_person"] == 30
    assert group["days_since_third_person"] == 20
    assert group["days_since_fifth_person"] == 1
    assert group["account_days_since_first"] == 300
    assert group["days_to_third_person"] == 180
    assert (one["days_since_last"], one["days_since_first"], one["account_days_since_first"]) == (90, 90, 90)
    assert math.isnan(one["days_since_second_person"]) and math.isnan(one["days_to_third_person"])
    assert one["days_since_named"] == 90

"""Third-party intent: its level and its surge, three weeks against the twelve before."""

from __future__ import annotations

import math

import pytest


def test_intent(world):
    acts = [
        {"category": "third_party_intent", "ago": ago, "weight": weight}
        for ago, weight in ((1, 2.0), (21, 0.5), (22, 1.0), (105, 3.0), (106, 9.0))
    ]
    acts += [{"ago": 2, "person": "p", "weight": 50.0}, {"category": "third_party_intent", "topic": "y", "ago": 5, "person": "p"}]
    found = world([*acts, {"account": "b", "ago": 2, "person": "p"}])
    group, none = found["a", "x"], found["b", "x"]
    assert (group["intent_weight_21d"], group["intent_weight_105d"]) == (2.5, 6.5)
    assert group["intent_surge"] == pytest.approx(4 * (2.5 + 0.25) / (6.5 - 2.5 + 1))
    assert group["account_intent_28d"] == 4
    assert group["days_since_intent"] == 1
    assert (none["intent_weight_21d"], none["account_intent_28d"], none["intent_surge"]) == (0.0, 0, 1.0)
    assert math.isnan(none["days_since_intent"])

"""How much was done: actions by category, days, weeks and weight."""

from __future__ import annotations


def test_volume(world):
    acts = [
        {"ago": 1, "person": "p", "weight": 2.5},
        {"ago": 1, "person": "p", "weight": 0.0, "action": "call"},
        {"ago": 7, "visitor": "v", "category": "anonymous"},
        {"ago": 8, "category": "third_party_intent", "weight": 0.25},
        {"ago": 28, "person": "q", "category": "qualified_lead"},
        {"ago": 29, "person": "q"},
        {"ago": 91, "person": "q", "action": "call"},
        {"ago": 182, "person": "q"},
        {"ago": 183, "person": "q"},
    ]
    found = world(acts)["a", "x"]
    assert [found[f"actions_{days}d"] for days in (7, 28, 91, 182)] == [3, 5, 7, 8]
    assert [found[f"actions_named_{days}d"] for days in (7, 28, 91, 182)] == [2, 2, 4, 5]
    assert [found[f"actions_anonymous_{days}d"] for days in (7, 28)] == [1, 1]
    assert [found[f"actions_third_party_intent_{days}d"] for days in (7, 28)] == [0, 1]
    assert [found[f"actions_qualified_lead_{days}d"] for days in (7, 28)] == [0, 1]
    assert [found[f"weight_{days}d"] for days in (7, 28, 91)] == [3.5, 4.75, 6.75]
    assert [found[f"days_{days}d"] for days in (7, 28, 91, 182)] == [2, 4, 6, 7]
    # Weeks begin on Monday; so did the 7th day before the as-of date, and the 91st.
    assert [found[f"weeks_{days}d"] for days in (91, 182)] == [5, 6]
    assert [found[f"kinds_of_action_{days}d"] for days in (28, 91)] == [2, 2]
    assert [found[f"categories_{days}d"] for days in (28, 91)] == [4, 4]

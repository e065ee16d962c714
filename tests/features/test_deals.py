"""History of deals, as it was known at the date."""

from __future__ import annotations

import pytest


def test_history_of_deals(world):
    acts = [{"account": account, "topic": topic, "ago": 3, "person": "p"} for account in "ab" for topic in "xy"]
    deals = [
        {"opened": 500, "closed": 400, "outcome": "won"},
        {"opened": 300, "closed": 100, "outcome": "won"},
        {"opened": 300, "closed": 1, "outcome": "lost"},
        {"opened": 30, "closed": 0, "outcome": "won"},
        {"topic": "y", "opened": 365, "closed": 364, "outcome": "lost"},
        {"account": "b", "opened": 90, "closed": 50, "outcome": "lost"},
        {"account": "b", "topic": "y", "opened": 20, "outcome": "open"},
        {"account": "silent", "opened": 200, "closed": 60, "outcome": "won"},
    ]
    found = world(acts, deals=deals)
    ax, ay, bx, by = (found[account, topic] for account in "ab" for topic in "xy")
    assert [group["won_before"] for group in (ax, ay, bx, by)] == [2, 0, 0, 0]
    assert [group["lost_before"] for group in (ax, ay, bx, by)] == [1, 1, 1, 0]
    assert [group["account_won_before"] for group in (ax, ay, bx, by)] == [2, 2, 0, 0]
    assert [group["account_lost_before"] for group in (ax, ay, bx, by)] == [2, 2, 1, 1]
    assert [group["account_open_before"] for group in (ax, ay, bx, by)] == [1, 1, 1, 1]
    assert [group["topic_won_364d"] for group in (ax, ay, bx, by)] == [2, 0, 2, 0]
    assert [group["topic_lost_364d"] for group in (ax, ay, bx, by)] == [2, 1, 2, 1]
    assert [group["topic_opened_364d"] for group in (ax, ay, bx, by)] == [5, 1, 5, 1]
    assert ax["topic_win_rate"] == pytest.approx(3 / 6)
    assert ay["topic_win_rate"] == pytest.approx(1 / 3)

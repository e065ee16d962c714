"""Momentum and surge: a group against its own past, its account's and its topic's."""

from __future__ import annotations

import pytest


def _acts(*ages, **values):
    return [{"ago": ago, "person": f"p{place}", **values} for place, ago in enumerate(ages)]


def test_momentum(world):
    rising = _acts(1, 2, 5, 20, 25, 30, 80, 90, 100, 150)
    other_topic = _acts(3, 50, 60, 70, topic="y")
    other_account = _acts(40, 45, 170, account="b")
    found = world(rising + other_topic + other_account)["a", "x"]
    # a, x: 3 acts in 7 days, 5 in 28, 8 in 91, 10 in 182; 4 in 21 and 9 in 105.
    assert found["momentum"] == pytest.approx(3.25 * 5 / 8)
    assert found["momentum_week"] == pytest.approx(4 * 3 / 5)
    assert found["breadth_momentum"] == pytest.approx(5 / 8)
    assert found["people_momentum"] == pytest.approx(5 / 10)
    assert (found["recent_actions_21d"], found["recent_actions_105d"]) == (4, 9)
    assert found["surge"] == pytest.approx(4 * (4 + 0.25) / (9 - 4 + 1))
    assert (found["account_recent_actions_21d"], found["account_recent_actions_105d"]) == (5, 13)
    assert found["account_surge"] == pytest.approx(4 * (5 + 0.25) / (13 - 5 + 1))
    assert (found["topic_actions_28d"], found["topic_actions_182d"]) == (5, 13)
    assert found["topic_momentum"] == pytest.approx(6.5 * 5 / 13)
    assert found["momentum_against_topic"] == pytest.approx((3.25 * 5 / 8) / (6.5 * 5 / 13))


def test_an_old_group_is_quiet_and_steady_activity_is_normal(world):
    steady = [{"account": "steady", "ago": ago, "person": "p"} for ago in range(1, 183)]
    found = world([*steady, {"account": "quiet", "ago": 85, "person": "p"}])
    quiet, steady = found["quiet", "x"], found["steady", "x"]
    assert (quiet["momentum"], quiet["momentum_week"], quiet["people_momentum"]) == (0.0, 0.0, 0.0)
    assert quiet["surge"] == pytest.approx(0.5)
    assert steady["momentum"] == pytest.approx(1.0)
    assert steady["momentum_week"] == pytest.approx(1.0)
    assert steady["surge"] == pytest.approx(1.0)
    assert steady["account_surge"] == pytest.approx(1.0)

"""Concentration: whether a group hangs on one champion."""

from __future__ import annotations

import pytest


def test_concentration(world):
    alone = [{"account": "alone", "ago": 5, "person": "p"}] * 4
    pair = [{"account": "pair", "ago": ago, "person": person} for ago, person in ((1, "p"), (2, "p"), (3, "p"), (40, "q"))]
    even = [{"account": "even", "ago": number + 1, "visitor": f"v{number}"} for number in range(4)]
    nobody = [{"account": "nobody", "ago": 5}, {"account": "nobody", "ago": 60, "person": "p"}]
    found = world(alone + pair + even + nobody)
    alone, pair, even, nobody = (found[account, "x"] for account in ("alone", "pair", "even", "nobody"))
    assert (alone["concentration_7d"], alone["concentration_182d"]) == (1.0, 1.0)
    assert (alone["effective_people"], alone["single_threaded"]) == (1.0, 1)
    assert pair["concentration_28d"] == 1.0
    assert pair["concentration_91d"] == pytest.approx((9 + 1) / 16)
    assert pair["effective_people"] == pytest.approx(1.6)
    assert pair["single_threaded"] == 0
    assert even["concentration_7d"] == pytest.approx(0.25)
    assert even["effective_people"] == pytest.approx(4)
    assert (nobody["concentration_7d"], nobody["concentration_91d"]) == (0.0, 1.0)
    assert alone["concentration_days_91d"] == 1.0
    assert even["concentration_days_91d"] == pytest.approx(0.25)

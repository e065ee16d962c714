"""Togetherness: the same weeks, not one after the other."""

from __future__ import annotations

import pytest

PEOPLE = {"p": {"role": "champion"}, "q": {"role": "finance"}, "r": {"role": "finance"}}


def test_togetherness(world):
    # Seven days before the as-of date a week began, on a Monday.
    together = [{"account": "one", "ago": ago, "person": person} for ago in (1, 8) for person in "pqr"]
    apart = [{"account": "two", "ago": ago, "person": person} for ago, person in ((1, "p"), (7, "p"), (8, "q"), (15, "r"), (50, "p"))]
    found = world(together + apart, people=PEOPLE)
    one, two = found["one", "x"], found["two", "x"]
    assert (one["person_weeks_28d"], one["person_weeks_91d"], one["role_weeks_91d"]) == (6, 6, 4)
    assert (one["people_per_week"], one["roles_per_week"], one["weeks_per_person"]) == (3.0, 2.0, 2.0)
    assert (two["person_weeks_28d"], two["person_weeks_91d"], two["role_weeks_91d"]) == (3, 4, 4)
    assert (two["people_per_week"], two["roles_per_week"]) == (1.0, 1.0)
    assert two["weeks_per_person"] == pytest.approx(4 / 3)


def test_visitors_alone_are_nobody_together(world):
    found = world([{"ago": 3, "visitor": "v"}], only=["people_per_week", "roles_per_week", "weeks_per_person"])["a", "x"]
    assert (found["people_per_week"], found["roles_per_week"], found["weeks_per_person"]) == (0.0, 0.0, 0.0)

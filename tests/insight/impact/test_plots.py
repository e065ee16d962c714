"""Pictures: which are drawn, what their titles say, and that odd numbers do not break them."""

from __future__ import annotations

import pytest

from bgml.insight.impact.plots import pictures


def estimate(value=2.0, low=1.5, high=3.0):
    return {"value": value, "low": low, "high": high}


def row(title="win rate", *, crude=None, adjusted=None, too_few=False):
    return {"title": title, "crude": crude or estimate(), "adjusted": adjusted, "too_few": too_few}


def step(name, value=0.1, low=0.05, high=0.2):
    return {"name": name, "value": value, "low": low, "high": high}


def ladder(measure="win_rate", steps=None):
    steps = steps or [step("1"), step("5+", 0.4, 0.3, 0.5)]
    return {"measure": measure, "title": "win rate", "statistic": "share", "unit": None, "steps": steps}


def drawn(**changes):
    whole = {"headline": [row()], "breadth": [ladder()], "roles": [], "pilot": None, **changes}
    return {picture.name: picture for picture in pictures(whole)}


def test_only_what_there_are_numbers_for_is_drawn():
    assert list(drawn()) == ["ratios", "breadth"]
    assert list(drawn(headline=[], breadth=[], roles=[ladder()], pilot={"since": [row()]})) == ["roles", "pilot"]
    assert drawn(headline=[row(too_few=True)], breadth=[]) == {}


@pytest.mark.parametrize(
    ("rows", "begin"),
    [
        ([row(), row(crude=estimate(1.1, 0.9, 1.4))], "1 of 2 measures differs beyond chance"),
        ([row(crude=estimate(1.1, 0.9, 1.4))], "None of 1 measures"),
        ([row(adjusted=estimate(0.5, 0.2, 0.8))] * 2, "2 of 2 measures differ beyond"),
    ],
)
def test_the_title_counts_what_differs_beyond_chance(rows, begin):
    assert drawn(headline=rows)["ratios"].title.startswith(begin)


def test_the_title_of_a_ladder_names_its_ends():
    assert drawn()["breadth"].title == "Win rate: 10% with 1, 40% with 5+ people"


@pytest.mark.parametrize(
    "odd",
    [
        estimate(5.0, 1.2, None), estimate(0.0, None, None), estimate(None, None, None), estimate(900.0, 0.001, 4000.0),
        estimate(1.0, 0.0, 3.0), estimate(2.0, None, None),
    ],
)  # fmt: skip
def test_odd_numbers_are_drawn_or_left_out(odd):
    made = drawn(headline=[row(crude=odd), row(adjusted=odd)], breadth=[ladder(steps=[step("1", **odd), step("5+")])])
    assert made["ratios"].png.startswith(b"\x89PNG")
    assert "<svg" in made["breadth"].svg

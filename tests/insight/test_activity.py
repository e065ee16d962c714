"""Who was active before a moment: only what was known, only in the span, nobody twice."""

from __future__ import annotations

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from bgml.insight.activity import active_before
from tests.insight.worlds import World, at


def active(world: World, days: int = 30) -> set[tuple[object, ...]]:
    """person, visitor, actions before each MQL of the world."""
    dataset = world.dataset()
    signals = dataset.table("signals")
    leads = signals.filter(signals.category == "qualified_lead")
    found = active_before(dataset, leads.select(key="signal_id", account_id="account_id", topic="topic", at="known_at"), days)
    return {
        tuple(None if pd.isna(value) else value for value in row)
        for row in found[["person_id", "visitor_id", "actions"]].itertuples(index=False)
    }


def test_the_span_is_half_open_and_the_moment_itself_is_not_before_it():
    world = World()
    world.mql(0, "a")
    world.act(-30, "a", person="first")
    world.act(-30.01, "a", person="too early")
    world.act(-0.01, "a", person="last")
    world.act(0, "a", person="same moment")
    assert active(world) == {("first", None, 1), ("last", None, 1)}


def test_what_was_recorded_later_was_not_known():
    world = World()
    world.mql(0, "a")
    world.act(-5, "a", person="late", recorded=1)
    world.act(-5, "a", person="in time", recorded=-1)
    assert active(world) == {("in time", None, 1)}


def test_only_the_pair_counts():
    world = World()
    world.mql(0, "a")
    world.act(-5, "a", "cloud", person="other topic")
    world.act(-5, "b", person="other account")
    world.act(-5, "a")
    assert active(world) == set()


def test_a_visitor_who_was_known_by_name_is_not_counted_beside_the_person():
    world = World()
    world.mql(0, "a")
    world.act(-9, "a", visitor="v1")
    world.act(-8, "a", person="p1", visitor="v1")
    world.act(-7, "a", visitor="v2")
    world.act(5, "a", person="p2", visitor="v2")
    assert active(world) == {("p1", None, 1), (None, "v2", 1)}


def test_a_visitor_named_at_another_account_stays_a_stranger_here():
    world = World()
    world.mql(0, "a")
    world.act(-9, "a", visitor="v1")
    world.act(-20, "b", person="p9", visitor="v1")
    assert active(world) == {(None, "v1", 1)}


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.floats(-40, 40), st.floats(0, 40), st.sampled_from("pqr"), st.sampled_from("ab")), max_size=25))
def test_it_equals_its_definition(acts):
    world = World()
    world.mql(0, "a")
    expected = dict[str, int]()
    for day, delay, person, account in acts:
        world.act(day, account, person=person, recorded=day + delay)
        if account == "a" and at(day) >= at(-30) and at(day + delay) < at(0):
            expected[person] = expected.get(person, 0) + 1
    assert active(world) == {(person, None, number) for person, number in expected.items()}

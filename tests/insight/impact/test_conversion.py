"""Groups by month: who is a row, and which rows had an opportunity opened."""

from __future__ import annotations

import datetime

import pandas as pd
from hypothesis import given
from hypothesis import settings as settings_of_hypothesis
from hypothesis import strategies as st

from bgml.groups.dates import grid
from bgml.insight.impact.conversion import conversion, within
from tests.insight.worlds import DAY, World, at, settings

HORIZON = {"outcome": {"horizon": 60}}


def found(world: World, **changes):
    return conversion(world.dataset(), settings(**{**HORIZON, **changes}))


def of(made, account: str) -> pd.DataFrame:
    return made.sample.rows[made.sample.rows["account_id"] == account].set_index("as_of")


def test_a_row_is_a_pair_with_known_people_at_a_date():
    world = World()
    world.act(0, "a", person="p1")
    world.act(2, "a", person="p2")
    world.act(2, "a", visitor="v")
    world.act(0, "only visitors", visitor="v")
    made = of(found(world), "a")
    days = made.index
    assert ((days > DAY) & (days <= at(93))).all()
    assert (pd.Series(days).diff().dropna() == pd.Timedelta(days=28)).all()
    assert made["people"].max() == 2
    assert of(found(world), "only visitors").empty


@settings_of_hypothesis(max_examples=8, deadline=None)
@given(
    st.lists(st.tuples(st.floats(-190, 380), st.floats(0, 30), st.sampled_from("ab"), st.sampled_from("pqr")), max_size=30),
    st.sampled_from([1, 28, 30, 91, 120]),
)
def test_people_and_actions_equal_their_definition_at_every_date(acts, days):
    world = World()
    for day, delay, account, person in acts:
        world.act(day, account, person=person, recorded=day + delay)
    rows = found(world, impact={"days": days}).sample.rows
    expected = {}
    for as_of in map(pd.Timestamp, grid(28, at(-200 + days).date(), at(399 - 60).date())):
        for name in "ab":
            here = [
                person
                for day, delay, account, person in acts
                if account == name and at(day + delay) < as_of and as_of - pd.Timedelta(days=days) <= at(day)
            ]
            if here:
                expected[as_of, name] = (len(set(here)), len(here))
    got = rows[rows["account_id"].isin(["a", "b"])]
    keys = zip(got["as_of"], got["account_id"], strict=True)
    assert dict(zip(keys, zip(got["people"], got["actions"], strict=True), strict=True)) == expected


def test_opened_within_the_horizon_and_never_while_one_is_open():
    world = World()
    for day in range(0, 200, 7):
        world.act(day, "a", person="p1")
    deal = world.deal(100, "a", closed=150)
    made = found(world)
    rows = of(made, "a")
    assert not rows.index[(rows.index > at(100)) & (rows.index <= at(150))].size
    before = rows[rows.index <= at(100)]
    assert (before["value"] == (before.index > at(40))).all()
    behind = made.sample.deals
    assert set(behind["opportunity_id"]) == {deal}
    assert len(behind) == int(rows["value"].sum())


def test_every_date_has_its_span_before_it_and_its_horizon_after_it():
    world = World()
    for day in range(-200, 399, 7):
        world.act(day, "a", person="p1")
    days = of(found(world), "a").index
    assert days.min() >= at(-200 + 91)
    assert days.max() <= at(399 - 60)


def test_without_a_mature_date_there_are_no_rows():
    world = World()
    world.act(0, "a", person="p1")
    assert found(world, outcome={"horizon": 900}).sample.rows.empty


def test_within_keeps_the_whole_horizon_inside():
    rows = pd.DataFrame({"as_of": pd.to_datetime(["2024-01-01", "2024-02-01", "2024-03-01"])})
    feb = datetime.date(2024, 2, 1)
    assert within(rows, feb, None, 30).tolist() == [False, True, True]
    assert within(rows, None, datetime.date(2024, 3, 2), 30).tolist() == [True, True, False]

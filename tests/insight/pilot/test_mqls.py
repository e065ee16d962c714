"""MQLs: who else was there, what the pair was to sales, which of them make one entry."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from bgml.insight.pilot.mqls import entries, mqls
from tests.insight.worlds import DAY, World, settings


def row(world, **changes):
    found = mqls(world.dataset(), settings(**changes))
    assert len(found.rows) == 1
    return found.rows.iloc[0]


def test_others_are_distinct_known_people_besides_the_mqls_own():
    world = World()
    world.mql(0, "a", person="lead")
    for day in (-3, -2, -1):
        world.act(day, "a", person="lead")
        world.act(day, "a", person="p1")
    world.act(-4, "a", person="p2")
    world.act(-4, "a", visitor="v1")
    world.act(-120, "a", person="before the lookback")
    assert row(world)[["others", "visitors"]].tolist() == [2, 1]
    assert row(world, groups={"lookback": 150})["others"] == 3


def test_an_mql_without_a_person_is_its_visitors():
    world = World()
    world.mql(0, "a", person=None, visitor="v1")
    world.act(-1, "a", visitor="v1")
    world.act(-1, "a", visitor="v2")
    world.act(-1, "a", person="p1")
    assert row(world)[["others", "visitors"]].tolist() == [1, 1]


def test_the_mql_is_dated_by_when_it_was_known():
    world = World()
    world.mql(-10, "a", recorded=0)
    world.act(-5, "a", person="p1")
    found = row(world)
    assert found["at"] == DAY
    assert found["others"] == 1


def test_the_standing_of_a_pair():
    cases = {
        "open": ((-5, None, False), "in_pipeline"),
        "closed after": ((-5, 5, True), "in_pipeline"),
        "created after": ((1, None, False), ""),
        "lost": ((-50, -5, False), ""),
        "won": ((-50, -5, True), "customer"),
        "won long ago": ((-199, -190, True), ""),
    }
    world = World()
    for account, ((created, closed, won), _) in cases.items():
        world.mql(0, account)
        world.deal(created, account, closed=closed, won=won)
    world.mql(0, "other topic", "cloud")
    world.deal(-5, "other topic", "ai")
    found = mqls(world.dataset(), settings(groups={"customer_days": 100})).rows.set_index("account_id")["standing"]
    assert found.to_dict() == {**{account: expected for account, (_, expected) in cases.items()}, "other topic": ""}


def test_excluded_accounts_are_left_out_and_counted():
    world = World()
    world.mql(0, "a")
    world.mql(0, "b")
    found = mqls(world.dataset(), settings(groups={"exclude_accounts": ["b"]}))
    assert found.rows["account_id"].tolist() == ["a"]
    assert found.excluded == 1


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 60)), max_size=30), st.integers(1, 20))
def test_an_entry_spans_the_lookback_from_its_first(rows, lookback):
    frame = pd.DataFrame(sorted(rows), columns=["account_id", "day"]).assign(topic="t")
    frame["at"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(frame["day"].astype(float), "D")
    number = entries(frame, lookback)
    assert (np.diff(number) >= 0).all()
    for _, entry in frame.groupby(number):
        assert entry["account_id"].nunique() == 1
        assert entry["day"].max() - entry["day"].min() <= lookback
    first = frame.groupby(number)[["account_id", "day"]].first()
    for (_, before), (_, after) in zip(first.iterrows(), list(first.iterrows())[1:], strict=False):
        assert before["account_id"] != after["account_id"] or after["day"] > before["day"] + lookback

"""Shards: groups, actors and dated people of a range of accounts, as codes."""

from __future__ import annotations

import numpy as np
import pandas as pd

from bgml.engine.shards.shard import Shard, entity_codes, masks, versions_of
from bgml.engine.shards.tiles import blocks, topic_ids
from tests.engine_fixtures import opened

NO_DAY, NO_END = -(2**31), 2**31 - 1
SIGNALS = [
    # account, topic, person, visitor, category, action, day of January 2024 (the 1st is a Monday)
    ("a", "x", "p", None, "named", "visit", 1), ("a", "x", "q", "v", "named", "call", 3), ("a", "x", None, "p", "anonymous", "visit", 8),
    ("a", "y", "p", None, "qualified_lead", "visit", 9), ("b", "x", "q", None, "named", "visit", 2),
    ("b", "x", None, None, "anonymous", "visit", 2),
    ("c", "y", "r", None, "named", "call", 15),
]  # fmt: skip
PEOPLE = pd.DataFrame(
    {
        "person_id": ["p", "p", "q", "gone"],
        "from_day": [NO_DAY, 19_730, NO_DAY, NO_DAY],
        "to_day": [19_730, NO_END, 19_725, NO_END],
        "department": ["Sales", "IT", None, "IT"],
        "seniority": [None, None, "Director", None],
        "role": ["champion", "finance", "champion", "legal"],
    }
)


def _shard(start=0, stop=None, versions=True):
    columns = ["account_id", "topic", "person_id", "visitor_id", "category", "action", "day"]
    signals = pd.DataFrame(SIGNALS, columns=columns)
    signals["signal_id"] = [f"s{number}" for number in range(len(signals))]
    signals["occurred_at"] = pd.to_datetime("2023-12-31") + pd.to_timedelta(signals.pop("day"), "D")
    opportunities = pd.DataFrame({"opportunity_id": ["o"], "account_id": ["a"], "topic": ["x"], "outcome": ["open"]})
    opportunities["created_at"] = pd.to_datetime(["2023-12-01"])
    dataset = opened({"accounts": pd.DataFrame({"account_id": ["a", "b", "c"]}), "signals": signals, "opportunities": opportunities})
    (tiles,) = blocks(dataset, topic_ids(dataset), weights=False, actions=True)
    required = {"x": ("champion", "legal"), "y": ("finance",)}
    people = versions_of(PEOPLE, tiles.people) if versions else None
    return Shard(tiles, start, len(tiles) if stop is None else stop, people, required)


def test_groups_point_into_the_tiles_and_accounts_into_the_groups():
    shard = _shard()
    assert shard.account_ids.to_pylist() == ["a", "b", "c"]
    pairs = [
        (shard.tiles.accounts[int(a)].as_py(), shard.tiles.topics[int(t)].as_py())
        for a, t in zip(shard.group_account, shard.group_topic, strict=True)
    ]
    assert pairs == [("a", "x"), ("a", "y"), ("b", "x"), ("c", "y")]
    assert shard.group_ptr.tolist() == [0, 3, 4, 6, 7]
    assert shard.account_groups.tolist() == [0, 2, 3, 4]


def test_a_shard_of_later_accounts_counts_from_its_own_beginning():
    shard = _shard(4, 7)
    assert shard.account_ids.to_pylist() == ["b", "c"]
    assert shard.group_ptr.tolist() == [0, 2, 3]
    assert shard.account_groups.tolist() == [0, 1, 2]
    assert len(shard.plain.occurred) == 3


def test_persons_and_visitors_with_the_same_id_are_two():
    shard = _shard()
    codes, most = shard.who
    assert most == 3
    assert len(set(codes[:3].tolist())) == 3
    person, visitor = shard.plain.codes["person"][:3], shard.plain.codes["visitor"][:3]
    assert ((person >= 0) != (visitor >= 0)).all()
    assert sorted((person >= 0).tolist()) == [False, True, True]
    assert shard.plain.codes["either"][4:6].min() == -1


def test_days_and_weeks_count_from_the_first():
    shard = _shard()
    place = np.argsort(shard.plain.occurred, kind="stable")
    assert shard.plain.codes["day"][place].tolist() == [0, 1, 1, 2, 7, 8, 14]
    assert shard.plain.codes["week"][place].tolist() == [0, 0, 0, 0, 1, 1, 2]


def test_tiles_of_people_are_cut_where_they_change():
    shard = _shard()
    dated = shard.dated
    assert len(dated.occurred) == 6
    assert np.diff(dated.group_ptr).tolist() == [3, 2, 1, 0]
    words = dated.words["department"]
    pieces = {
        (int(low), int(high)): words[code] if code >= 0 else None
        for low, high, code in zip(dated.lower, dated.upper, dated.codes["department"], strict=True)
    }
    assert pieces == {(NO_DAY, 19_730): "Sales", (19_730, NO_END): "IT", (NO_DAY, 19_725): None}


def test_a_role_is_required_by_topic():
    dated = _shard().dated
    roles, topics = dated.words["role"], ("x", "y")
    found = {
        (topics[topic], roles[role]): bool(code >= 0)
        for topic, role, code in zip(dated.codes["topic"], dated.codes["role"], dated.codes["required"], strict=True)
    }
    assert found == {("x", "champion"): True, ("x", "finance"): False, ("y", "champion"): False, ("y", "finance"): True}


def test_a_condition_sets_its_bit():
    shard = _shard()
    conditions = [
        (),
        (("category", ("named", "qualified_lead")),),
        (("action", ("call",)), ("category", ("named",))),
        (("action", ("sing",)),),
    ]
    found = masks(shard.plain, conditions)
    expected = [
        [bit for bit, holds in enumerate((category != "anonymous", category == "named" and action == "call")) if holds]
        for _, _, _, _, category, action, _ in SIGNALS
    ]  # fmt: skip
    bits = [{bit for bit in range(3) if value >> bit & 1} for value in map(int, found)]
    assert sorted(map(sorted, bits)) == sorted(expected)
    assert all(int(value) >> 63 for value in found)


def test_pairs_are_numbered_within_the_account():
    shard = _shard()
    (codes,), (size,) = entity_codes(shard.plain, shard, [("person", "week")])
    assert size == 3
    assert sorted(codes[:4].tolist()) == [-1, 0, 1, 2]
    assert codes[4:].tolist().count(-1) == 1


def test_people_that_never_act_are_left_out():
    versions = _shard().versions
    assert versions.pointer.tolist() == [0, 2, 3, 3]
    assert versions.words["role"] == ("champion", "finance")

"""Whom next steps name: looked up for a few groups as for all, by any kind of id, and nobody who is not of the group."""

from __future__ import annotations

import pytest

from bgml.data.topics import Topics
from bgml.ranking.archive import people, store
from bgml.web.shelf import steps as module
from bgml.web.shelf.names import Names
from bgml.web.shelf.snapshot import Snapshot
from tests.web.made_ranking import WEEKS, groups, made_project


def snapshot_of(tmp_path, rows) -> Snapshot:
    project = made_project(tmp_path / "acme", {WEEKS[0]: rows})
    stored = store.latest(project.rankings)
    assert stored is not None
    return Snapshot(stored, Names(project.rankings / people.FILE), Topics({}, {}, None))


STEPS = ["Contact [a0-p0], x", "Contact [a1-p0]", "Contact [nobody]", "Find [ a0-p0 ]", None, "Ask [a0-p0] and [a0-p1]"]
NAMED = [("a0-p0", "Name a0-p0"), (None, None), (None, None), (None, None), (None, None), ("a0-p0", "Name a0-p0")]


def test_a_few_and_all_say_the_same(tmp_path, monkeypatch):
    rows = [{"account_id": "a0", "topic": str(place), "members": 2, "next_step": step} for place, step in enumerate(STEPS)]
    steps = snapshot_of(tmp_path, rows).steps
    assert steps.of(range(6)) == NAMED
    assert [steps.of([place])[0] for place in (5, 0, 2)] == [NAMED[place] for place in (5, 0, 2)]
    monkeypatch.setattr(module, "FEW", 3)
    assert steps.of(range(6)) == NAMED
    assert steps.of([5, 0]) == [NAMED[5], NAMED[0]], "made for all by now"


def test_accounts_and_topics_that_are_numbers(tmp_path):
    pairs = [(account, topic) for account in (7, 70) for topic in (1, 2)]
    rows = [{"account_id": account, "topic": topic, "members": 1, "next_step": f"Contact [{account}-p0]"} for account, topic in pairs]
    snapshot = snapshot_of(tmp_path, rows)
    looked_up = snapshot.steps.of(range(4))
    snapshot.warm()
    assert looked_up == snapshot.steps.of(range(4)) == [(f"{row['account_id']}-p0", f"Name {row['account_id']}-p0") for row in rows]


@pytest.mark.parametrize("ready", [False, True])
def test_where_members_are_damaged_nobody_is_named(tmp_path, ready):
    snapshot = snapshot_of(tmp_path, groups(4))
    (snapshot.stored.folder / "members.parquet").write_bytes(b"nothing")
    if ready:
        snapshot.steps.make()
    assert snapshot.steps.of(range(4)) == [(None, None)] * 4

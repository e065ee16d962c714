from __future__ import annotations

import numpy as np
import pytest

from bgml.errors import RankingError
from bgml.web.shelf.shelf import Shelf
from tests.web.made_ranking import WEEKS, groups, made_project


def _snapshot(root, rows):
    shelf = Shelf(made_project(root, {WEEKS[0]: rows}))
    shelf.poll()
    assert not shelf.trouble
    return shelf.newest()


def test_groups_are_found_by_their_ids_as_text(tmp_path):
    rows = [{"account_id": number, "topic": topic, "members": 1} for number in (7, 12) for topic in ("a/b?c=d&e", "Ω #1")]
    snapshot = _snapshot(tmp_path, rows)
    assert snapshot.position("12", "Ω #1") == 3
    assert snapshot.position("12", "Ω") is None is snapshot.position("1", "a/b?c=d&e")
    assert snapshot.of_account("7") == [0, 1]
    assert snapshot.rows([2])[0]["account_id"] == 12


def test_a_groups_members_weeks_and_touches_are_its_own(tmp_path):
    snapshot = _snapshot(tmp_path, groups(12))
    for position in range(12):
        found = snapshot.group(position)
        key = found.row["account_id"], found.row["topic"]
        assert len(found.members) == 1 + position % 3
        for rows in (found.members, found.timeline):
            assert set(zip(rows["account_id"], rows["topic"], strict=True)) == {key}
        assert (found.touches["account_id"] == key[0]).all()


def test_only_the_groups_own_members_are_named(tmp_path):
    steps = ["Contact [a0-p0], practitioner", "Contact [a1-p0], practitioner", "Contact [nobody]", "Find [ a0-p0 ]", None]
    rows = [{"account_id": "a0", "topic": str(place), "members": 1, "next_step": step} for place, step in enumerate(steps)]
    rows.append({"account_id": "a1", "topic": "x", "members": 1, "reasons": ["asked by [a1-p0] and [a0-p0]"]})
    said = [row["next_step"] for row in _snapshot(tmp_path, rows).rows(range(6))]
    assert said[:5] == ["Contact Name a0-p0, practitioner", *steps[1:]]
    assert _snapshot(tmp_path, rows).rows([5])[0]["reasons"] == ["asked by Name a1-p0 and [a0-p0]"]


@pytest.mark.parametrize("people", [0, 1])
def test_a_ranking_without_people_is_served(tmp_path, people):
    rows = [{"account_id": "a", "topic": "t", "members": people, "next_step": None}]
    snapshot = _snapshot(tmp_path, rows)
    snapshot.warm()
    assert snapshot.group(0).members["person_id"].tolist() == ["a-p0"] * people


def test_topics_may_be_whole_numbers(tmp_path):
    snapshot = _snapshot(tmp_path, [{"account_id": number, "topic": topic, "members": 2} for number in (1, 2) for topic in (10, 20)])
    snapshot.warm()
    assert snapshot.position("2", "10") == 2 and snapshot.codes("topic")[0][:2] == ["10", "20"]
    assert len(snapshot.group(2).members) == 2 and snapshot.text.holding("20").tolist() == [False, True, False, True]


def test_lists_that_are_empty_do_not_pile_up(tmp_path, monkeypatch):
    monkeypatch.setattr("bgml.web.shelf.snapshot.MASKS_REMEMBERED", 10_000)
    masks = _snapshot(tmp_path, groups(4)).masks
    for number in range(1000):
        masks.get(number, lambda: np.zeros(0, np.int32))
    assert 0 < sum(masks.there(number) is not None for number in range(1000)) < 20


def test_damage_while_it_is_made_ready_is_told_when_it_is_asked_for(tmp_path):
    snapshot = _snapshot(tmp_path, groups(4))
    (snapshot.stored.folder / "members.parquet").write_bytes(b"nothing")
    snapshot.warm()
    assert snapshot.ready and "[a0-p0]" in snapshot.rows([0])[0]["next_step"]
    with pytest.raises(RankingError, match="was damaged while it was served"):
        snapshot.group(0)

from __future__ import annotations

import shutil

from bgml.web.shelf.shelf import Shelf
from tests.web.made_ranking import WEEKS, groups, made_project, write


def _shelf(root, weeks):
    found = Shelf(made_project(root, weeks))
    found.poll()
    return found


def test_a_group_stood_where_its_owner_had_it(tmp_path):
    rows = groups(6, owners=("Ann", "Bob"))
    before = [{**row, "owner": "Bob"} if row["account_id"] == "a2" else row for row in rows[::-1]]
    assert _shelf(tmp_path, {WEEKS[0]: before, WEEKS[1]: rows}).newest().before.tolist() == [2, 1, 4, 3, 0, 0]


def test_what_nobody_owns_and_what_is_new_stood_nowhere(tmp_path):
    rows = groups(6)
    assert _shelf(tmp_path, {WEEKS[0]: rows[1:], WEEKS[1]: rows}).newest().before.tolist() == [0, 1, 1, 2, 0, 0]


def test_the_first_ranking_and_one_whose_former_is_gone_have_none_before(tmp_path):
    rows = groups(4)
    shelf = _shelf(tmp_path, {WEEKS[0]: rows, WEEKS[1]: rows})
    assert shelf.snapshot(WEEKS[0]).before.tolist() == [0] * 4
    home = shelf.project.rankings / f"as_of={WEEKS[0]}"
    home.rename(aside := tmp_path / "aside")
    assert shelf.newest().before.tolist() == [0] * 4
    shutil.move(aside, home)
    assert shelf.newest().before.tolist() == [1, 2, 1, 2]


def test_ids_of_another_kind_than_before_are_the_same_by_their_text(tmp_path):
    rows = [{"account_id": str(number), "topic": "t", "owner": "Ann", "members": 1} for number in (3, 4)]
    shelf = _shelf(tmp_path, {WEEKS[0]: rows})
    former = [{"as_of": str(WEEKS[0]), "ranking_id": shelf.newest().ranking_id}]
    write(shelf.project, WEEKS[1], [{**row, "account_id": int(row["account_id"])} for row in rows[::-1]], former)
    shelf.poll()
    assert shelf.newest().before.tolist() == [2, 1]

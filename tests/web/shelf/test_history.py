from __future__ import annotations

from bgml.web.access.viewer import LOCAL, Viewer
from bgml.web.seen.groups import Groups
from bgml.web.shelf.shelf import Shelf
from tests.web.made_ranking import WEEKS, groups, made_project


def _groups(root, weeks):
    shelf = Shelf(made_project(root, weeks))
    shelf.poll()
    return Groups(shelf), shelf


def _places(found, shelf, viewer, account="a1", topic="cloud", as_of=None):
    shown = found.group(shelf.snapshot(as_of), viewer, account, topic)
    return [(place.as_of, place.rank, place.groups) for place in shown.view.history]


def test_a_groups_way_is_told_week_by_week(tmp_path):
    rows = groups(6)
    found, shelf = _groups(tmp_path, {WEEKS[0]: rows, WEEKS[1]: rows[:2] + rows[4:], WEEKS[2]: rows[::-1]})
    assert _places(found, shelf, LOCAL) == [(WEEKS[0], 3, 6), (WEEKS[2], 4, 6)]
    assert _places(found, shelf, LOCAL, as_of=WEEKS[0]) == [(WEEKS[0], 3, 6)]


def test_who_is_limited_sees_places_among_their_own_and_only_while_they_had_the_account(tmp_path):
    rows = groups(8, owners=("Ann", "Bob"))
    others = [{**row, "owner": "Ann"} if row["account_id"] == "a1" else row for row in rows]
    found, shelf = _groups(tmp_path, {WEEKS[0]: others, WEEKS[1]: rows, WEEKS[2]: rows[::-1]})
    assert _places(found, shelf, Viewer("b", "viewer", "Bob")) == [(WEEKS[1], 1, 4), (WEEKS[2], 4, 4)]
    assert found.group(shelf.newest(), Viewer("a", "viewer", "Ann"), "a1", "cloud") is None


def test_a_damaged_week_is_left_out(tmp_path):
    rows = groups(6)
    found, shelf = _groups(tmp_path, {WEEKS[0]: rows, WEEKS[1]: rows})
    next(shelf.project.rankings.glob(f"as_of={WEEKS[0]}/*/ranking.parquet")).write_bytes(b"x")
    assert _places(found, shelf, LOCAL) == [(WEEKS[1], 3, 6)]


def test_whole_numbers_are_ids_too(tmp_path):
    rows = [{"account_id": number, "topic": "t", "members": 1} for number in (3, 4)]
    found, shelf = _groups(tmp_path, {WEEKS[0]: rows, WEEKS[1]: rows[::-1]})
    assert _places(found, shelf, LOCAL, "3", "t") == [(WEEKS[0], 1, 2), (WEEKS[1], 2, 2)]
    assert found.group(shelf.newest(), LOCAL, "x", "t") is None

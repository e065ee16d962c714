from __future__ import annotations

from bgml.web.access.viewer import LOCAL, Viewer
from bgml.web.seen.scope import of_account, position, visible
from bgml.web.shelf.shelf import Shelf
from tests.web.made_ranking import WEEKS, groups, made_project


def _shelf(root, **weeks):
    found = Shelf(made_project(root, {WEEKS[int(place[1:])]: rows for place, rows in weeks.items()}))
    found.poll()
    return found


def test_an_account_is_its_owners_of_today_in_older_rankings_too(tmp_path):
    before = groups(4, owners=("Ann", "Bob"))
    after = [{**row, "owner": {"Ann": "Bob", "Bob": "Ann"}[row["owner"]]} for row in before]
    shelf = _shelf(tmp_path, w0=before, w1=after)
    older = shelf.snapshot(WEEKS[0])
    assert visible(shelf, older, Viewer("a", "viewer", "Ann")).tolist() == [False, False, True, True]
    assert visible(shelf, older, Viewer("b", "viewer", "Bob")).tolist() == [True, True, False, False]
    assert visible(shelf, older, LOCAL) is None


def test_an_account_that_is_gone_stays_its_last_owners(tmp_path):
    shelf = _shelf(tmp_path, w0=groups(4, owners=("Ann", "Bob")), w1=groups(4, owners=("Ann", "Bob"))[2:])
    older = shelf.snapshot(WEEKS[0])
    assert visible(shelf, older, Viewer("a", "viewer", "Ann")).tolist() == [True, True, False, False]


def test_an_owner_without_accounts_sees_nothing(tmp_path):
    shelf = _shelf(tmp_path, w0=groups(6))
    for owner in ("Zoe", "ann", ""):
        viewer = Viewer("z", "viewer", owner)
        assert not visible(shelf, shelf.newest(), viewer).any()
        assert position(shelf, shelf.newest(), viewer, "a2", "cloud") is None


def test_what_is_not_ones_own_is_as_if_it_were_not_there(tmp_path):
    shelf = _shelf(tmp_path, w0=groups(6))
    ann, snapshot = Viewer("a", "viewer", "Ann"), shelf.newest()
    assert position(shelf, snapshot, ann, "a1", "cloud") is None is position(shelf, snapshot, ann, "none", "cloud")
    assert of_account(shelf, snapshot, ann, "a1") == [] == of_account(shelf, snapshot, ann, "none")
    assert of_account(shelf, snapshot, ann, "a0") == [0, 1]

"""Rankings appear, are damaged and vanish while they are served."""

from __future__ import annotations

import shutil
import threading

import pytest

from bgml.errors import RankingError
from bgml.ranking.archive import people
from bgml.web.access.viewer import LOCAL
from bgml.web.problems import Problem
from bgml.web.seen.listing import listed
from bgml.web.seen.query import Query
from bgml.web.shelf.shelf import Shelf
from tests.web.made_ranking import WEEKS, groups, write


@pytest.fixture
def shelf(project):
    found = Shelf(project)
    found.poll()
    return found


def _folder(shelf):
    return shelf.newest().stored.folder


def test_nothing_is_read_again_while_nothing_changes(shelf):
    before = shelf.newest()
    shelf.poll()
    assert shelf.newest() is before


@pytest.mark.parametrize("file", ["ranking", "members", "timeline", "touches"])
def test_a_damaged_ranking_leaves_the_last_good_one(shelf, file):
    path = _folder(shelf) / f"{file}.parquet"
    content = path.read_bytes()
    before = shelf.newest()
    path.write_bytes(content[:-20] + bytes(20))
    shelf.poll()
    assert shelf.newest() is before and "damaged" in shelf.trouble
    assert len(shelf.newest().rows(range(12))) == 12
    if file in ("members", "timeline"):
        with pytest.raises(RankingError, match="was damaged while it was served"):
            shelf.newest().group(3)
    path.write_bytes(content)
    shelf.poll()
    assert shelf.trouble == ""


def test_a_new_ranking_that_is_damaged_is_not_taken_up(shelf, project):
    write(project, WEEKS[-1].replace(day=26), groups(4))
    next(project.rankings.glob("as_of=2026-01-26/*/ranking.parquet")).write_bytes(b"nothing")
    shelf.poll()
    assert shelf.newest().as_of == WEEKS[-1] and shelf.trouble and shelf.failures == 1
    with pytest.raises(Problem, match="cannot be read at the moment"):
        shelf.snapshot(WEEKS[-1].replace(day=26))


def test_a_deleted_ranking_is_served_on(shelf, project):
    shutil.rmtree(project.rankings)
    shelf.poll()
    assert "no longer" in shelf.trouble
    snapshot = shelf.newest()
    assert len(snapshot) == 12 and len(snapshot.group(5).members) > 0


def test_another_date_that_is_not_there_is_told(shelf):
    with pytest.raises(Problem) as unknown:
        shelf.snapshot(WEEKS[0].replace(day=6))
    assert unknown.value.status == 404


def test_a_forgotten_person_is_gone_with_the_next_look(shelf, project):
    assert "Name " in shelf.newest().rows([0])[0]["next_step"]
    person = shelf.newest().group(0).members["person_id"][0]
    assert people.forget(project.rankings, person)
    shelf.poll()
    assert shelf.newest().rows([0])[0]["next_step"] == f"Contact [{person}], practitioner: 3 actions"


def test_a_request_sees_one_ranking_from_beginning_to_end(shelf, project):
    wrong: list[object] = []

    def look() -> None:
        for _ in range(200):
            snapshot = shelf.newest()
            part = listed(shelf, snapshot, LOCAL, Query(), limit=500)
            rows = snapshot.rows(part.positions)
            if len({row["ranking_id"] for row in rows}) != 1 or part.total != len(snapshot):
                wrong.append(rows)

    lookers = [threading.Thread(target=look) for _ in range(3)]
    for looker in lookers:
        looker.start()
    for number in range(6):
        write(project, WEEKS[-1].replace(day=20 + number), groups(4 + 2 * number))
        shelf.poll()
    for looker in lookers:
        looker.join()
    assert not wrong and len(shelf.newest()) == 14


def test_a_service_that_starts_while_the_newest_is_damaged_serves_the_one_before(project):
    path = next(project.rankings.glob(f"as_of={WEEKS[-1]}/*/ranking.parquet"))
    content = path.read_bytes()
    path.write_bytes(b"nothing")
    shelf = Shelf(project)
    shelf.poll()
    before = shelf.newest()
    assert before.as_of == WEEKS[-2] and str(path) in shelf.trouble
    shelf.poll()
    assert shelf.newest() is before
    path.write_bytes(content)
    shelf.poll()
    assert (shelf.newest().as_of, shelf.trouble) == (WEEKS[-1], "")


def test_a_service_with_nothing_to_read_says_that_something_is_wrong(project):
    for path in project.rankings.glob("as_of=*/*/ranking.parquet"):
        path.write_bytes(b"nothing")
    shelf = Shelf(project)
    shelf.poll()
    with pytest.raises(Problem, match="no ranking can be read at the moment"):
        shelf.snapshot()


def test_what_nobody_foresaw_in_a_ranking_leaves_the_last_good_one(shelf, project, monkeypatch, caplog):
    before = shelf.newest()
    write(project, WEEKS[-1].replace(day=26), groups(4))
    with monkeypatch.context() as patched:
        patched.setattr("bgml.web.shelf.shelf.Snapshot", lambda *parts: 1 / 0)
        shelf.poll()
        shelf.poll()
    assert shelf.newest() is before and shelf.trouble and shelf.failures == 2
    assert [record.exc_info[0] for record in caplog.records] == [ZeroDivisionError]
    shelf.poll()
    assert len(shelf.newest()) == 4 and shelf.trouble == ""


def test_a_new_ranking_is_ready_before_it_is_served(shelf, project):
    assert not shelf.newest().ready
    write(project, WEEKS[-1].replace(day=26), groups(4))
    shelf.poll()
    assert len(shelf.newest()) == 4 and shelf.newest().ready


def test_a_former_ranking_nobody_looks_at_is_let_go(shelf, monkeypatch):
    former = shelf.snapshot(WEEKS[0])
    assert shelf.snapshot(WEEKS[0]) is former
    monkeypatch.setattr("bgml.web.shelf.shelf.GIVE_BACK_SECONDS", -1)
    shelf.poll()
    assert shelf.snapshot(WEEKS[0]) is former
    monkeypatch.setattr("bgml.web.shelf.shelf.FORMER_SECONDS", -1)
    shelf.poll()
    assert shelf.snapshot(WEEKS[0]) is not former


def test_a_former_ranking_is_looked_at_again_after_a_moment(shelf, project, monkeypatch):
    clock = [1000.0]
    monkeypatch.setattr("bgml.web.shelf.shelf.time.monotonic", lambda: clock[0])
    former = shelf.snapshot(WEEKS[0])
    assert people.forget(project.rankings, former.group(0).members["person_id"][0])
    clock[0] += 0.9
    assert shelf.snapshot(WEEKS[0]) is former
    clock[0] += 0.2
    assert shelf.snapshot(WEEKS[0]) is not former


def test_reading_begins_while_other_things_load(project):
    shelf = Shelf(project)
    shelf.begin()
    shelf.poll()
    assert shelf.newest() is not None and shelf.newest().as_of == WEEKS[-1]

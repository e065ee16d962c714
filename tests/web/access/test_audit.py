from __future__ import annotations

import json
import os

import pytest
from starlette.requests import HTTPConnection

from bgml.web.access import audit
from bgml.web.access.audit import Audit
from bgml.web.problems import Problem


@pytest.fixture
def somebody():
    return HTTPConnection({"type": "http", "headers": []})


def test_it_goes_on_in_a_new_file_when_the_old_one_was_moved_away(project, somebody, monkeypatch):
    monkeypatch.setattr(audit, "LOOK_SECONDS", 0.0)
    log = Audit(project)
    log.record(somebody, "list", groups=3)
    log.path.rename(log.path.with_suffix(".1"))
    log.record(somebody, "group")
    assert [json.loads(line)["action"] for line in log.path.read_text().splitlines()] == ["group"]
    assert json.loads(log.path.with_suffix(".1").read_text())["groups"] == 3


def test_a_full_disk_keeps_nobody_from_looking_but_from_taking_away(project, somebody, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    log = Audit(project)
    monkeypatch.setattr(os, "write", full)
    log.record(somebody, "list")
    for action in ("export", "verdict"):
        with pytest.raises(Problem) as refused:
            log.record(somebody, action)
        assert refused.value.status == 503


def test_part_of_an_entry_is_none(project, somebody, monkeypatch):
    monkeypatch.setattr(os, "write", lambda handle, line: 10)
    with pytest.raises(Problem):
        Audit(project).record(somebody, "export")


def test_after_a_failed_opening_nothing_is_written_elsewhere(project, somebody, monkeypatch, tmp_path):
    monkeypatch.setattr(audit, "LOOK_SECONDS", 0.0)
    log = Audit(project)
    log.record(somebody, "list")
    log.path.unlink()
    log.path.mkdir()
    log.record(somebody, "list")
    other = tmp_path / "other"
    with other.open("w") as opened:
        for _ in range(3):
            log.record(somebody, "list")
        assert opened.fileno() >= 0
    assert other.read_text() == ""
    log.path.rmdir()
    log.record(somebody, "group")
    assert json.loads(log.path.read_text())["action"] == "group"

"""Runs that wait on disk: kept whole when MLflow is away, sent once, named clearly."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bgml.errors import TrackingError
from bgml.learning.tracking import offline, store
from bgml.learning.tracking.run import read
from bgml.project import Project
from tests.learning.tracking.runs import artifact_in, project_in, training

AWAY = "http://127.0.0.1:9"
HOLD = """
import fcntl, sys
with open(sys.argv[1], "rb") as file:
    fcntl.flock(file, fcntl.LOCK_EX)
    print("held", flush=True)
    sys.stdin.read()
"""


def fill(folder: Path) -> None:
    artifact_in(folder)
    (folder / "files").mkdir()
    (folder / "files" / "report.html").write_text("report")


@pytest.fixture
def kept(local: Project) -> tuple[Project, offline.Delivered]:
    """A project with a local store, and a run kept while its server was away."""
    delivered = offline.deliver(project_in(local.root, AWAY), training(), fill)
    return local, delivered


def test_a_delivered_run_leaves_nothing_behind(local: Project) -> None:
    project = local
    delivered = offline.deliver(project, training(), fill)
    assert delivered.sent is not None
    assert delivered.way_out == ""
    assert Path(delivered.place("report.html")).read_text() == "report"
    assert offline.waiting(project) == []
    assert list((project.state / "offline").iterdir()) == []


def test_a_run_is_kept_whole_while_the_server_is_away(kept: tuple[Project, offline.Delivered]) -> None:
    project, delivered = kept
    assert (delivered.sent, delivered.run_id) == (None, "")
    assert delivered.folder.name.startswith("training-propensity-2025-06-02-")
    assert delivered.way_out == (
        f"the MLflow server at {AWAY} does not answer (Connection refused): the run is kept, `bgml log {delivered.folder.name}` sends it"
    )
    assert (delivered.folder / "artifact" / "model.txt").read_text() == "tree\n"
    assert Path(delivered.place("report.html")).read_text() == "report"
    assert read(delivered.folder).tags["model"] == "propensity"
    assert delivered.folder.stat().st_mode & 0o077 == 0
    assert offline.waiting(project) == [delivered.folder.name]


def test_a_kept_run_is_sent_once_and_registered(kept: tuple[Project, offline.Delivered]) -> None:
    project, delivered = kept
    sent = offline.log(project, "training-propensity")
    assert sent.version is not None
    (row,) = store.registered(project)
    assert (row.version, row.run_id, row.tags["model"]) == (1, sent.run_id, "propensity")
    assert sorted(path.name for path in delivered.folder.iterdir()) == ["run.json", "sent.json"]
    assert offline.waiting(project) == []
    again = [offline.log(project, name) for name in (delivered.folder.name, str(delivered.folder), f"{delivered.folder}/")]
    assert again == [sent] * 3
    assert len(store.registered(project)) == 1


def test_without_a_connection_a_kept_run_stays(kept: tuple[Project, offline.Delivered]) -> None:
    project, delivered = kept
    with pytest.raises(TrackingError, match="does not answer"):
        offline.log(project_in(project.root, AWAY), delivered.folder.name)
    assert offline.waiting(project) == [delivered.folder.name]
    assert offline.log(project, delivered.folder.name).version is not None


def test_names_of_none_and_of_several(kept: tuple[Project, offline.Delivered]) -> None:
    project, delivered = kept
    with pytest.raises(TrackingError, match=f'no kept run is named "nothing" in .*: waiting are {delivered.folder.name}'):
        offline.log(project, "nothing")
    with pytest.raises(TrackingError, match='no kept run is named ""'):
        offline.log(project, "")
    offline.deliver(project_in(project.root, AWAY), training(), fill)
    with pytest.raises(TrackingError, match='"training" is the beginning of several runs: training-propensity.*, training-propensity'):
        offline.log(project, "training")


def test_without_kept_runs_that_is_said(tmp_path: Path) -> None:
    with pytest.raises(TrackingError, match="no run waits to be sent"):
        offline.log(project_in(tmp_path), "training")


def test_damaged_runs_are_named(kept: tuple[Project, offline.Delivered]) -> None:
    project, delivered = kept
    (delivered.folder / "run.json").write_text("{")
    with pytest.raises(TrackingError, match="cannot be read as a kept run"):
        offline.log(project, "training")
    (delivered.folder / "sent.json").write_text("[]")
    with pytest.raises(TrackingError, match=r"sent\.json cannot be read .*; the run was sent, .* may be deleted"):
        offline.log(project, "training")
    (delivered.folder / "run.json").unlink()
    with pytest.raises(TrackingError, match=r"holds no run\.json .*: it is no run that bgml kept"):
        offline.log(project, "training")


def test_two_do_not_send_the_same_run_at_once(kept: tuple[Project, offline.Delivered]) -> None:
    project, delivered = kept
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(delivered.folder / "run.json")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(TrackingError, match="is being sent by another process; wait for it to end"):
            offline.log(project, "training")
        holder.communicate()


def test_what_cannot_be_written_leaves_no_run(tmp_path: Path) -> None:
    project = project_in(tmp_path)

    def full(folder: Path) -> None:
        (folder / "files").mkdir()
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        offline.deliver(project, training(), full)
    assert list((project.state / "offline").iterdir()) == []


def test_no_secret_waits_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_AT", "http://ann:secret@127.0.0.1:9")
    delivered = offline.deliver(project_in(tmp_path, "env:MLFLOW_AT"), training(), fill)
    assert "secret" not in delivered.way_out
    assert not [path for path in delivered.folder.rglob("*") if path.is_file() and b"secret" in path.read_bytes()]
    assert json.loads((delivered.folder / "run.json").read_text())["name"] == "propensity"

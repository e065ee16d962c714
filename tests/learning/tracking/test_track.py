"""MLflow's store: made once, quiet, without names, and unharmed by a move."""

import getpass
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from bgml.errors import TrackingError
from bgml.learning.tracking import store, track
from bgml.project import Project
from tests.learning.tracking.runs import artifact_in, log_training, project_in

LOG = """
import sys
from pathlib import Path
from bgml.config import settings_from
from bgml.learning.tracking.run import Run
from bgml.learning.tracking.send import send
from bgml.project import Project

root = Path(sys.argv[1])
project = Project(root=root, settings=settings_from({"project": {"name": "t"}}, "test"))
print("ready", flush=True)
sys.stdin.readline()
send(project, Run("propensity", {}, version={"model": "propensity", "as_of": "2025-06-02"}), root)
"""


def logged(project: Project, name: str = "propensity", as_of: str = "2025-06-02") -> store.Registered:
    tags = {"model": name, "as_of": as_of, "fingerprint": "f" * 64}
    return log_training(project, name, artifact_in(project.root), params={"horizon": 180}, metrics={"rows": 12, "wins": 3}, tags=tags)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project with two versions, in a folder with a difficult name."""
    project = project_in(tmp_path_factory.mktemp("a b #1 é") / "acme")
    logged(project)
    logged(project, "lambdarank", "2025-06-09")
    return project


def test_every_training_adds_a_version_of_the_one_registered_model(made: Project) -> None:
    rows = store.registered(made)
    assert [(row.version, row.tags["model"], row.tags["as_of"]) for row in rows] == [
        (1, "propensity", "2025-06-02"),
        (2, "lambdarank", "2025-06-09"),
    ]
    assert (Path(rows[0].location) / track.INSIDE / "model.txt").read_text() == "tree\n"


def test_the_registry_read_from_its_files_is_what_mlflow_says(made: Project) -> None:
    track.set_alias(made, "champion", 2)
    ours, mlflows = store.registered(made), track.registered(made)
    assert [(row.version, row.tags, row.run_id) for row in ours] == [(row.version, row.tags, row.run_id) for row in mlflows]
    assert store.aliases(made) == track.aliases(made) == {"champion": 2}


def test_a_version_deleted_in_mlflow_is_gone(made: Project, tmp_path: Path) -> None:
    shutil.copytree(made.root, tmp_path / "copy")
    copy = project_in(tmp_path / "copy")
    with track.connected(copy) as connection:
        connection.client.delete_model_version("bgml-t", "1")
    assert [row.version for row in store.registered(copy)] == [row.version for row in track.registered(copy)] == [2]


def test_a_run_holds_parameters_metrics_and_tags(made: Project) -> None:
    with track.connected(made) as connection:
        run = connection.client.get_run(store.registered(made)[0].run_id)
    assert run.data.params == {"horizon": "180"}
    assert run.data.metrics == {"rows": 12.0, "wins": 3.0}
    assert {"model": "propensity", "as_of": "2025-06-02", "kind": "training"}.items() <= run.data.tags.items()
    assert run.info.status == "FINISHED"


def test_no_name_of_a_person_reaches_the_store(made: Project) -> None:
    with sqlite3.connect(store.database(made)) as connection:
        values = [
            value
            for table in ("tags", "logged_model_tags", "model_version_tags")
            for row in connection.execute(f"select * from {table}")
            for value in row
        ]
    assert getpass.getuser() not in values
    assert not [value for value in values if isinstance(value, str) and value.endswith(".py")]


def test_a_moved_project_finds_everything(made: Project, tmp_path: Path) -> None:
    shutil.copytree(made.root, tmp_path / "elsewhere")
    moved = project_in(tmp_path / "elsewhere")
    assert store.located(moved, store.registered(moved)[0].location).is_dir()
    logged(moved, "propensity", "2025-06-16")
    with track.connected(moved) as connection:
        places = [connection.client.get_run(row.run_id).info.artifact_uri for row in store.registered(moved)]
    everything = [*places, *(row.location for row in store.registered(moved))]
    assert len(everything) == 6
    assert all(place.startswith(str(moved.root)) for place in everything)
    assert all(row.location.startswith(str(made.root)) for row in store.registered(made))
    assert str(made.root).encode() not in store.database(moved).read_bytes().replace(str(moved.root).encode(), b"")


def test_two_first_starts_at_once_both_succeed(tmp_path: Path) -> None:
    artifact_in(tmp_path)
    started = [
        subprocess.Popen(
            [sys.executable, "-c", LOG, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    outputs = []
    for process in started:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in started:
        outputs.append((*process.communicate(timeout=120), process.returncode))
    assert outputs == [("", "", 0), ("", "", 0)], "both succeed, and MLflow says nothing"
    assert [row.version for row in store.registered(project_in(tmp_path))] == [1, 2]


def test_a_failed_logging_leaves_a_failed_run_and_no_version(made: Project, tmp_path: Path) -> None:
    before = store.registered(made)
    with pytest.raises(TrackingError, match="MLflow's store"):
        log_training(
            made, "propensity", tmp_path / "artifact", params={}, metrics={}, tags={"model": "propensity", "as_of": "2025-06-02"}
        )
    assert store.registered(made) == before
    with sqlite3.connect(store.database(made)) as connection:
        assert connection.execute("select status from runs order by start_time desc limit 1").fetchone() == ("FAILED",)


def test_the_users_own_choice_of_a_store_comes_back(made: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:////nowhere/mine.db")
    with track.connected(made) as connection:
        assert connection.mlflow.get_tracking_uri() == store.uri(made)
    assert os.environ["MLFLOW_TRACKING_URI"] == connection.mlflow.get_tracking_uri() == "sqlite:////nowhere/mine.db"
    connection.mlflow.set_tracking_uri(None)


def test_a_database_that_is_none_is_named_at_once(tmp_path: Path) -> None:
    project = project_in(tmp_path)
    store.database(project).write_bytes(b"not a database, but long enough to look at\n" * 50)
    with (
        pytest.raises(TrackingError, match=r"mlflow\.db cannot be used as MLflow's store \(file is not a database\)"),
        track.connected(project),
    ):
        pass
    with pytest.raises(TrackingError, match=r"mlflow\.db cannot be read as MLflow's store"):
        store.registered(project)


def test_a_path_mlflow_cannot_use_is_named(tmp_path: Path) -> None:
    with pytest.raises(TrackingError, match='under a path with "%"'):
        store.uri(project_in(tmp_path / "100%"))


def test_a_store_elsewhere_holds_versions_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    project = project_in(tmp_path / "p", uri=f"sqlite:///{tmp_path}/shared.db")
    logged(project)
    (row,) = track.registered(project)
    folder = track.download(project, row, tmp_path)
    assert (folder / "model.txt").read_text() == "tree\n"
    assert not store.database(project).exists()

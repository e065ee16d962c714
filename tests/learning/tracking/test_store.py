"""MLflow's local store as files, without MLflow."""

import sqlite3
from pathlib import Path

import pytest

from bgml.config import settings_from
from bgml.errors import TrackingError
from bgml.learning.tracking import store
from bgml.project import Project


def project_in(root: Path) -> Project:
    root.mkdir(parents=True, exist_ok=True)
    return Project(root=root, settings=settings_from({"project": {"name": "t"}}, "test"))


def test_without_a_store_there_are_no_versions(tmp_path: Path) -> None:
    assert store.registered(project_in(tmp_path)) == []
    assert store.aliases(project_in(tmp_path)) == {}


def test_the_place_of_an_artifact_follows_the_project(tmp_path: Path) -> None:
    project = project_in(tmp_path / "new")
    assert store.located(project, "/old/mlruns/artifacts/models/m-1/artifacts") == project.mlruns / "artifacts/models/m-1/artifacts"
    assert store.located(project, "/elsewhere/m-1") == Path("/elsewhere/m-1")


def test_mending_changes_only_paths_below_a_former_home(tmp_path: Path) -> None:
    project = project_in(tmp_path)
    rows = ["/old/mlruns/artifacts", "/old/mlruns/artifacts/m-1/artifacts", "/old/mlruns/artifacts-of-others", "models:/m-1"]
    with sqlite3.connect(store.database(project)) as connection:
        connection.execute("create table experiments (experiment_id integer, artifact_location text)")
        connection.executemany(
            "insert into experiments values (?, ?)", [(0, "/cwd/mlruns/0"), (1, rows[0]), (2, "/old/mlruns/artifacts/2")]
        )
        for table, columns in (
            ("runs", "artifact_uri"),
            ("logged_models", "artifact_location"),
            ("model_versions", "source, storage_location"),
        ):
            connection.execute(f"create table {table} ({columns})")
        connection.executemany("insert into runs values (?)", [(row,) for row in rows])
    connection.close()
    store.mend(project)
    here = str(store.artifacts(project))
    with sqlite3.connect(store.database(project)) as connection:
        assert connection.execute("select * from runs").fetchall() == [(here,), (f"{here}/m-1/artifacts",), (rows[2],), (rows[3],)]
        assert connection.execute("select artifact_location from experiments").fetchall() == [(f"{here}/0",), (here,), (f"{here}/2",)]
    connection.close()


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    project = project_in(tmp_path)
    (tmp_path / "mlruns").write_text("a file where the folder should be")
    with (
        pytest.raises(TrackingError, match="mlruns cannot be written: Not a directory; MLflow's local store lives there"),
        store.held(project),
    ):
        pass

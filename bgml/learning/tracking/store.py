"""MLflow's local store as files: made once, mended after a move, its registry readable without importing MLflow (two seconds)."""

from __future__ import annotations

import contextlib
import sqlite3
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bgml.errors import TrackingError
from bgml.project import Project

DATABASE = "mlflow.db"
ARTIFACTS = "artifacts"
ADDRESSES = (
    ("experiments", "artifact_location"),
    ("runs", "artifact_uri"),
    ("logged_models", "artifact_location"),
    ("model_versions", "source"),
    ("model_versions", "storage_location"),
)
"""Where MLflow writes absolute paths of artifacts: table, column."""


@dataclass(frozen=True)
class Registered:
    """One version in the registry: its number, tags and MLflow run; `location` is where MLflow keeps the logged model."""

    version: int
    tags: dict[str, str]
    run_id: str
    location: str


def registered_name(project: Project) -> str:
    """The one registered model of the project."""
    return f"bgml-{project.settings.project.name}"


def database(project: Project) -> Path:
    """The SQLite file of the local store."""
    return project.mlruns / DATABASE


def artifacts(project: Project) -> Path:
    """Where the local store keeps artifacts."""
    return project.mlruns / ARTIFACTS


def uri(project: Project) -> str:
    """The local store as MLflow names it; TrackingError where MLflow cannot live with the folder's path."""
    path = str(database(project))
    if "%" in path or "?" in path:
        where = f"move the project from {project.root}, or set [tracking] uri"
        raise TrackingError(f'MLflow cannot keep a store under a path with "%" or "?": {where}')
    return f"sqlite:///{path}"


@contextlib.contextmanager
def held(project: Project) -> Iterator[None]:
    """Keep other processes of bgml out of the local store for the block, waiting for them first.

    Two first starts at once break MLflow's migrations, and SQLite knows one writer at a time.
    """
    import fcntl

    try:
        file = (project.mlruns / ".lock").open("a")
    except OSError as error:
        raise TrackingError(f"{project.mlruns} cannot be written: {error.strerror}; MLflow's local store lives there") from None
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def check(project: Project) -> None:
    """TrackingError unless SQLite can open the database, or make it; MLflow would retry for two minutes."""
    path = database(project)
    try:
        with contextlib.closing(sqlite3.connect(path)) as connection:
            connection.execute("pragma schema_version").fetchone()
    except sqlite3.Error as error:
        raise TrackingError(f"{path} cannot be used as MLflow's store ({error}); move it away to begin a new one") from None


def mend(project: Project) -> None:
    """Point the database at this project's artifacts, where it still names the folder the project was moved or copied from."""
    here = str(artifacts(project))
    with contextlib.closing(sqlite3.connect(database(project), timeout=30)) as connection, connection:
        for old in _former_homes(connection, here):
            for table, column in ADDRESSES:
                connection.execute(
                    f"update {table} set {column} = ? || substr({column}, ?) where {column} = ? or substr({column}, 1, ?) = ?",
                    (here, len(old) + 1, old, len(old) + 1, f"{old}/"),
                )
        # MLflow gives its unused default experiment a place in the working directory of whoever came first.
        connection.execute("update experiments set artifact_location = ? where experiment_id = 0", (f"{here}/0",))


def _former_homes(connection: sqlite3.Connection, here: str) -> list[str]:
    """The artifact folders of earlier places of this project: what its experiments were given."""
    query = "select distinct artifact_location from experiments where artifact_location like ?"
    found = connection.execute(query, (f"%/mlruns/{ARTIFACTS}",))
    return sorted({location for (location,) in found} - {here})


def registered(project: Project) -> list[Registered]:
    """The versions in the local registry, oldest first; none when there is no store yet. TrackingError when it cannot be read."""
    name = registered_name(project)
    kept = "name = ? and current_stage != 'Deleted_Internal'"
    versions = _read(project, f"select version, run_id, storage_location from model_versions where {kept} order by version", name)
    tags: dict[int, dict[str, str]] = {}
    for version, key, value in _read(project, "select version, key, value from model_version_tags where name = ?", name):
        tags.setdefault(int(version), {})[key] = value
    return [Registered(int(number), tags.get(int(number), {}), run or "", place or "") for number, run, place in versions]


def experiment(project: Project) -> str:
    """The id of the project's experiment in the local store; empty before its first run."""
    found = _read(project, "select experiment_id from experiments where name = ?", project.settings.project.name)
    return str(found[0][0]) if found else ""


def aliases(project: Project) -> dict[str, int]:
    """Alias -> version in the local registry."""
    found = _read(project, "select alias, version from registered_model_aliases where name = ? order by alias", registered_name(project))
    return {alias: int(version) for alias, version in found}


def located(project: Project, location: str) -> Path:
    """A stored artifact path as it is now, also before `mend` could be run (a read-only copy of a project)."""
    ending = f"/mlruns/{ARTIFACTS}/"
    _, found, inside = location.rpartition(ending)
    return artifacts(project) / inside if found else Path(location)


def _read(project: Project, query: str, *values: str) -> list[tuple[str, ...]]:
    """Rows of the database, opened for reading only; none before MLflow has made it."""
    path = database(project)
    if not path.exists() or not path.stat().st_size:
        return []
    try:
        with contextlib.closing(sqlite3.connect(f"file:{urllib.parse.quote(str(path))}?mode=ro", uri=True, timeout=30)) as connection:
            return connection.execute(query, values).fetchall()
    except sqlite3.Error as error:
        raise TrackingError(f"{path} cannot be read as MLflow's store ({error}); move it away to begin a new one") from None

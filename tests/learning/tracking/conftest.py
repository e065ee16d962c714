"""MLflow's store, whose database takes seconds to make: made once, copied for whoever changes it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bgml.learning.tracking import track
from bgml.project import Project
from tests.learning.tracking.runs import project_in


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The mlruns of a project that has run nothing."""
    project = project_in(tmp_path_factory.mktemp("store"))
    with track.connected(project):
        return project.mlruns


@pytest.fixture
def local(tmp_path: Path, empty_store: Path) -> Project:
    """A project with a store of its own in `tmp_path`."""
    shutil.copytree(empty_store, tmp_path / "mlruns")
    return project_in(tmp_path)

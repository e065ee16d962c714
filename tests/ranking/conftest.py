"""A project that has been trained, for tests of its rankings."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from bgml.data.dataset import Dataset, open_dataset
from bgml.learning.training import train
from bgml.project import Project
from tests.small_project import reopened, small_project

EARLY = date(2025, 3, 31)


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Versions propensity:1 (as of 2025-03-31), propensity:2 and the rule people_count:3 (as of 2025-06-30)."""
    project = small_project(tmp_path_factory.mktemp("ranking") / "small")
    dataset = open_dataset(project)
    train(project, dataset, ["propensity"], EARLY)
    train(project, dataset, ["propensity", "people_count"])
    return project


@pytest.fixture(scope="session")
def dataset(trained: Project) -> Dataset:
    """Its tables."""
    return open_dataset(trained)


@pytest.fixture
def copied(trained: Project, tmp_path: Path) -> Callable[..., Project]:
    """Make a copy of the trained project, with sections of its settings replaced."""

    def copy(**changes: object) -> Project:
        shutil.copytree(trained.root, tmp_path / "small", dirs_exist_ok=True)
        return reopened(tmp_path / "small", **changes)

    return copy

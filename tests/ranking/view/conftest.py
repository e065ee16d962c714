"""A project whose dates are ranked."""

from __future__ import annotations

import pytest

from bgml.data.dataset import Dataset, open_dataset
from bgml.project import Project
from tests.shown_project import shown_project


@pytest.fixture(scope="session")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Ranked at MONDAYS."""
    return shown_project(tmp_path_factory.mktemp("shown") / "small")


@pytest.fixture(scope="session")
def shown_data(shown: Project) -> Dataset:
    """Its tables."""
    return open_dataset(shown)

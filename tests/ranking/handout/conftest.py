"""A project for made rankings."""

from __future__ import annotations

from pathlib import Path

import pytest

from bgml.project import Project
from tests.ranking.handout.rankings import empty_project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project without data, in a folder of its own."""
    return empty_project(tmp_path / "made")

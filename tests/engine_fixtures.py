"""A matrix from frames in memory, for tests of the engine."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from bgml.config import settings_from
from bgml.data.dataset import open_tables
from bgml.engine.build import build
from bgml.engine.matrix import Matrix
from bgml.project import Project

ROOT = Path(tempfile.mkdtemp(prefix="bgml-engine-"))


def project_of(**sections: Any) -> Project:
    """A project without files of its own."""
    return Project(root=ROOT, settings=settings_from({"project": {"name": "test"}, **sections}, "test"))


def matrix_of(
    frames: dict[str, pd.DataFrame],
    dates: Sequence[date],
    *,
    only: Sequence[str] | None = None,
    all_groups: bool = False,
    cached: bool = False,
    shard_tiles: int = 500_000,
    **sections: Any,
) -> Matrix:
    """The matrix of some tables under settings given by section."""
    project = project_of(**sections)
    dataset = open_tables(frames, settings=project.settings)
    return build(project, dataset, dates, only=only, all_groups=all_groups, cached=cached, shard_tiles=shard_tiles)

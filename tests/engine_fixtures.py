"""A matrix from frames in memory, for tests of the engine and of the features."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
from hypothesis import settings as hypothesis_settings

from bgml.config import settings_from
from bgml.data.dataset import Dataset, open_tables
from bgml.engine.build import build
from bgml.engine.columns.algebra import Declaration
from bgml.engine.columns.catalog import Catalog, catalog_from
from bgml.engine.matrix import Matrix
from bgml.project import Project

ROOT = Path(tempfile.mkdtemp(prefix="bgml-engine-"))


def examples(share: float = 0.2) -> hypothesis_settings:
    """A share of the profile's number of examples (`--hypothesis-profile` sets it): one costs a warehouse and a matrix."""
    profile = hypothesis_settings.default
    assert profile is not None
    return hypothesis_settings(profile, max_examples=max(1, int(share * profile.max_examples)), deadline=None)


def project_of(root: Path = ROOT, **sections: Any) -> Project:
    """A project, without files of its own unless `root` has some."""
    return Project(root=root, settings=settings_from({"project": {"name": "test"}, **sections}, "test"))


def opened(frames: dict[str, pd.DataFrame], **sections: Any) -> Dataset:
    """The dataset of some tables under settings given by section."""
    return open_tables(frames, settings=project_of(**sections).settings)


def matrix_of(
    frames: dict[str, pd.DataFrame],
    dates: Sequence[date],
    *,
    only: Sequence[str] | None = None,
    all_groups: bool = False,
    unseen: Sequence[str] = (),
    cached: bool = False,
    root: Path = ROOT,
    shard_tiles: int = 500_000,
    **sections: Any,
) -> Matrix:
    """The matrix of some tables under settings given by section."""
    project = project_of(root, **sections)
    dataset = open_tables(frames, settings=project.settings)
    return build(project, dataset, dates, only=only, all_groups=all_groups, unseen=unseen, cached=cached, shard_tiles=shard_tiles)


def stacked(matrix: Matrix) -> pd.DataFrame:
    """All dates of a matrix in one frame."""
    return pd.concat(matrix.frames(), ignore_index=True)


def assert_same(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    """Equal to the bit, kinds of columns included."""
    pd.testing.assert_frame_equal(found, expected, check_exact=True)


def module_of(name: str = "zoo", **values: Any) -> ModuleType:
    """A feature file that holds some values."""
    module = ModuleType(name, f"{name}.")
    module.__file__ = f"features/{name}.py"
    vars(module).update(values)
    return module


def catalog_of(dataset: Dataset | None = None, *, sections: dict[str, Any] | None = None, **declared: Declaration) -> Catalog:
    """The catalog of one feature file with some declarations."""
    return catalog_from({"zoo": module_of(**declared)}, project_of(**(sections or {})).settings, dataset)


def features_of(root: Path, **files: str) -> Path:
    """The folder `root` with feature files of its own."""
    (root / "features").mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (root / "features" / f"{name}.py").write_text(text, encoding="utf-8")
    return root

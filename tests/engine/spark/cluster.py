"""A small Spark cluster on this machine: two workers, each a process of its own, and projects that use it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bgml.engine.spark.session import has_java
from bgml.project import Project

WORKERS = "local-cluster[2,1,1024]"


def needed() -> None:
    """Skip where the extra `spark` or Java is missing."""
    pytest.importorskip("pyspark", reason="pyspark is not installed (the extra `spark`)")
    if not has_java():
        pytest.skip("Spark needs Java 17, which was not found")


def on_spark(project: Project, master: str = "local[2]", **settings: Any) -> Project:
    """The same project with its features computed by Spark."""
    given = project.settings
    changed = {
        "engine": given.engine.model_copy(update={"name": "spark"}),
        "spark": given.spark.model_copy(update={"master": master, **settings}),
    }
    return Project(project.root, given.model_copy(update=changed))


def folder(root: Path) -> Path:
    """A folder under `root`."""
    root.mkdir(parents=True, exist_ok=True)
    return root

"""Runs for tests of MLflow's store."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bgml.config import settings_from
from bgml.learning.tracking import store
from bgml.learning.tracking.run import Run, numbers, texts
from bgml.learning.tracking.send import send
from bgml.project import Project


def project_in(root: Path, uri: str = "") -> Project:
    """A project named t in `root`."""
    root.mkdir(parents=True, exist_ok=True)
    return Project(root=root, settings=settings_from({"project": {"name": "t"}, "tracking": {"uri": uri}}, "test"))


def artifact_in(folder: Path, text: str = "tree\n") -> Path:
    """An artifact, as far as MLflow is concerned."""
    made = folder / "artifact"
    made.mkdir(parents=True, exist_ok=True)
    (made / "model.txt").write_text(text)
    return made


def training(name: str = "propensity", as_of: str = "2025-06-02", **changes: object) -> Run:
    """A training's run."""
    tags = {"model": name, "as_of": as_of, "fingerprint": "f" * 64}
    given = {"name": name, "tags": {**tags, "kind": "training"}, "params": {"horizon": "180"}, "metrics": {"rows": 12.0}, "version": tags}
    return Run(**{**given, **changes})  # type: ignore[arg-type]


def log_training(
    project: Project, name: str, artifact: Path, *, params: Mapping[str, object], metrics: Mapping[str, object], tags: Mapping[str, str]
) -> store.Registered:
    """A run and a registered version of what lies in `artifact`, a folder of that name."""
    run = Run(name, {**tags, "kind": "training"}, texts(params), numbers(metrics), version=dict(tags))
    version = send(project, run, artifact.parent).version
    assert version is not None
    return version

"""A run as a value: what MLflow is told of a training or an evaluation, in a form that can wait on disk until it is told."""

from __future__ import annotations

import dataclasses
import json
import math
import time
import urllib.parse
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bgml.errors import TrackingError
from bgml.project import Project

RECORD = "run.json"
FILES = "files"
ARTIFACT = "artifact"
"""A kept run is a folder of these: the run itself, the files that go with it, and for a training the artifact of its version."""


@dataclass(frozen=True)
class Input:
    """Data that a run read. `digest` is its fingerprint, `profile` its size in numbers, `context` what it was for."""

    name: str
    digest: str
    source: str
    context: str
    profile: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Run:
    """A run of MLflow with the runs below it. Values are plain: text, numbers, nothing that is not finite.

    note: Markdown that opens its page; version: the tags of the version that its artifact becomes, None for a run that registers
    none; identity: by which a run sent half is found again; ended: Unix time; seconds: how long it took.
    """

    name: str
    tags: Mapping[str, str]
    params: Mapping[str, str] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    note: str = ""
    inputs: tuple[Input, ...] = ()
    children: tuple[Run, ...] = ()
    version: Mapping[str, str] | None = None
    identity: str = field(default_factory=lambda: uuid.uuid4().hex)
    ended: float = field(default_factory=time.time)
    seconds: float = 0.0

    def written(self, folder: Path) -> None:
        """Write the run to `folder`/run.json."""
        (folder / RECORD).write_text(json.dumps(dataclasses.asdict(self), indent=1, allow_nan=False) + "\n", encoding="utf-8")


def read(folder: Path) -> Run:
    """The run that a folder keeps. TrackingError when it is not one that bgml wrote."""
    try:
        return _run(json.loads((folder / RECORD).read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise TrackingError(f"{folder / RECORD} cannot be read as a kept run ({error}); it has been changed or damaged") from None


def _run(values: Mapping[str, Any]) -> Run:
    inputs = tuple(Input(**part) for part in values["inputs"])
    return Run(**{**values, "inputs": inputs, "children": tuple(_run(child) for child in values["children"])})


def numbers(values: Mapping[str, object]) -> dict[str, float]:
    """The finite numbers among the values: MLflow takes no others."""
    return {key: float(value) for key, value in values.items() if isinstance(value, int | float) and math.isfinite(value)}


def texts(values: Mapping[str, object]) -> dict[str, str]:
    """Every value as text."""
    return {key: str(value) for key, value in values.items()}


def source(project: Project) -> str:
    """Where the project's data are, as far as it concerns others: as the settings say it, no secret, no place on this machine."""
    url = project.data_override or project.settings.data.url
    if url.startswith("env:"):
        return url
    parts = urllib.parse.urlsplit(url)
    if "://" in url:
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
    return Path(url).name if Path(url).expanduser().is_absolute() else url

"""The trials of a search on disk, one a line, so that a search that was killed goes on where it was."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bgml.errors import ProjectError
from bgml.learning.tune import Trial
from bgml.project import Project


class Journal:
    """A file under .bgml/tune/, named by what was searched: the same model, data, dates and space find it again."""

    def __init__(self, project: Project, name: str, searched: Any) -> None:  # noqa: ANN401 - plain JSON values
        """`searched`: everything that decides how a trial comes out."""
        key = hashlib.sha256(json.dumps(searched, sort_keys=True, default=list).encode()).hexdigest()[:16]
        self.path: Path = project.state / "tune" / f"{name}-{key}.jsonl"

    def trials(self) -> list[Trial]:
        """The finished trials, in order; what a kill left half written, and all after it, is not there."""
        found: list[Trial] = []
        with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
            for number, line in enumerate(self.path.read_text(encoding="utf-8").splitlines()):
                row = json.loads(line)
                trial = Trial(row["number"], row["parameters"], tuple(row["values"]), row["state"])
                if trial.number != number:
                    break
                found.append(trial)
        return found

    def start(self, trials: Sequence[Trial]) -> None:
        """Make the file anew with these trials."""
        try:
            self.path.parent.mkdir(mode=0o700, exist_ok=True)
            aside = self.path.with_suffix(".new")
            aside.write_text("".join(_line(trial) for trial in trials), encoding="utf-8")
            aside.replace(self.path)
        except OSError as error:
            raise ProjectError(f"{self.path} cannot be written: {error.strerror}; a search keeps its trials there") from None

    def add(self, trial: Trial) -> None:
        """Append a finished trial; on disk when this returns."""
        try:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(_line(trial))
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise ProjectError(f"{self.path} cannot be written: {error.strerror}; a search keeps its trials there") from None


def _line(trial: Trial) -> str:
    return json.dumps({**asdict(trial), "parameters": dict(trial.parameters)}) + "\n"

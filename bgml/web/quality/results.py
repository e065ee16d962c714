"""The results that commands keep for the page, read again when they change."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from bgml.data.kept.documents import EVALUATION, IMPACT, read
from bgml.errors import ProjectError
from bgml.project import Project
from bgml.web.quality.evaluation import Evaluation
from bgml.web.quality.impact import Impact
from bgml.web.shelf.recent import Recent
from bgml.web.shelf.verified import stamp

log = logging.getLogger("bgml.web")
Found = TypeVar("Found")
NO_EVALUATION = "There is no evaluation yet: `bgml evaluate` makes one."
NO_IMPACT = "The effect on deals has not been measured yet: `bgml impact` does."


class Results:
    """The last evaluation and the last impact of a project; a sentence in the place of one that is not there or cannot be read."""

    def __init__(self, project: Project) -> None:
        """Nothing is read before it is asked for."""
        self.project = project
        self._kept: Recent[Any, Any] = Recent(2)

    def evaluation(self) -> Evaluation | str:
        """The last evaluation."""
        return self._read(EVALUATION, Evaluation.of, NO_EVALUATION, "evaluate")

    def impact(self) -> Impact | str:
        """The last measure of impact."""
        return self._read(IMPACT, Impact.of, NO_IMPACT, "impact")

    def _read(self, name: Path, shape: Callable[[Mapping[str, Any]], Found], missing: str, command: str) -> Found | str:
        try:
            state = stamp(self.project.state / name)
        except OSError:
            return missing
        found: Found | str = self._kept.get((name, state), lambda: self._shaped(name, shape, missing, command))
        return found

    def _shaped(self, name: Path, shape: Callable[[Mapping[str, Any]], Found], missing: str, command: str) -> Found | str:
        try:
            document = read(self.project, name)
            return missing if document is None else shape(document)
        except (ProjectError, ValueError) as error:
            log.error("%s: %s", self.project.state / name, error)
            return f"What the last `bgml {command}` kept cannot be read: `bgml {command}` makes it again."

"""The stored evaluation and impact, read again when they change, and what they say of the model in use."""

from __future__ import annotations

import datetime
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from bgml.data.kept.documents import EVALUATION, IMPACT, read
from bgml.errors import ProjectError
from bgml.project import Project
from bgml.web.shelf.recent import Recent
from bgml.web.shelf.snapshot import Snapshot
from bgml.web.shelf.verified import stamp

log = logging.getLogger("bgml.web")
AT = (10, 25, 50, 100)
BIN = ("predicted", "observed", "low", "high", "rows", "won_opportunities")
MEASURES = ("precision", "recall", "lift", "amount")
Document = Mapping[str, Any]


class Results:
    """The documents of a project."""

    def __init__(self, project: Project) -> None:
        """Nothing is read before it is asked for."""
        self.project = project
        self._kept: Recent[Any, Document | str] = Recent(2)

    def evaluation(self) -> Document | str:
        """The last evaluation; a sentence where there is none, or it cannot be read."""
        return self._read(EVALUATION, "There is no evaluation yet: `bgml evaluate` makes one.")

    def impact(self) -> Document | str:
        """The last measure of impact; a sentence where there is none, or it cannot be read."""
        return self._read(IMPACT, "The effect on deals has not been measured yet: `bgml impact` does.")

    def _read(self, name: Any, missing: str) -> Document | str:  # noqa: ANN401  (a path)
        try:
            state = stamp(self.project.state / name)
        except OSError:
            return missing
        return self._kept.get((name, state), lambda: self._stated(name))

    def _stated(self, name: Any) -> Document | str:  # noqa: ANN401
        try:
            return read(self.project, name) or "Nothing was kept."
        except ProjectError as error:
            log.error("%s", error)
            return "The result that was kept cannot be read; the command that made it makes it again."


@dataclass(frozen=True)
class Quality:
    """What an evaluation says of one model. Estimates are mappings with value, low and high (either None where unknown)."""

    document: Document
    model: str

    @classmethod
    def of(cls, document: Document, snapshot: Snapshot | None) -> Quality | None:
        """Of the model that made the ranking; None where the evaluation is not about it, or is not one this version can read."""
        name = None if snapshot is None else snapshot.manifest.get("model", {}).get("name")
        models = document.get("models")
        if not isinstance(models, dict) or name not in models or "headline" not in document:
            return None
        return cls(document, str(name))

    @property
    def headline(self) -> str:
        """The metric that models are compared by."""
        return str(self.document["headline"])

    @property
    def rival(self) -> str | None:
        """The best rule that does not learn."""
        found = self.document.get("best_baseline")
        return None if found is None else str(found)

    @cached_property
    def _own(self) -> Document:
        found: Document = self.document["models"][self.model]
        return found

    def at(self) -> dict[str, list[dict[str, Any]]]:
        """Each of MEASURES at each length of the list."""
        return {name: [{"k": k, **estimate(self._own["metrics"].get(f"{name}_at_{k}"))} for k in AT] for name in MEASURES}

    def difference(self) -> dict[str, Any] | None:
        """By how much the headline is above the best rule's."""
        found = self._own.get("to_best_baseline", {}).get(self.headline)
        return None if not found or self.rival == self.model else estimate(found)

    def calibration(self) -> dict[str, Any] | None:
        """Bins (predicted, observed with its interval, rows, distinct wins), slope, predicted/observed of the top 1% and 10%."""
        found = self.document.get("calibration", {}).get("models", {}).get(self.model)
        if not found:
            return None
        bins = [{name: row[name] for name in BIN} for row in found["bins"]]
        return {"bins": bins, **{name: estimate(found.get(name)) for name in ("slope", "top_1", "top_10", "overall")}}

    def by_week(self, names: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
        """The headline of some models at every date of the test, oldest first."""
        rows = sorted(self.document.get("dates", []), key=lambda row: row["as_of"])
        told = [(row["model"], {"as_of": row["as_of"], "value": row.get(self.headline)}) for row in rows]
        return {name: [week for model, week in told if model == name] for name in names}

    def gains(self) -> dict[str, Any] | None:
        """The share of winners that the first part of a list holds, for the models that the evaluation drew."""
        found = self.document.get("gains")
        if not found or self.model not in found.get("curves", {}):
            return None
        return {"shares": found["shares"], "curves": found["curves"]}

    def stale(self, snapshot: Snapshot) -> bool:
        """Whether the version in use was trained on later data than the evaluation saw."""
        trained, until = snapshot.manifest.get("model", {}).get("as_of"), self.document.get("data_until")
        return bool(trained and until and datetime.date.fromisoformat(trained[:10]) > datetime.date.fromisoformat(str(until)[:10]))


def estimate(found: Mapping[str, Any] | None) -> dict[str, Any]:
    """Value, low and high of an estimate, None where unknown."""
    return {name: (found or {}).get(name) for name in ("value", "low", "high")}

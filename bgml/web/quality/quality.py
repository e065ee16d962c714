"""What the last evaluation says of the model in use."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from bgml.web.quality.evaluation import AT, MEASURES, AtK, Calibration, Entry, Estimate, Evaluation, Gains, Week
from bgml.web.shelf.snapshot import Snapshot


@dataclass(frozen=True)
class Quality:
    """What an evaluation says of one model."""

    evaluation: Evaluation
    model: str

    @classmethod
    def of(cls, evaluation: Evaluation, snapshot: Snapshot | None) -> Quality | None:
        """Of the model that made the ranking; None where there is no ranking, or the evaluation is not about its model."""
        name = None if snapshot is None else snapshot.manifest.get("model", {}).get("name")
        return cls(evaluation, name) if name in evaluation.models else None

    @property
    def headline(self) -> str:
        """The metric that models are compared by."""
        return self.evaluation.headline

    @property
    def rival(self) -> str | None:
        """The best rule that does not learn; None where that is the model itself."""
        found = self.evaluation.best_baseline
        return None if found == self.model else found

    @property
    def names(self) -> list[str]:
        """The model and its rival."""
        return [self.model, *([self.rival] if self.rival else [])]

    @property
    def _own(self) -> Entry:
        return self.evaluation.models[self.model]

    def at(self) -> dict[str, list[AtK]]:
        """Each of MEASURES at each length of the list."""
        metrics = self._own.metrics
        return {name: [AtK(k=k, **metrics.get(f"{name}_at_{k}", Estimate()).model_dump()) for k in AT] for name in MEASURES}

    def difference(self) -> Estimate | None:
        """By how much the headline is above the best rule's; None where that is not known."""
        found = self._own.to_best_baseline.get(self.headline)
        return None if self.rival is None or found is None or found.value is None else found

    def calibration(self) -> Calibration | None:
        """Bins, slope and predicted over observed; None for a model that states no probability."""
        return self.evaluation.calibration.get(self.model)

    def by_week(self) -> list[Week]:
        """The headline at every date of the test, oldest first."""
        return self.evaluation.weeks.get(self.model, [])

    def by_part(self, weeks: int) -> list[tuple[datetime.date, list[float | None]]]:
        """For every so many dates the first of them, and the mean headline of each of `names` (None where no date has one)."""
        found = {name: {week.as_of: week.value for week in self.evaluation.weeks.get(name, [])} for name in self.names}
        days = sorted({day for values in found.values() for day in values})
        parts = [days[start : start + weeks] for start in range(0, len(days), weeks)]
        return [(part[0], [_mean([found[name].get(day) for day in part]) for name in self.names]) for part in parts]

    def gains(self) -> Gains | None:
        """The share of winners that the first part of a list holds, of those of `names` that the evaluation drew in full."""
        if (found := self.evaluation.gains) is None:
            return None
        drawn = {name: curve for name, curve in found.curves.items() if name in self.names and None not in curve.found}
        ordered = {name: drawn[name] for name in self.names if name in drawn}
        return Gains(shares=found.shares, curves=ordered) if self.model in ordered else None

    def stale(self, snapshot: Snapshot) -> bool:
        """Whether the version in use was trained on later data than the evaluation saw."""
        trained, until = snapshot.manifest.get("model", {}).get("as_of"), self.evaluation.data_until
        return bool(trained and until and datetime.date.fromisoformat(trained[:10]) > until)


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None

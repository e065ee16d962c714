"""The result of a race, as a value: who ran, on what, how each did and how sure that is."""

from __future__ import annotations

import dataclasses
import datetime
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bgml.evaluation.chapters.chapter import Chapter
from bgml.evaluation.race.intervals import Estimate, Race
from bgml.evaluation.race.metrics import HEADLINE, METRICS
from bgml.evaluation.race.scored import Scored
from bgml.evaluation.race.truth import TRUTH
from bgml.evaluation.reach import Reach
from bgml.evaluation.readiness.verdict import Readiness
from bgml.evaluation.report.markdown import markdown, summary


@dataclass(frozen=True)
class FoldSummary:
    """One step of the backtest in numbers; `left_out` says why it does not count, empty where it does."""

    number: int
    train_first: datetime.date
    train_last: datetime.date
    test_first: datetime.date
    test_last: datetime.date
    test_dates: int
    train_candidates: int
    train_won_opportunities: int
    candidates: int
    groups_won: int
    won_opportunities: int
    left_out: str = ""


@dataclass(frozen=True)
class LeftOut:
    """A model that is not in the race, and why."""

    name: str
    reason: str


@dataclass(frozen=True)
class Counts:
    """What the race was run on. A deal decides the outcome of its group on many dates: `won_opportunities` counts it once.

    with_amount: those of them whose won amount is known.
    """

    candidates: int
    dates: int
    accounts: int
    groups_won: int
    won_opportunities: int
    with_amount: int

    @classmethod
    def of(cls, scored: Scored) -> Counts:
        """The counts of scored candidates."""
        valued = int(scored.deals.loc[scored.deals["amount"].notna(), "opportunity_id"].nunique())
        accounts = len(np.unique(scored.account))
        return cls(len(scored), len(scored.dates), accounts, int(scored.won.sum()), scored.won_opportunities(), valued)


@dataclass(frozen=True)
class Evaluation:
    """A race of models and baselines over past test dates. `outcome` holds target, horizon and match.

    `chapters` look into it further, each under its name in the document. `inputs` says what it was run on: the rows of all training and
    test dates and their fingerprint, the number of columns and the fingerprint of their names.
    """

    project: str
    outcome: Mapping[str, Any]
    until: datetime.date
    folds: tuple[FoldSummary, ...]
    left_out: tuple[LeftOut, ...]
    baselines: tuple[str, ...]
    reach: Reach
    counts: Counts
    race: Race
    notes: tuple[str, ...] = ()
    chapters: tuple[Chapter, ...] = ()
    readiness: Readiness | None = None
    inputs: Mapping[str, Any] = field(default_factory=dict)

    @property
    def models(self) -> tuple[str, ...]:
        """Everyone in the race from the best to the worst at the headline metric; the truth of a simulated market is not one of them."""
        runners = [model for model in self.race.models if model != TRUTH]
        return tuple(sorted(runners, key=lambda model: -self.race.estimate(model, HEADLINE).value))

    @property
    def trained(self) -> tuple[str, ...]:
        """The models that learn, best first."""
        return tuple(model for model in self.models if model not in self.baselines)

    @property
    def entries(self) -> tuple[str, ...]:
        """Everyone in the race, the truth of a simulated market first where it is known."""
        return (*([TRUTH] if self.has_truth else []), *self.models)

    @property
    def best_baseline(self) -> str | None:
        """The baseline to beat: the best at the headline metric."""
        return next((model for model in self.models if model in self.baselines), None)

    @property
    def rivals(self) -> tuple[str, ...]:
        """The best model and the best baseline, or whichever of them there is."""
        return (*self.trained[:1], *([self.best_baseline] if self.best_baseline else []))

    @property
    def has_truth(self) -> bool:
        """Whether the truth of a simulated market is known."""
        return TRUTH in self.race.models

    @property
    def horizons(self) -> int:
        """How many horizons that do not overlap begin in the test span."""
        days = int((self.race.dates[-1] - self.race.dates[0]) / np.timedelta64(1, "D"))
        return days // int(self.outcome["horizon"]) + 1

    @property
    def has_amounts(self) -> bool:
        """Whether the amount of any deal behind the outcomes is known."""
        return self.counts.with_amount > 0

    def document(self) -> dict[str, Any]:
        """The whole result as JSON values; what is undefined is null.

        "models" maps each entry to its role (model, baseline, truth), its metrics with intervals, its paired differences to the best
        baseline and, at the headline metric, to every rival; "folds" has the metrics of each entry in each fold.
        """
        return {
            "project": self.project,
            **self.outcome,
            "data_until": self.until.isoformat(),
            "headline": HEADLINE,
            "best_baseline": self.best_baseline,
            "summary": summary(self),
            "order": list(self.models),
            "readiness": plain_row(self.readiness.document()) if self.readiness else None,
            "reach": dataclasses.asdict(self.reach),
            "counts": dataclasses.asdict(self.counts),
            "inputs": dict(self.inputs),
            "blocks": [plain_row(dataclasses.asdict(fold)) for fold in self.folds],
            "left_out": [dataclasses.asdict(part) for part in self.left_out],
            "notes": list(self.notes),
            "models": {model: self._described(model) for model in self.entries},
            "folds": [self._in_fold(model, fold) for model in self.entries for fold in self.race.folds.tolist()],
            "dates": list(self._by_date()),
            **{chapter.name: {"sentences": list(chapter.sentences), **chapter.data} for chapter in self.chapters},
        }

    def markdown(self) -> str:
        """The report for people."""
        return markdown(self)

    def _described(self, model: str) -> dict[str, Any]:
        race, best = self.race, self.best_baseline
        rivals = [other for other in self.entries if other != model]
        against_best = {metric: _row(race.difference(model, best, metric)) for metric in METRICS} if best and best != model else {}
        return {
            "role": "truth" if model == TRUTH else "baseline" if model in self.baselines else "model",
            "metrics": {metric: _row(race.estimate(model, metric)) for metric in METRICS},
            "predicted_over_observed": _row(race.predicted_over_observed(model)),
            "to_best_baseline": against_best,
            "to_rivals": {other: _row(race.difference(model, other, HEADLINE)) for other in rivals},
            "share_of_truth": _row(race.ratio(model, TRUTH, HEADLINE)) if self.has_truth else None,
        }

    def _in_fold(self, model: str, fold: int) -> dict[str, Any]:
        found = {metric: _row(self.race.estimate(model, metric, fold)) for metric in METRICS}
        values = {metric: row["value"] for metric, row in found.items()}
        intervals = {metric: [row["low"], row["high"]] for metric, row in found.items()}
        return {"number": fold, "model": model, "metrics": values, "intervals": intervals}

    def _by_date(self) -> Iterator[dict[str, Any]]:
        for date, (as_of, fold) in enumerate(zip(self.race.dates, self.race.date_folds.tolist(), strict=True)):
            for place, model in enumerate(self.race.models):
                values = dict(zip(METRICS, self.race.by_date[date, place].tolist(), strict=True))
                yield {"as_of": str(as_of.astype("datetime64[D]")), "fold": fold, "model": model, **plain_row(values)}


def _row(estimate: Estimate) -> dict[str, Any]:
    return plain_row(dataclasses.asdict(estimate))


def plain_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as JSON has it: dates as text, undefined numbers as null."""
    return {str(name): _value(value) for name, value in row.items()}


def _value(value: object) -> object:
    if isinstance(value, Mapping):
        return plain_row(value)
    if isinstance(value, list | tuple):
        return [_value(item) for item in value]
    if isinstance(value, datetime.date):
        return value.isoformat()
    return None if isinstance(value, float) and not math.isfinite(value) else value

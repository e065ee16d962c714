"""Exposure: groups that sales worked because they were ranked bias the outcome; what that leaves of the race, and what chance can mend."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from bgml.evaluation.chapters.chapter import Chapter, Table
from bgml.evaluation.chapters.tested import Tested
from bgml.evaluation.evaluation import Evaluation
from bgml.evaluation.race.intervals import Estimate, Race, estimate_of, level_for, race, weightings
from bgml.evaluation.race.metrics import HEADLINE, shown
from bgml.evaluation.race.scored import Floats, Scored
from bgml.evaluation.race.truth import TRUTH
from bgml.evaluation.race.worked import DAYS, Worked, is_known, worked
from bgml.evaluation.report.markdown import interval, number

METRICS = (HEADLINE, "recall_at_50", "lift_at_50", "ap", "auc")
FEWEST = 10
"""Distinct won opportunities below which a part is shown and marked as too small to judge."""
CAUTION = (
    "Worked groups were picked, by a list or by a seller's knowledge: that they win more often is no effect of working them, and a list "
    "that finds wins among them may have made them. Among unworked groups no list made the outcome, but they are those nobody picked."
)


def exposure(evaluation: Evaluation, tested: Tested) -> Chapter | None:
    """The race among worked and unworked groups, and outcomes of those selected at random; None where no work is known of.

    worked: an accepted verdict on the group at that date, a touch within 28 days after it, or a place in the selection of an exported
    ranking of that date.
    """
    if not is_known(tested.dataset, tested.worked):
        return None
    entries = _entries(evaluation, tested.scored)
    scored = replace(tested.scored, scores={name: tested.scored.scores[name] for name in entries}, facts=tested.scored.facts[[]])
    work = worked(tested.dataset, tested.candidates, tested.worked)
    how = {"draws": tested.draws, "seed": tested.seed, "threads": tested.project.threads()}
    masks = {"worked": work.any, "unworked": ~work.any, "all": np.ones(len(scored), bool)}
    parts = {name: Part.of(scored, mask, None if name != "all" else evaluation.race, how) for name, mask in masks.items()}
    chance = explored(scored, work, entries[0], draws=tested.draws, seed=tested.seed)
    return Chapter(
        name="exposure",
        title="Exposure: groups that were worked",
        sentences=(_ways(work), *_compared(parts, entries[0]), CAUTION, _at_random(chance, entries[0])),
        tables=_tables(parts, entries),
        data={
            "ways": {"accepted": int(work.accepted.sum()), "touched": int(work.touched.sum()), "selected": int(work.selected.sum())},
            "parts": {name: part.plain(entries) for name, part in parts.items()},
            "explored": None if chance is None else chance.plain(entries[0]),
        },
    )


def _entries(evaluation: Evaluation, scored: Scored) -> list[str]:
    """Best model, best baseline, truth: those that are there."""
    first = [*(evaluation.trained[:1] or evaluation.models[:1]), evaluation.best_baseline, TRUTH]
    return list(dict.fromkeys(name for name in first if name is not None and name in scored.scores))


@dataclass(frozen=True)
class Part:
    """A part of the candidates: how many, how many won, and the race within it; None where it is empty."""

    rows: int
    won: int
    won_opportunities: int
    race: Race | None

    @classmethod
    def of(cls, scored: Scored, mask: npt.NDArray[np.bool_], whole: Race | None, how: Mapping[str, int]) -> Part:
        """The candidates of the mask; `whole` is the race where it has been run already."""
        inside = scored.take(mask)
        run = whole or (race(inside, draws=how["draws"], seed=how["seed"], threads=how["threads"]) if len(inside) else None)
        return cls(len(inside), int(inside.won.sum()), inside.won_opportunities(), run)

    @property
    def too_small(self) -> bool:
        """Whether too few deals stand behind it to judge anyone by."""
        return self.won_opportunities < FEWEST

    def metric(self, model: str, metric: str) -> Estimate:
        """A metric of the race within it."""
        return self.race.estimate(model, metric) if self.race else Estimate(math.nan, math.nan, math.nan)

    def ratio(self, model: str) -> Estimate:
        """Predicted over observed within it."""
        return self.race.predicted_over_observed(model) if self.race else Estimate(math.nan, math.nan, math.nan)

    def plain(self, entries: list[str]) -> dict[str, Any]:
        """As JSON values."""
        models = {
            name: {**{metric: _ends(self.metric(name, metric)) for metric in METRICS}, "predicted_over_observed": _ends(self.ratio(name))}
            for name in entries
        }
        counts = {"rows": self.rows, "groups_won": self.won, "won_opportunities": self.won_opportunities, "too_small": self.too_small}
        return {**counts, "models": models}


@dataclass(frozen=True)
class Explored:
    """Groups selected at random, each counting 1 / its probability: what became of the kind of group that exploration could draw.

    effective: Kish's effective sample size, (sum of weights)^2 / (sum of squared weights).
    """

    rows: int
    effective: float
    won_opportunities: int
    observed: Estimate
    predicted: Estimate
    ratio: Estimate

    def plain(self, model: str) -> dict[str, Any]:
        """As JSON values."""
        counts = {"rows": self.rows, "effective_sample_size": self.effective, "won_opportunities": self.won_opportunities, "model": model}
        rates = {"observed": _ends(self.observed), "predicted": _ends(self.predicted), "predicted_over_observed": _ends(self.ratio)}
        return {**counts, **rates}


def kish(weights: Floats) -> float:
    """Effective sample size of weighted rows (Kish 1965): as many equal rows would be as sure.

    >>> kish(np.array([1.0, 1.0, 1.0])), round(kish(np.array([10.0, 1.0])), 2)
    (3.0, 1.2)
    """
    return float(weights.sum() ** 2 / (weights**2).sum())


def explored(scored: Scored, work: Worked, model: str, *, draws: int, seed: int) -> Explored | None:
    """What became of the groups that exploration selected, weighted by 1 / probability; None where it selected none."""
    rows = np.flatnonzero(work.explored)
    if not len(rows):
        return None
    weight = 1 / work.probability[rows]
    promised = scored.propensities.get(model, np.full(len(scored), np.nan))[rows]
    values = np.stack([weight, weight * scored.won[rows], weight * promised])
    accounts, codes = np.unique(scored.account, return_inverse=True)
    sums = np.concatenate([values @ make()[codes[rows]].astype(float) for make in weightings(len(accounts), draws, seed)], axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        rate, stated, ratio = sums[1] / sums[0], sums[2] / sums[0], sums[2] / sums[1]
    level = level_for(scored.account[work.explored & scored.won])
    observed, predicted, against = (estimate_of(part, level=level) for part in (rate, stated, ratio))
    won = scored.take(work.explored).won_opportunities()
    return Explored(len(rows), kish(weight), won, observed, predicted, against)


def _ways(work: Worked) -> str:
    """How many candidates were worked, and how that is known."""
    counts = {"an accepted verdict": work.accepted, f"a touch within {DAYS} days": work.touched, "an exported selection": work.selected}
    told = ", ".join(f"{int(flags.sum()):,} by {way}" for way, flags in counts.items())
    return f"Of {len(work.any):,} candidates {int(work.any.sum()):,} were worked ({share(float(work.any.mean()))}): {told}."


def _compared(parts: Mapping[str, Part], model: str) -> list[str]:
    """The model within each part, and how often its groups win."""
    said = []
    for name in ("worked", "unworked"):
        part = parts[name]
        if not part.rows:
            said.append(f"No candidate was {name}.")
            continue
        small = "; too small to judge by" if part.too_small else ""
        found = f"{shown(HEADLINE)} of {model} {interval(part.metric(model, HEADLINE))}, AUC {interval(part.metric(model, 'auc'))}"
        won = f"Of {name} groups {share(part.won / part.rows)} won ({part.won_opportunities:,} distinct deals{small})"
        said.append(f"{won}; {found}.")
    return said


def _at_random(found: Explored | None, model: str) -> str:
    """What exploration can say, or that there was none."""
    if found is None:
        return (
            "No tested group was selected at random (ranking.explore), so nothing here corrects for it: only groups worked whatever "
            "their rank show what a list that had not been followed would have found."
        )
    sure = f"{found.rows:,} groups were selected at random, worth {number(found.effective)} equally likely ones"
    came = f"weighted by 1 / probability {share(found.observed.value)} won, {model} promised {share(found.predicted.value)}"
    return f"{sure}: {came} (predicted / observed {interval(found.ratio) or 'undefined'}). Their rank did not choose them."


def share(value: float) -> str:
    """A share of groups, to a tenth of a percent."""
    return f"{value:.1%}"


def _tables(parts: Mapping[str, Part], entries: list[str]) -> tuple[Table, ...]:
    columns = ("groups", "candidates", "won", "distinct deals", "model", *(shown(metric) for metric in METRICS), "predicted / observed")
    rows = []
    for name, part in parts.items():
        label = f"{name} (too small)" if part.too_small else name
        for model in entries:
            figures = (interval(part.metric(model, metric)) for metric in METRICS)
            counts = (f"{part.rows:,}", f"{part.won:,}", f"{part.won_opportunities:,}")
            rows.append((label, *counts, model, *figures, interval(part.ratio(model))))
    return (Table(columns, tuple(rows), "The race within worked and unworked groups"),)


def _ends(estimate: Estimate) -> dict[str, float | None]:
    return {name: value if math.isfinite(value := getattr(estimate, name)) else None for name in ("value", "low", "high")}

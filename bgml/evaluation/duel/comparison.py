"""The comparison of two recipes as a value: every difference with its interval, in sentences, tables and JSON values."""

from __future__ import annotations

import dataclasses
import datetime
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from bgml.evaluation.duel.contender import Contender
from bgml.evaluation.duel.frozen import Frozen
from bgml.evaluation.duel.moved import Move
from bgml.evaluation.duel.overlap import K, Overlap, P
from bgml.evaluation.evaluation import Counts, FoldSummary, plain_row
from bgml.evaluation.race.intervals import Estimate, Race
from bgml.evaluation.race.metrics import HEADLINE, LOWER_IS_BETTER, METRICS, shown
from bgml.evaluation.report.markdown import HORIZONS, PER, interval

Verdict = Literal["better", "worse", "not told apart"]
FEW = 40
"""With fewer distinct wins in the test an interval is wide, and itself unsure."""
CHOICE = 2
"""As many times K a date must have groups for its top K to be a choice of them."""
SHOWN = (HEADLINE, *(f"precision_at_{k}" for k in (10, 25, 100)), "recall_at_50", "ndcg_at_50", "amount_at_50", "ap", "auc", "brier")


@dataclass(frozen=True)
class Comparison:
    """`first` against `second`, both refitted in every fold on the same candidates; labels: what the race calls them.

    frozen: the two versions as they were trained, or why they cannot be compared so. `newest`: the date of the moves.
    """

    project: str
    outcome: Mapping[str, Any]
    until: datetime.date
    first: Contender
    second: Contender
    labels: tuple[str, str]
    folds: tuple[FoldSummary, ...]
    counts: Counts
    race: Race
    overlap: Overlap
    moves: tuple[Move, ...]
    newest: datetime.date
    frozen: Frozen | str
    notes: tuple[str, ...] = ()

    @property
    def judged_by(self) -> str:
        """The metric that decides."""
        return deciding(self.counts.candidates, self.counts.dates)

    @property
    def headline(self) -> Estimate:
        """How much higher the first is at the metric that decides."""
        return self.race.difference(*self.labels, self.judged_by)

    @property
    def verdict(self) -> Verdict:
        """Whether the first is better or worse than the second with confidence, at the metric that decides."""
        if not self.headline.excludes_zero:
            return "not told apart"
        return "better" if self.headline.value > 0 else "worse"

    def told(self, first: str, second: str) -> str:
        """The difference at the metric that decides, in words."""
        return (more_wins if self.judged_by == HEADLINE else more_precise)(first, second, self.headline)

    def sentences(self) -> list[str]:
        """The result for people, the answer first."""
        counts = self.counts
        return [
            self.told(*self.labels),
            *self._chances(),
            f"Tested on {counts.candidates:,} candidates of {counts.accounts:,} accounts on {_count(counts.dates, 'as-of date')}, with "
            f"{_count(counts.won_opportunities, 'distinct win')}; both were refitted for each of {_count(len(self.race.folds), 'fold')}.",
            f"The lists agree to {np.mean(self.overlap.rbo):.2f} of 1 (rank-biased overlap) and share {np.mean(self.overlap.top):.0%} of "
            f"their top {K}.",
            *self._as_trained(),
            *self._calendar(),
            *self._thin(),
            *(f"Fold {fold.number} is left out: {fold.left_out}." for fold in self.folds if fold.left_out),
            *self.notes,
        ]

    def _chances(self) -> Iterator[str]:
        """Whose propensities are nearer to what happened; nothing where one states none."""
        first, second = self.labels
        found = self.race.difference(first, second, "brier")
        if not math.isfinite(found.low):
            return
        if not found.excludes_zero:
            yield f"Neither's chances are nearer to what happened: Brier {interval(found, signed=True)} for {first}."
            return
        nearer, sign = (first, -1) if found.value < 0 else (second, 1)
        low, high = sorted((sign * found.low, sign * found.high))
        yield f"{nearer}'s chances are nearer to what happened: Brier {interval(Estimate(sign * found.value, low, high))} lower."

    def _as_trained(self) -> Iterator[str]:
        if isinstance(self.frozen, str):
            yield self.frozen
            return
        dates, counts = self.frozen.dates, self.frozen.counts
        said = more_wins(*self.labels, self.frozen.race.difference(*self.labels, HEADLINE))
        wins = _count(counts.won_opportunities, "distinct win")
        on = f"{_count(len(dates), 'date')} whose outcomes neither knew ({dates[0]} to {dates[-1]}, {wins})"
        yield f"As they were trained, on {on}: {said}"

    def _calendar(self) -> Iterator[str]:
        days = int((self.race.dates[-1] - self.race.dates[0]) / np.timedelta64(1, "D"))
        if (horizons := days // int(self.outcome["horizon"]) + 1) < HORIZONS:
            spans = f"holds {horizons} horizons that do not overlap" if horizons > 1 else "is shorter than one horizon"
            yield f"The test span {spans}: the intervals are about which accounts were met, shocks of the calendar are not in them."

    def _thin(self) -> Iterator[str]:
        """What makes the answer weak."""
        wins, groups = self.counts.won_opportunities, self.counts.candidates / self.counts.dates
        if wins < FEW:
            yield f"{_count(wins, 'distinct win')} of at least {FEW} that it takes: the intervals are themselves unsure."
        if self.judged_by != HEADLINE:
            yield (
                f"A date has {groups:.0f} groups, too few for the top {K} to be a choice (at least {CHOICE * K}): the average precision "
                "of the whole list decides."
            )

    def rows(self, metrics: Sequence[str] = SHOWN) -> tuple[list[str], list[list[str]]]:
        """A table of text: its columns, and a row per metric that either has."""
        return ["metric", *self.labels, "difference [95%]", "better"], [self._row(metric) for metric in metrics if self._known(metric)]

    def _known(self, metric: str) -> bool:
        amounts = self.counts.with_amount or not metric.startswith("amount")
        return bool(amounts) and any(math.isfinite(self.race.estimate(label, metric).value) for label in self.labels)

    def _row(self, metric: str) -> list[str]:
        difference = self.race.difference(*self.labels, metric)
        values = [interval(dataclasses.replace(self.race.estimate(label, metric), low=math.nan)) for label in self.labels]
        return [shown(metric), *values, interval(difference, signed=True), better(*self.labels, metric, difference) or ""]

    def document(self) -> dict[str, Any]:
        """All of it as JSON values; what is undefined is null."""
        frozen = self.frozen if isinstance(self.frozen, Frozen) else None
        days = [str(day.astype("datetime64[D]")) for day in self.race.dates]
        return {
            "project": self.project, **self.outcome, "data_until": self.until.isoformat(), "headline": HEADLINE,
            "judged_by": self.judged_by, "verdict": self.verdict,
            "summary": self.sentences(), "first": _described(self.first, self.labels[0]), "second": _described(self.second, self.labels[1]),
            "counts": dataclasses.asdict(self.counts), "blocks": [plain_row(dataclasses.asdict(fold)) for fold in self.folds],
            "metrics": self._metrics(self.race), "folds": [{"number": int(fold), **self._in_fold(int(fold))} for fold in self.race.folds],
            "overlap": {
                "p": P, "k": K, "rank_biased": float(np.mean(self.overlap.rbo)), "top": float(np.mean(self.overlap.top)),
                "dates": [
                    {"as_of": day, "rank_biased": float(rbo), "top": float(top)}
                    for day, rbo, top in zip(days, self.overlap.rbo, self.overlap.top, strict=True)
                ],
            },
            "moves": {"as_of": self.newest.isoformat(), "groups": [{**dataclasses.asdict(m), "why": list(m.why)} for m in self.moves]},
            "frozen": None if frozen is None else {
                "dates": [day.isoformat() for day in frozen.dates], "counts": dataclasses.asdict(frozen.counts),
                "metrics": self._metrics(frozen.race),
            },
            "notes": list(self.notes),
        }  # fmt: skip

    def _metrics(self, race: Race) -> dict[str, Any]:
        """Per metric: the value of each, the paired difference, and who is better with confidence."""
        found = {}
        for metric in METRICS:
            difference = race.difference(*self.labels, metric)
            values = [plain_row(dataclasses.asdict(race.estimate(label, metric))) for label in self.labels]
            found[metric] = {
                "first": values[0], "second": values[1], "difference": plain_row(dataclasses.asdict(difference)),
                "better": better("first", "second", metric, difference),
            }  # fmt: skip
        return found

    def _in_fold(self, fold: int) -> dict[str, Any]:
        return {"difference": plain_row(dataclasses.asdict(self.race.difference(*self.labels, HEADLINE, fold)))}

    def markdown(self) -> str:
        """The report for people."""
        first, second = self.labels
        versions = [f"{label} is {_named(one)}" for label, one in zip(self.labels, (self.first, self.second), strict=True)]
        moved = [[move.account_id, move.topic, f"{move.first:g}", f"{move.second:g}", "; ".join(move.why)] for move in self.moves]
        parts = [
            f"# {first} against {second}",
            f"{'; '.join(versions)}.",
            "\n".join(f"- {line}" for line in self.sentences()),
            _table(*self.rows(METRICS)),
            f"## The groups that move most at {self.newest}",
            "What a family of features adds is in standard deviations of the model's score.",
            _table(["account", "topic", f"place with {first}", f"with {second}", "why"], moved) if moved else "Both lists are the same.",
        ]
        return "\n\n".join(parts) + "\n"


def deciding(candidates: int, dates: int) -> str:
    """The metric that decides: the headline, or the average precision where a date has too few groups for its top K to be a choice."""
    return HEADLINE if candidates >= CHOICE * K * dates else "ap"


def more_wins(first: str, second: str, difference: Estimate) -> str:
    """A difference at the headline metric in wins per 50 groups a week.

    >>> more_wins("lambdarank", "propensity", Estimate(0.062, 0.016, 0.104))
    'lambdarank finds 3.1 more wins per 50 groups a week, 95% interval 0.8 to 5.2.'
    >>> more_wins("random", "propensity", Estimate(-0.062, -0.104, -0.016))
    'propensity finds 3.1 more wins per 50 groups a week, 95% interval 0.8 to 5.2.'
    >>> more_wins("lambdarank", "propensity", Estimate(0.01, -0.02, 0.04))
    'lambdarank and propensity cannot be told apart: +0.5 wins per 50 groups a week for lambdarank, 95% interval -1.0 to +2.0.'
    """
    value, low, high = (PER * part for part in (difference.value, difference.low, difference.high))
    if not difference.excludes_zero:
        sure = f", 95% interval {low:+.1f} to {high:+.1f}" if math.isfinite(low) else ""
        return f"{first} and {second} cannot be told apart: {value:+.1f} wins per {PER} groups a week for {first}{sure}."
    winner, sign = (first, 1) if value > 0 else (second, -1)
    least, most = sorted((sign * low, sign * high))
    return f"{winner} finds {sign * value:.1f} more wins per {PER} groups a week, 95% interval {least:.1f} to {most:.1f}."


def more_precise(first: str, second: str, difference: Estimate) -> str:
    """A difference of average precision.

    >>> more_precise("lambdarank", "propensity", Estimate(-0.062, -0.104, -0.016))
    "propensity's average precision is 0.062 higher, 95% interval 0.016 to 0.104."
    >>> more_precise("lambdarank", "propensity", Estimate(0.01, -0.02, 0.04))
    'lambdarank and propensity cannot be told apart: average precision +0.010 for lambdarank, 95% interval -0.020 to +0.040.'
    """
    value, low, high = difference.value, difference.low, difference.high
    if not difference.excludes_zero:
        sure = f", 95% interval {low:+.3f} to {high:+.3f}" if math.isfinite(low) else ""
        return f"{first} and {second} cannot be told apart: average precision {value:+.3f} for {first}{sure}."
    winner, sign = (first, 1) if value > 0 else (second, -1)
    least, most = sorted((sign * low, sign * high))
    return f"{winner}'s average precision is {sign * value:.3f} higher, 95% interval {least:.3f} to {most:.3f}."


def better(first: str, second: str, metric: str, difference: Estimate) -> str | None:
    """Who is better at a metric with confidence: the lower one where lower is better."""
    if not difference.excludes_zero:
        return None
    return first if (difference.value > 0) != (metric in LOWER_IS_BETTER) else second


def _named(contender: Contender) -> str:
    version = contender.version
    return f"version {version.version}, trained as of {version.as_of}" if version else f"models/{contender.name}.py as it is now"


def _count(n: int, what: str) -> str:
    return f"{n:,} {what}{'' if n == 1 else 's'}"


def _described(contender: Contender, label: str) -> dict[str, Any]:
    version = contender.version
    return {
        "label": label, "model": contender.name, "version": version.version if version else None,
        "as_of": version.as_of.isoformat() if version else None, "run": version.run_id if version else None,
        "recipe": contender.recipe.sha256,
    }  # fmt: skip


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [columns, ["---"] * len(columns), *rows])

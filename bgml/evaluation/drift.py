"""Drift: how far the groups of a scoring date, the signals before it and what became of past rankings are from what was learned."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from bgml.config import DriftSection
from bgml.data.tables import CATEGORIES
from bgml.learning.fitting.reference import shares
from bgml.learning.fitting.stability import by_chance, psi

if TYPE_CHECKING:
    from bgml.data.dataset import Dataset

Shares = npt.NDArray[np.float64]
Level = Literal["green", "yellow", "red"]
LEVELS: tuple[Level, ...] = ("green", "yellow", "red")
RECENT, BEFORE, YEAR = 28, 91, 364
FEW_SIGNALS = 50


@dataclass(frozen=True)
class Finding:
    """One thing looked at. kind: score, feature, missing, category, volume or outcome; value: what its level was judged by."""

    kind: str
    name: str
    level: Level
    value: float
    sentence: str


@dataclass(frozen=True)
class Drift:
    """All findings of a version at a date, the worst first; notes: what could not be looked at, and why.

    realised: what became of past rankings, in numbers, as `ranking.realised.Realised` has them; none where none is mature.
    """

    version: str
    trained_as_of: date
    as_of: date
    rows: int
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]
    realised: Mapping[str, Any] | None = None

    @property
    def level(self) -> Level:
        """The worst level of all findings."""
        return max((finding.level for finding in self.findings), key=LEVELS.index, default="green")

    def document(self) -> dict[str, Any]:
        """The drift as JSON values."""
        return {**asdict(self), "level": self.level}


def worst_first(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Findings by level, then kind as they came, then by how far they are off."""
    kinds = list(dict.fromkeys(finding.kind for finding in findings))
    return tuple(sorted(findings, key=lambda one: (-LEVELS.index(one.level), kinds.index(one.kind), -abs(one.value), one.name)))


def of_features(
    reference: Mapping[str, Any], frame: pd.DataFrame, thresholds: DriftSection, tells: Mapping[str, float]
) -> Iterator[Finding]:  # fmt: skip
    """Findings of the columns: stability index, missing values, values that training never saw.

    tells: how much of the model's work each feature does (shares); one that does less than `thresholds.min_share` is never red.
    """
    for name, histogram in reference["features"].items():
        now, then = shares(histogram, frame[name]), np.asarray(histogram["shares"])
        index, missing = histogram["usual"]
        work = tells.get(name, 0.0)
        yield _stability("feature", name, then, now, index, (reference["rows"], len(frame)), thresholds, work)
        if abs(now[-1] - then[-1]) > missing:
            yield from _missing(name, float(then[-1]), float(now[-1]), thresholds, work)
        if histogram["kind"] == "category":
            yield from _unseen(name, histogram, float(then[-2]), float(now[-2]), frame[name], thresholds, work)


def of_score(reference: Mapping[str, Any], scores: npt.NDArray[np.float64], thresholds: DriftSection) -> Finding:
    """The stability index of the score."""
    histogram = reference["score"]
    now, then = shares(histogram, pd.Series(scores)), np.asarray(histogram["shares"])
    return _stability("score", "score", then, now, histogram["usual"][0], (reference["rows"], len(scores)), thresholds, work=1.0)


def of_volume(dataset: Dataset, as_of: date, thresholds: DriftSection) -> Iterator[Finding]:
    """Per signal category the last four weeks against the thirteen before, over the same ratio a year before where there was one.

    Counted as known at the date (a year before: as known then), so that rows that arrive late do not look like silence.
    """
    this, former = _counts(dataset, as_of), _counts(dataset, as_of - timedelta(YEAR))
    for category in CATEGORIES:
        recent, before = this.get(category, (0, 0))
        expected = before * RECENT / BEFORE
        if expected < FEW_SIGNALS:
            continue
        year_recent, year_before = former.get(category, (0, 0))
        seasonal = year_before * RECENT / BEFORE >= FEW_SIGNALS and year_recent > 0
        usual = year_recent / (year_before * RECENT / BEFORE) if seasonal else 1.0
        change = recent / expected / usual - 1
        level = _level(abs(change), thresholds.volume_yellow, thresholds.volume_red)
        against = f"{usual:.2f} times a year before" if seasonal else "no year before to compare with"
        sentence = f"{recent:,} {category} signals in four weeks, {recent / expected:.2f} times the thirteen weeks before ({against})"
        yield Finding("volume", category, level, change, sentence)


def _stability(
    kind: str, name: str, then: Shares, now: Shares, usual: float, rows: tuple[int, int], thresholds: DriftSection, work: float
) -> Finding:  # fmt: skip
    """A finding of the index, by how far it is beyond what training dates differ by among each other and rows by chance."""
    value, without_drift = psi(then, now, 0.5 / max(rows[1], 1)), usual + by_chance(len(then), *rows)
    level = _level(value - without_drift, thresholds.psi_yellow, thresholds.psi_red)
    noted = f", up to {without_drift:.2f} without drift" if value >= thresholds.psi_yellow else ""
    return _finding(kind, name, level, value, f"stability index {value:.2f}{noted}", thresholds, work)


def _missing(name: str, then: float, now: float, thresholds: DriftSection, work: float) -> Iterator[Finding]:
    level = _level(abs(now - then), thresholds.missing_yellow, thresholds.missing_red)
    if level != "green":
        yield _finding("missing", name, level, now - then, f"missing in {now:.0%}, {then:.0%} in training", thresholds, work)


def _unseen(
    name: str, histogram: Mapping[str, Any], then: float, now: float, values: pd.Series[Any], thresholds: DriftSection, work: float
) -> Iterator[Finding]:
    """Values of a category that training did not hold (or that were too rare to be listed, as many as then)."""
    fresh = max(now - then, 0.0)
    if not fresh:
        return
    new = sorted({str(value) for value in values.dropna()} - set(histogram["values"]))
    told = ", ".join(new[:3]) + (", ..." if len(new) > 3 else "")
    level = _level(fresh, min(thresholds.missing_yellow, fresh), thresholds.missing_red)
    yield _finding("category", name, level, fresh, f"{fresh:.1%} of groups have values new since training: {told}", thresholds, work)


def _level(value: float, yellow: float, red: float) -> Level:
    return "red" if value >= red else "yellow" if value >= yellow else "green"


def _finding(kind: str, name: str, level: Level, value: float, sentence: str, thresholds: DriftSection, work: float) -> Finding:
    """A finding; what does little of the model's work is yellow at worst, and says so."""
    if level == "red" and work < thresholds.min_share:
        return Finding(kind, name, "yellow", value, f"{sentence}; it does {work:.0%} of the model's work")
    return Finding(kind, name, level, value, sentence)


def _counts(dataset: Dataset, as_of: date) -> dict[str, tuple[int, int]]:
    """Signals per category in the last four weeks before a date and in the thirteen before those, as known at the date."""
    end = datetime.combine(as_of, time())
    signals = dataset.table("signals")
    known = signals.filter(signals.known_at < end, signals.occurred_at < end, signals.occurred_at >= end - timedelta(RECENT + BEFORE))
    recent = known.occurred_at >= end - timedelta(RECENT)
    counted = known.group_by("category").aggregate(recent=recent.cast("int64").sum(), n=known.count())
    return {row["category"]: (row["recent"], row["n"] - row["recent"]) for row in dataset.arrow(counted).to_pylist()}

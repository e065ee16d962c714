"""Drift: how far the groups of a scoring date, the signals before it and what became of past rankings are from what was learned."""

from __future__ import annotations

import math
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

if TYPE_CHECKING:
    from bgml.data.dataset import Dataset

Shares = npt.NDArray[np.float64]
Level = Literal["green", "yellow", "red"]
LEVELS: tuple[Level, ...] = ("green", "yellow", "red")
LEAST_SHARE = 1e-4
"""An empty bin counts as this share at least, so that the index is finite."""
SURE = 2.326
"""99% of a normal distribution lie below."""
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


def psi(then: npt.ArrayLike, now: npt.ArrayLike, least: float = 0.0) -> float:
    """Population stability index of two sets of shares over the same bins: sum of (now - then) x ln(now / then).

    least: what an empty bin of `now` counts as (half a row, say), at least LEAST_SHARE.

    Siddiqi, Credit Risk Scorecards (2006): below 0.1 little changed, above 0.25 much.

    >>> round(psi([0.5, 0.5], [0.6, 0.4]), 4)
    0.0405
    """
    a = np.maximum(np.asarray(then, np.float64), LEAST_SHARE)
    b = np.maximum(np.asarray(now, np.float64), max(least, LEAST_SHARE))
    return float(((b - a) * np.log(b / a)).sum())


def by_chance(bins: int, then_rows: int, now_rows: int) -> float:
    """The index that 1 in 100 comparisons of equal populations exceeds.

    Without drift it is about (1/n + 1/m) times chi-square with bins - 1 degrees of freedom (Yurdakul, Statistical Properties of
    Population Stability Index, 2018), whose quantile is taken by Wilson and Hilferty's approximation.
    """
    freedom = max(bins - 1, 1)
    quantile = freedom * (1 - 2 / (9 * freedom) + SURE * math.sqrt(2 / (9 * freedom))) ** 3
    return quantile * (1 / max(then_rows, 1) + 1 / max(now_rows, 1))


def of_features(
    reference: Mapping[str, Any], frame: pd.DataFrame, thresholds: DriftSection, tells: Mapping[str, float], grains: Mapping[str, str]
) -> Iterator[Finding]:
    """Findings of the columns: stability index, missing values, values that training never saw.

    tells: how much of the model's work each feature does (shares); one that does less than `thresholds.min_share` is never red. grains: of
    a column of account or topic grain only as many values say something of their own as there are accounts or topics.
    """
    independent = {"group": len(frame), "account": frame["account_id"].nunique(), "topic": frame["topic"].nunique()}
    for name, histogram in reference["features"].items():
        now, then = shares(histogram, frame[name]), np.asarray(histogram["shares"])
        work = tells.get(name, 0.0)
        yield _stability("feature", name, then, now, (reference["rows"], independent[grains.get(name, "group")]), thresholds, work)
        yield from _missing(name, float(then[-1]), float(now[-1]), thresholds, work)
        if histogram["kind"] == "category":
            yield from _unseen(name, histogram, float(then[-2]), float(now[-2]), frame[name], thresholds, work)


def of_score(reference: Mapping[str, Any], scores: npt.NDArray[np.float64], thresholds: DriftSection) -> Finding:
    """The stability index of the score."""
    now, then = shares(reference["score"], pd.Series(scores)), np.asarray(reference["score"]["shares"])
    return _stability("score", "score", then, now, (reference["rows"], len(scores)), thresholds, work=1.0)


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
    kind: str, name: str, then: Shares, now: Shares, rows: tuple[int, int], thresholds: DriftSection, work: float
) -> Finding:  # fmt: skip
    value, chance = psi(then, now, 0.5 / max(rows[1], 1)), by_chance(len(then), *rows)
    level = _level(value, thresholds.psi_yellow, thresholds.psi_red) if value > chance else "green"
    noted = f", up to {chance:.2f} by chance" if value <= chance and value >= thresholds.psi_yellow else ""
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

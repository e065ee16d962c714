"""What became of past rankings: the share of their first fifty that reached the outcome, against what was promised at the time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from bgml.config import DriftSection, Settings
from bgml.data.dataset import Dataset
from bgml.evaluation.drift import Finding, Level
from bgml.groups.dates import mature
from bgml.groups.outcomes import label
from bgml.project import Project
from bgml.ranking.archive import store

K = 50
DRAWS = 1000
LEVEL = (2.5, 97.5)
COLUMNS = ["rank", "account_id", "topic", "propensity"]


@dataclass(frozen=True)
class Realised:
    """The first fifty of mature rankings: how many there were, the shares promised and realised, and the interval of the latter
    over the former from redrawing accounts (a group's weeks and an account's groups depend on each other).
    """

    dates: tuple[date, ...]
    groups: int
    expected: float
    realised: float
    ratio: float
    low: float
    high: float


def realised(project: Project, dataset: Dataset) -> tuple[Realised | None, list[str]]:
    """The mature current rankings (those made with hindsight are never current) together; None without one, and why.

    RankingError for a ranking on disk that is damaged.
    """
    settings = project.settings
    there = store.dates(project.rankings)
    ripe = [day for day in there if mature(day, settings.outcome.horizon, dataset.until)]
    if not there:
        return None, ["there is no ranking yet, so what became of one cannot be told: run `bgml score`"]
    if not ripe:
        return None, [f"no ranking is {settings.outcome.horizon} days old, so what became of them is not known yet"]
    tops = [top for day in ripe if (top := _top(project, day)) is not None]
    if not tops:
        return None, ["past rankings state no propensities, so there is nothing to hold their outcomes against"]
    return _together(pd.concat(tops, ignore_index=True), dataset, settings), []


def finding(found: Realised, thresholds: DriftSection) -> Iterator[Finding]:
    """What became of them as a finding: off by more than the thresholds, and by more than chance."""
    off = abs(found.ratio - 1)
    sure = found.low > 1 or found.high < 1
    level: Level = "green" if not sure or off < thresholds.outcome_yellow else "red" if off >= thresholds.outcome_red else "yellow"
    sentence = (
        f"of the first {K} of {len(found.dates)} past rankings {found.realised:.1%} reached the outcome, {found.expected:.1%} promised: "
        f"{found.ratio:.2f} times as many, 95% interval {found.low:.2f} to {found.high:.2f}"
    )
    yield Finding("outcome", f"precision at {K}", level, found.ratio - 1, sentence)


def _top(project: Project, day: date) -> pd.DataFrame | None:
    """The first fifty of a date's current ranking; None where it states no propensities."""
    stored = store.current(project.rankings, day)
    if stored is None or stored.manifest().get("hindsight"):
        return None
    rows: pd.DataFrame = stored.table(columns=COLUMNS).to_pandas()
    rows = rows[rows["rank"] <= K]
    return None if rows["propensity"].isna().any() else rows.assign(as_of=pd.Timestamp(day))


def _together(rows: pd.DataFrame, dataset: Dataset, settings: Settings) -> Realised:
    won = label(rows[["as_of", "account_id", "topic"]], dataset, settings)["won"].to_numpy(np.float64)
    promised = rows["propensity"].to_numpy(np.float64)
    code, accounts = pd.factorize(rows["account_id"])
    drawn = np.random.default_rng(0).multinomial(len(accounts), np.full(len(accounts), 1 / len(accounts)), size=DRAWS)
    of_won, of_promised = (drawn @ np.bincount(code, values, minlength=len(accounts)) for values in (won, promised))
    low, high = np.percentile(of_won / np.maximum(of_promised, 1e-12), LEVEL).tolist()
    dates = tuple(day.date() for day in sorted(rows["as_of"].unique()))
    return Realised(dates, len(rows), promised.mean().item(), won.mean().item(), won.sum() / max(promised.sum(), 1e-12), low, high)

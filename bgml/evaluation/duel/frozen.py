"""Two versions as they were trained, on dates whose outcomes neither could know."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from bgml.errors import BgmlError
from bgml.evaluation.duel.contender import Contender
from bgml.evaluation.duel.refit import Entry, entered, scored_of
from bgml.evaluation.evaluation import Counts
from bgml.evaluation.race.intervals import DRAWS, Race, race
from bgml.evaluation.race.scored import Floats
from bgml.groups.dates import grid, newest_mature
from bgml.project import Progress, Project, quiet
from bgml.scoring import artifact

if TYPE_CHECKING:
    from bgml.data.dataset import Dataset


@dataclass(frozen=True)
class Frozen:
    """The race of two versions that were not refitted, and what it was run on."""

    dates: tuple[datetime.date, ...]
    counts: Counts
    race: Race


def frozen(
    project: Project,
    dataset: Dataset,
    first: Contender,
    second: Contender,
    *,
    labels: tuple[str, str],
    draws: int = DRAWS,
    seed: int = 0,
    progress: Progress = quiet,
) -> Frozen | str:
    """Both artifacts on the as-of dates from the later of their training dates on whose outcomes are known; or why there are none.

    A version trained as of T learned outcomes that ended by T. The outcome of a date d >= T begins at d, so it knew none of it.
    """
    if first.version is None or second.version is None:
        return f"{first if first.version is None else second} is a file, not a trained version: nothing is compared as it was trained."
    horizon, until = project.settings.outcome.horizon, dataset.until
    begin = max(first.version.as_of, second.version.as_of)
    dates = grid(project.settings.dates.every, begin, newest_mature(horizon, until))
    if not dates:
        known = begin + timedelta(horizon)
        return (
            f"As they were trained they cannot be compared yet: the later one was trained as of {begin}, what became of that date's "
            f"groups is known from {known} on, and data is until {until}."
        )
    try:
        entries = entered(project, dataset, [first, second], dates, progress)
        said = {label: _said(entry) for label, entry in zip(labels, entries.values(), strict=True)}
    except BgmlError as error:
        return f"As they were trained they cannot be compared: {error}."
    scored = scored_of(next(iter(entries.values())).examples, said)
    if not len(scored):
        return f"As they were trained they cannot be compared: no group is a candidate from {dates[0]} to {dates[-1]}."
    return Frozen(tuple(dates), Counts.of(scored), race(scored, draws=draws, seed=seed, threads=project.threads(), progress=progress))


def _said(entry: Entry) -> tuple[Floats, Floats]:
    """Raw scores and propensities of a version's artifact, on the code it was stored with."""
    assert entry.contender.version is not None
    scorer = artifact.load(entry.contender.version.folder, entry.code)
    judged = scorer.judge(entry.examples.frame())
    return judged.raw, judged.propensity

"""Scoring a date from end to end: which version, whether it may, the ranking, its place on disk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa

from bgml.data.dataset import Dataset
from bgml.data.kept import forgotten
from bgml.errors import RankingError
from bgml.groups.dates import newest_monday
from bgml.groups.routes.rules import unknown_segments
from bgml.learning.tracking import registry
from bgml.project import Progress, Project, quiet
from bgml.ranking import batch
from bgml.ranking.archive import people, store
from bgml.scoring import artifact
from bgml.scoring.predict import Scorer


@dataclass(frozen=True)
class Scored:
    """A stored ranking, its rows, the version that made it, and what its reader should know."""

    stored: store.Stored
    table: pa.Table
    version: registry.Version
    hindsight: bool
    warnings: tuple[str, ...]


def score(
    project: Project,
    dataset: Dataset,
    as_of: date | None = None,
    model: str | None = None,
    *,
    hindsight: bool = False,
    progress: Progress = quiet,
) -> Scored:
    """Rank the candidates of a date and store the ranking as the current one of that date.

    as_of: default the newest Monday <= dataset.until; model: a reference, default @champion, else the newest propensity.
    A version trained as of a later date knows what came after: RankingError, unless `hindsight`; then the ranking is marked and
    does not become current. TrackingError for a reference to nothing.
    """
    as_of = as_of or newest_monday(dataset.until)
    version = registry.resolve(project, model)
    late = version.as_of > as_of
    if late and not hindsight:
        raise RankingError(_hindsight(project, version, as_of))
    scorer = artifact.load(version.folder, project)
    ranking = batch.rank(project, dataset, as_of, scorer, version, hindsight=late, progress=progress)
    made = {**ranking.inputs, **_evidence(scorer)}
    stored = store.write(project.rankings, as_of, ranking.ranking_id, ranking.tables, made, count=not late)
    named = stored.table("members", ["person_id"]).column("person_id").drop_null().unique().to_pylist()
    _enter(project, dataset, named)
    warnings = unknown_segments(project.settings.routes, dataset.frame("accounts")["segment"].dropna())
    warnings += [_incomplete(as_of, dataset.until)] if as_of > dataset.until else []
    if late:
        warnings.append(
            f"{version} was trained as of {version.as_of} and knows what came after {as_of}; the ranking is kept but is not current"
        )
    return Scored(stored, stored.table(), version, late, tuple(warnings))


def _enter(project: Project, dataset: Dataset, named: list[Any]) -> None:
    """Enter people's names in the book; whoever is forgotten meanwhile, after the tables were read, is taken out again."""
    gone = forgotten.ids(project)
    people.record(project.rankings, dataset.frame("people"), [person_id for person_id in named if str(person_id) not in gone])
    for person_id in forgotten.ids(project) - gone:
        people.forget(project.rankings, person_id)


def _evidence(scorer: Scorer) -> dict[str, Any]:
    """The curve behind the propensities and the distinct wins it was fitted on, for whoever shows them; none without a calibration."""
    if scorer.calibration is None:
        return {}
    extent = scorer.info.get("calibration") or {}
    return {"calibration": scorer.calibration.record(), "calibrated_on": extent.get("won_opportunities")}


def _incomplete(as_of: date, until: date) -> str:
    """What it means to rank at a date that the data does not reach."""
    days = (as_of - until).days
    missing = f"nothing is known of the {days} days between" if days > 1 else "nothing is known of the day between"
    return f"{as_of} is after the end of the data, {until}: {missing}, so groups look quieter than they are and propensities are too low"


def _hindsight(project: Project, version: registry.Version, as_of: date) -> str:
    """The refusal of a version that knows the future of `as_of`, and the way out."""
    refused = f"{version} was trained as of {version.as_of}, so it knows what came after {as_of}"
    other = registry.fitting(project, version, as_of)
    if other is None:
        way = f"no version was trained as of {as_of} or before: `bgml train {version.name} --as-of {as_of}` makes one"
    else:
        way = f"{other}, as of {other.as_of}, fits: use --model {other}"
    return f"{refused}; {way} (--hindsight ranks with it all the same and marks the ranking)"

"""Watching the version in use: its training data against a scoring date, the signals before it, and what became of past rankings."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date

import numpy as np
import pandas as pd

from bgml.data.dataset import Dataset
from bgml.engine.build import build
from bgml.engine.columns.catalog import Catalog, load_catalog
from bgml.errors import ModelError, nearest
from bgml.evaluation.drift import Drift, Finding, of_features, of_score, of_volume, worst_first
from bgml.groups.dates import newest_monday
from bgml.learning.tracking import registry
from bgml.project import Progress, Project, quiet
from bgml.ranking.archive import store
from bgml.ranking.realised import finding, realised
from bgml.scoring import artifact
from bgml.scoring.predict import Scorer

EXPLAINED = 2000
"""Groups whose scores are taken apart to see how much of the work each feature does."""


def monitor(project: Project, dataset: Dataset, progress: Progress = quiet) -> Drift:
    """The drift of the version that `bgml score` would use, at the newest Monday of the data or the newest ranking's date if later.

    What cannot be looked at (a version older than this check, too few groups, no mature ranking) is a note. TrackingError without a
    version, ModelError when it reads a feature that is not there.
    """
    version = registry.resolve(project)
    scorer = artifact.load(version.folder, project)
    last = store.latest(project.rankings)
    as_of = max([newest_monday(dataset.until), *([last.as_of] if last else [])])
    thresholds, notes, findings, rows = project.settings.drift, list[str](), list[Finding](), 0
    past, why = realised(project, dataset)
    notes += why
    findings += finding(past, thresholds) if past else ()
    reference = scorer.info.get("reference")
    if reference is None or "usual" not in reference["score"]:
        notes.append(f"{version} was trained before training data were described in it, so its features cannot be compared: train it again")
    else:
        catalog = load_catalog(project, dataset)
        frame = _frame(project, dataset, catalog, scorer, as_of, str(version), progress)
        rows = len(frame)
        if rows < thresholds.min_rows:
            notes.append(f"{rows:,} candidates at {as_of} are too few to compare with training (drift.min_rows = {thresholds.min_rows})")
        else:
            findings.append(of_score(reference, scorer.score(frame), thresholds))
            findings += of_features(reference, frame, thresholds, _tells(scorer, frame))
    findings += of_volume(dataset, as_of, thresholds)
    return Drift(str(version), version.as_of, as_of, rows, worst_first(findings), tuple(notes), asdict(past) if past else None)


def _frame(
    project: Project, dataset: Dataset, catalog: Catalog, scorer: Scorer, as_of: date, version: str, progress: Progress
) -> pd.DataFrame:
    """The candidates of the date with the version's features."""
    for name in scorer.features:
        if name not in catalog.names:
            why = catalog.left_out.get(name) or f"the project has no such feature{nearest(name, catalog.names)}"
            raise ModelError(f'{version} reads "{name}", but {why}; train it again, or bring the feature back')
    return build(project, dataset, [as_of], only=list(scorer.features), progress=progress).frame(as_of)


def _tells(scorer: Scorer, frame: pd.DataFrame) -> dict[str, float]:
    """The share of each feature in what moves the scores of some groups; of a rule every feature counts in full."""
    parts = scorer.contributions(frame.iloc[:: max(1, len(frame) // EXPLAINED)])
    if parts is None:
        return dict.fromkeys(scorer.features, 1.0)
    moved = np.abs(parts.to_numpy(np.float64) - parts.to_numpy(np.float64).mean(axis=0)).sum(axis=0)
    return dict(zip(parts.columns, (moved / max(moved.sum(), 1e-12)).tolist(), strict=True))

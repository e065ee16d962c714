"""`A` against `B`: both recipes refitted on the same candidates, and how sure the difference is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bgml.errors import DataError, ModelError
from bgml.evaluation.backtest import FOLDS
from bgml.evaluation.duel.comparison import Comparison
from bgml.evaluation.duel.contender import Contender, contender, labels
from bgml.evaluation.duel.frozen import frozen
from bgml.evaluation.duel.moved import moves
from bgml.evaluation.duel.overlap import overlap
from bgml.evaluation.duel.refit import Refitted, refit
from bgml.evaluation.evaluation import Counts
from bgml.evaluation.race.intervals import DRAWS, race
from bgml.evaluation.race.metrics import HEADLINE
from bgml.learning.tracking.offline import Delivered, deliver
from bgml.learning.tracking.run import FILES, Run, numbers
from bgml.project import Progress, Project, quiet

if TYPE_CHECKING:
    from bgml.data.dataset import Dataset


def compare(
    project: Project,
    dataset: Dataset,
    first: str,
    second: str,
    folds: int = FOLDS,
    *,
    draws: int = DRAWS,
    seed: int = 0,
    progress: Progress = quiet,
) -> Comparison:
    """Compare what two references name: NAME, NAME:VERSION, @ALIAS, or the name of a model file that was never trained.

    Raises TrackingError for a reference to nothing, ModelError where one cannot be fitted again or both are the same, DataError for
    too little history.
    """
    pair = contender(project, first), contender(project, second)
    labels(*pair)
    refitted = refit(project, dataset, pair, folds, progress)
    return duel(project, dataset, refitted, *pair, draws=draws, seed=seed, progress=progress)


def duel(
    project: Project,
    dataset: Dataset,
    refitted: Refitted,
    first: Contender,
    second: Contender,
    *,
    draws: int = DRAWS,
    seed: int = 0,
    progress: Progress = quiet,
) -> Comparison:
    """The comparison of two of the refitted; ModelError when one of them could not be trained in a fold, DataError without any win."""
    for out in refitted.left_out:
        if out.name in (str(first), str(second)):
            raise ModelError(f"{out.name} cannot be compared: {out.reason}")
    pair = labels(first, second)
    names = {str(first): pair[0], str(second): pair[1]}
    scored = refitted.renamed(names)
    if not scored.won.any():
        span = f"the {len(scored):,} candidates from {scored.dates[0]} to {scored.dates[-1]} hold no win"
        raise DataError(f"{span}, so nothing tells {pair[0]} and {pair[1]} apart: bring more history, or lower outcome.horizon")
    return Comparison(
        project=project.settings.project.name,
        outcome=project.settings.outcome.model_dump(),
        until=dataset.until,
        first=first,
        second=second,
        labels=pair,
        folds=refitted.folds,
        counts=Counts.of(scored),
        race=race(scored, draws=draws, seed=seed, threads=project.threads(), progress=progress),
        overlap=overlap(scored, *pair),
        moves=tuple(moves(refitted, dataset, names)),
        newest=scored.dates[-1].astype("datetime64[D]").item(),
        frozen=frozen(project, dataset, first, second, labels=pair, draws=draws, seed=seed, progress=progress),
        notes=tuple(_notes(first, second)),
    )


def keep(project: Project, comparison: Comparison) -> Delivered:
    """The comparison as an MLflow run with comparison.json and comparison.md, or waiting for `bgml log` where MLflow cannot be told."""
    document = comparison.document()
    texts = {"comparison.json": json.dumps(document, indent=2, allow_nan=False), "comparison.md": comparison.markdown()}
    tags = {"kind": "comparison", "first": str(comparison.first), "second": str(comparison.second), "verdict": comparison.verdict}
    note = "\n".join(f"- {line}" for line in comparison.sentences())
    run = Run(f"{comparison.first} against {comparison.second}", tags, metrics=numbers(_metrics(document)), note=note)

    def fill(folder: Path) -> None:
        (folder / FILES).mkdir()
        for name, text in texts.items():
            (folder / FILES / name).write_text(text, encoding="utf-8")

    return deliver(project, run, fill)


def _metrics(document: dict[str, Any]) -> dict[str, object]:
    """The differences as MLflow's metrics, and the headline with its interval."""
    found = {f"difference_{metric}": row["difference"]["value"] for metric, row in document["metrics"].items()}
    headline = document["metrics"][HEADLINE]["difference"]
    ends = {f"difference_{HEADLINE}_{end}": headline[end] for end in ("low", "high")}
    return {**found, **ends, "rank_biased_overlap": document["overlap"]["rank_biased"], "top_overlap": document["overlap"]["top"]}


def _notes(first: Contender, second: Contender) -> list[str]:
    """That both are one recipe, where they are: only what they were trained on differs then."""
    same = "Both have the same recipe, so refitted they are the same model: they differ in the data they were trained on only."
    return [same] if first.recipe.making == second.recipe.making else []

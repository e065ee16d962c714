"""Training: examples of past dates, a fitted model, its run and registered version."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from bgml.data.dataset import Dataset
from bgml.errors import TrackingError
from bgml.groups.dates import newest_monday, training_dates
from bgml.learning.examples import Examples, collect
from bgml.learning.fingerprint import fingerprint
from bgml.learning.fitting.fit import fit
from bgml.learning.tracking import registry, track
from bgml.project import Progress, Project, quiet
from bgml.scoring import artifact
from bgml.scoring.definition import Model, columns_read, find_model, load_models
from bgml.scoring.predict import Scorer

Guard = Callable[[Project, Dataset, Sequence[Model], Examples], Sequence[str]]
"""Looks at what the models are trained on and says what may be a leak (`bgml.evaluation.audit.guard`)."""


@dataclass(frozen=True)
class Trained:
    """A new version and what it learned from; seconds are of fitting it."""

    version: registry.Version
    dates: tuple[date, ...]
    rows: int
    wins: int
    seconds: float
    warnings: tuple[str, ...]


def train(
    project: Project,
    dataset: Dataset,
    names: Sequence[str] = (),
    as_of: date | None = None,
    progress: Progress = quiet,
    guard: Guard | None = None,
) -> list[Trained]:
    """Fit, calibrate and register models on what was known before `as_of`; one new version each.

    names: models, default `models.train`; as_of: default the newest Monday <= dataset.until; guard: its warnings join those of the first
    version. One training at a time in a project.
    Raises ModelError for an unknown model or too few wins, DataError for too little history, TrackingError when MLflow's store
    cannot take a version (the artifact is kept and named), ProjectError when another training is running.
    """
    from bgml.engine.columns.catalog import load_catalog

    with project.lock("train"):
        known = load_models(project)
        models = [find_model(known, name) for name in dict.fromkeys(names or project.settings.models.train)]
        as_of = as_of or newest_monday(dataset.until)
        first_signal = date(1970, 1, 1) + timedelta(dataset.first_day)
        dates = training_dates(project.settings, first_signal, as_of, dataset.until)
        columns = columns_read(models, load_catalog(project, dataset).names)
        examples = collect(project, dataset, dates, columns=columns, progress=progress)
        known_data = _known(examples)
        trained = []
        for done, model in enumerate(models, start=1):
            trained.append(_train_one(project, model, examples, dates, as_of, known_data, progress))
            progress("models", done, len(models))
        warnings = tuple(guard(project, dataset, models, examples)) if guard else ()
        return [replace(trained[0], warnings=(*trained[0].warnings, *warnings)), *trained[1:]]


def _train_one(
    project: Project, model: Model, examples: Examples, dates: list[date], as_of: date, known_data: str, progress: Progress
) -> Trained:
    began = time.perf_counter()
    scorer = fit(model, examples, project.settings, threads=project.threads(), name=model.name, progress=progress)
    seconds = time.perf_counter() - began
    metrics = {"training_dates": len(dates), "rows": len(examples), "wins": examples.won_opportunities(), "seconds": seconds}
    version = _register(project, scorer, as_of, _parameters(project, model, dates), metrics, known_data)
    warnings = tuple(str(text) for text in scorer.info.get("warnings", ()))
    return Trained(version, tuple(dates), len(examples), int(metrics["wins"]), seconds, warnings)


def _register(
    project: Project, scorer: Scorer, as_of: date, params: dict[str, object], metrics: dict[str, float], known_data: str
) -> registry.Version:
    """Write the artifact, then log it; when MLflow fails, what was trained stays where the message says."""
    home = project.state / "trained" / f"{scorer.name}-{as_of}"
    shutil.rmtree(home, ignore_errors=True)
    staged = home / track.ARTIFACT
    artifact.save(scorer, staged)
    tags = {"model": scorer.name, "as_of": as_of.isoformat(), "fingerprint": known_data}
    try:
        row = track.log_training(project, scorer.name, staged, params=params, metrics=metrics, tags=tags)
    except TrackingError as error:
        raise TrackingError(f"{scorer.name} is trained and kept in {staged}, but not registered: {error}") from error
    shutil.rmtree(home)
    return registry.resolve(project, f"{scorer.name}:{row.version}")


def _parameters(project: Project, model: Model, dates: list[date]) -> dict[str, object]:
    """What a reader of MLflow's page wants to compare between trainings."""
    outcome = project.settings.outcome
    described = {key: value for key, value in model.describe().items() if key != "parameters" and value not in ("", None)}
    tuned = {f"parameters.{key}": value for key, value in model.parameters.items()}
    span = {"first_date": dates[0], "last_date": dates[-1]}
    return {**described, **tuned, **span, "target": outcome.target, "horizon": outcome.horizon, "match": outcome.match}


def _known(examples: Examples) -> str:
    """The fingerprint of the training rows: keys, features and outcomes."""
    return fingerprint(examples.frame().assign(won=examples.won, amount=examples.amount))

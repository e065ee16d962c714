"""Training: examples of past dates, a fitted model, its run and registered version."""

from __future__ import annotations

import platform
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from importlib import metadata

import pandas as pd

from bgml.data.dataset import Dataset
from bgml.errors import TrackingError
from bgml.groups.dates import newest_monday, training_dates
from bgml.learning.examples import Examples, collect
from bgml.learning.fingerprint import fingerprint
from bgml.learning.fitting.fit import fit
from bgml.learning.recipe import Recipe
from bgml.learning.tracking import registry, track
from bgml.project import Progress, Project, quiet
from bgml.scoring import artifact
from bgml.scoring.definition import Model, columns_read, find_model, load_models
from bgml.scoring.predict import Scorer

LIBRARIES = ("bgml", "lightgbm", "scikit-learn", "numpy", "pandas", "skops")


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
    project: Project, dataset: Dataset, names: Sequence[str] = (), as_of: date | None = None, progress: Progress = quiet
) -> list[Trained]:
    """Fit, calibrate and register models on what was known before `as_of`; one new version each.

    names: models, default `models.train`; as_of: default the newest Monday <= dataset.until. One training at a time in a project.
    Raises ModelError for an unknown model or too few wins, DataError for too little history, TrackingError when MLflow's store
    cannot take a version (the artifact is kept and named), ProjectError when another training is running.
    """
    with project.lock("train"):
        known = load_models(project)
        models = [find_model(known, name) for name in dict.fromkeys(names or project.settings.models.train)]
        lesson = Lesson.read(project, dataset, models, as_of or newest_monday(dataset.until), progress)
        trained = []
        for done, model in enumerate(models, start=1):
            trained.append(train_one(project, Recipe.of(project, model), model, lesson, progress=progress))
            progress("models", done, len(models))
        return trained


@dataclass(frozen=True)
class Lesson:
    """What a training learns from: the examples of its dates, and the names of all columns, of which they hold those wanted."""

    as_of: date
    dates: tuple[date, ...]
    examples: Examples
    known: tuple[str, ...]

    @classmethod
    def read(cls, project: Project, dataset: Dataset, models: Sequence[Model], as_of: date, progress: Progress = quiet) -> Lesson:
        """What was known before `as_of`, with the columns that any of the models reads."""
        from bgml.engine.columns.catalog import load_catalog

        first_signal = date(1970, 1, 1) + timedelta(dataset.first_day)
        dates = training_dates(project.settings, first_signal, as_of, dataset.until)
        known = load_catalog(project, dataset).names
        examples = collect(project, dataset, dates, columns=columns_read(models, known), progress=progress)
        return cls(as_of, tuple(dates), examples, known)

    def fingerprint(self, columns: Sequence[str]) -> str:
        """SHA-256 of keys, outcomes and some of the columns."""
        outcomes = self.examples.keys().assign(won=self.examples.won, amount=self.examples.amount)
        return fingerprint(pd.concat([outcomes, self.examples.features[list(columns)]], axis=1))


def train_one(
    project: Project, recipe: Recipe, model: Model, lesson: Lesson, *, tags: Mapping[str, str] | None = None, progress: Progress = quiet
) -> Trained:
    """Fit and register one model by its recipe; `tags` go to its run and version beside the usual ones."""
    began = time.perf_counter()
    examples, threads = lesson.examples, project.threads()
    scorer = fit(
        model, examples, recipe.settings, threads=threads, name=model.name, files=recipe.files, known=lesson.known, progress=progress
    )
    seconds = time.perf_counter() - began
    metrics = {"training_dates": len(lesson.dates), "rows": len(examples), "wins": examples.won_opportunities(), "seconds": seconds}
    stated = {"fingerprint": lesson.fingerprint(scorer.features), "libraries": libraries(), **(tags or {})}
    version = _register(project, scorer, lesson.as_of, _parameters(project, model, lesson.dates), metrics, stated)
    warnings = tuple(str(text) for text in scorer.info.get("warnings", ()))
    return Trained(version, lesson.dates, len(examples), int(metrics["wins"]), seconds, warnings)


def libraries() -> str:
    """Python and the libraries that decide what a fit gives, with their versions."""
    found = {"python": platform.python_version()} | {name: metadata.version(name) for name in LIBRARIES}
    return ", ".join(f"{name} {version}" for name, version in found.items())


def _register(
    project: Project, scorer: Scorer, as_of: date, params: dict[str, object], metrics: dict[str, float], stated: Mapping[str, str]
) -> registry.Version:
    """Write the artifact, then log it; when MLflow fails, what was trained stays where the message says."""
    home = project.state / "trained" / f"{scorer.name}-{as_of}"
    shutil.rmtree(home, ignore_errors=True)
    staged = home / track.ARTIFACT
    artifact.save(scorer, staged)
    tags = {"model": scorer.name, "as_of": as_of.isoformat(), **stated}
    try:
        row = track.log_training(project, scorer.name, staged, params=params, metrics=metrics, tags=tags)
    except TrackingError as error:
        raise TrackingError(f"{scorer.name} is trained and kept in {staged}, but not registered: {error}") from error
    shutil.rmtree(home)
    return registry.resolve(project, f"{scorer.name}:{row.version}")


def _parameters(project: Project, model: Model, dates: Sequence[date]) -> dict[str, object]:
    """What a reader of MLflow's page wants to compare between trainings."""
    outcome = project.settings.outcome
    described = {key: value for key, value in model.describe().items() if key != "parameters" and value not in ("", None)}
    tuned = {f"parameters.{key}": value for key, value in model.parameters.items()}
    span = {"first_date": dates[0], "last_date": dates[-1]}
    return {**described, **tuned, **span, "target": outcome.target, "horizon": outcome.horizon, "match": outcome.match}

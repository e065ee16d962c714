"""Training: examples of past dates, a fitted model, its run and registered version."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from importlib import metadata

import pandas as pd

from bgml.data.dataset import Dataset
from bgml.groups.dates import newest_monday, training_dates
from bgml.learning.examples import Examples, collect
from bgml.learning.fingerprint import fingerprint, fingerprint_of_names
from bgml.learning.fitting.amounts import NoAmounts, amount_columns
from bgml.learning.fitting.comparison import comparison
from bgml.learning.fitting.fit import fit
from bgml.learning.fitting.reference import reference
from bgml.learning.recipe import Recipe
from bgml.learning.tracking import registry
from bgml.learning.tracking.offline import deliver
from bgml.learning.tracking.run import ARTIFACT, Input, Run, numbers, source, texts
from bgml.learning.tune import Trial, Tune, Tuned
from bgml.project import Progress, Project, quiet
from bgml.scoring import artifact
from bgml.scoring.definition import Model, columns_read, find_model, load_models
from bgml.scoring.predict import Scorer

LIBRARIES = ("bgml", "lightgbm", "scikit-learn", "numpy", "pandas", "skops")
Guard = Callable[[Project, Dataset, Sequence[Model], Examples], Sequence[str]]
"""Looks at what the models are trained on and says what may be a leak (`bgml.evaluation.audit.guard`)."""


@dataclass(frozen=True)
class Trained:
    """A new version and what it learned from; seconds are of fitting it.

    not_sent: why MLflow does not have it yet, and the way out; its version has no number then, and is read from where it is kept.
    tuned: the search for parameters before the fit, if there was one.
    """

    version: registry.Version
    dates: tuple[date, ...]
    rows: int
    wins: int
    seconds: float
    warnings: tuple[str, ...]
    not_sent: str = ""
    tuned: Tuned | None = None


def train(
    project: Project,
    dataset: Dataset,
    names: Sequence[str] = (),
    as_of: date | None = None,
    progress: Progress = quiet,
    skipped: Callable[[str], None] = lambda reason: None,
    tune: Tune | None = None,
    guard: Guard | None = None,
) -> list[Trained]:
    """Fit, calibrate and register models on what was known before `as_of`; one new version each.

    names: models, default `models.train`; as_of: default the newest Monday <= dataset.until. One training at a time in a project.
    tune: searches for parameters first, on the same examples (`evaluation.tuning.tune`); a rule has none and is trained as it is.
    guard: its warnings join those of the first version.
    A model that ranks by amounts which nobody knows is skipped, and `skipped` told why, unless there is no other.
    Raises ModelError for an unknown model or too few wins, DataError for too little history, ProjectError when another training is
    running. Where MLflow's store cannot take a version, it is kept for `bgml log` and said in `Trained.not_sent`.
    """
    with project.lock("train"):
        known = load_models(project)
        models = [find_model(known, name) for name in dict.fromkeys(names or project.settings.models.train)]
        lesson = Lesson.read(project, dataset, models, as_of or newest_monday(dataset.until), progress)
        trained = []
        for done, model in enumerate(models, start=1):
            try:
                trained.append(train_one(project, Recipe.of(project, model), model, lesson, tune=tune, progress=progress))
            except NoAmounts as problem:
                if len(models) == 1:
                    raise
                skipped(str(problem))
            progress("models", done, len(models))
        warnings = tuple(guard(project, dataset, models, lesson.examples)) if guard else ()
        return [replace(trained[0], warnings=(*trained[0].warnings, *warnings)), *trained[1:]]


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
        examples = collect(project, dataset, dates, columns=columns_learned(models, known), progress=progress)
        return cls(as_of, tuple(dates), examples, known)

    def fingerprint(self, columns: Sequence[str]) -> str:
        """SHA-256 of keys, outcomes and some of the columns."""
        examples = self.examples
        return fingerprint(pd.concat([examples.keys(), examples.outcomes(), examples.features[list(columns)]], axis=1))


def columns_learned(models: Sequence[Model], known: Sequence[str]) -> list[str]:
    """Of the columns there are, in their order, those that any of the models reads or that amounts are learned from."""
    wanted = {*columns_read(models, known), *amount_columns(known)}
    return [name for name in known if name in wanted]


def train_one(
    project: Project,
    recipe: Recipe,
    model: Model,
    lesson: Lesson,
    *,
    tags: Mapping[str, str] | None = None,
    tune: Tune | None = None,
    progress: Progress = quiet,
) -> Trained:
    """Fit and register one model by its recipe, its parameters searched for first on request; `tags` go to its run and version."""
    tuned = _searched(model, lesson, tune, progress)
    model = tuned.model if tuned is not None else model
    began = time.perf_counter()
    examples, threads = lesson.examples, project.threads()
    scorer = fit(
        model, examples, recipe.settings, threads=threads, name=model.name, files=recipe.files, known=lesson.known, progress=progress
    )
    scorer.info["reference"] = reference(scorer, examples)
    scorer.info["comparison"] = comparison(scorer, examples, recipe.settings.outcome.target)
    seconds = time.perf_counter() - began
    metrics = {"training_dates": len(lesson.dates), "rows": len(examples), "wins": examples.won_opportunities(), "seconds": seconds}
    stated = {"fingerprint": lesson.fingerprint(scorer.features), "libraries": libraries(), **(tags or {})}
    made, not_sent = _register(project, scorer, lesson.as_of, _parameters(project, model, lesson.dates), metrics, stated, tuned)
    warnings = tuple(str(text) for text in scorer.info.get("warnings", ()))
    return Trained(made, lesson.dates, len(examples), int(metrics["wins"]), seconds, warnings, not_sent, tuned)


def _searched(model: Model, lesson: Lesson, tune: Tune | None, progress: Progress) -> Tuned | None:
    """The search for a model's parameters on what it will be trained on; a rule has none."""
    if tune is None or model.rule is not None:
        return None
    return tune(model, lesson.examples, lesson.fingerprint([str(name) for name in lesson.examples.features.columns]), progress)


def libraries() -> str:
    """Python and the libraries that decide what a fit gives, with their versions."""
    found = {"python": platform.python_version()} | {name: metadata.version(name) for name in LIBRARIES}
    return ", ".join(f"{name} {version}" for name, version in found.items())


def _register(
    project: Project,
    scorer: Scorer,
    as_of: date,
    params: dict[str, object],
    metrics: dict[str, float],
    stated: Mapping[str, str],
    tuned: Tuned | None = None,
) -> tuple[registry.Version, str]:
    """The version that the artifact becomes, and why it is not registered yet, which is then for `bgml log` to do."""
    tags = {"model": scorer.name, "as_of": as_of.isoformat(), **stated}
    run = training_run(project, scorer, params, metrics, tags)
    run = run if tuned is None else with_search(run, tuned)
    delivered = deliver(project, run, lambda folder: artifact.save(scorer, folder / ARTIFACT))
    if delivered.sent is None or delivered.sent.version is None:
        return registry.Version(scorer.name, 0, as_of, "", delivered.folder / ARTIFACT), delivered.way_out
    return registry.made(project, delivered.sent.version), ""


def training_run(
    project: Project, scorer: Scorer, params: Mapping[str, object], metrics: Mapping[str, float], tags: Mapping[str, str]
) -> Run:
    """A training as MLflow is told of it; `tags` (model, as_of, fingerprint ...) are those of its version too."""
    info, outcome = scorer.info, project.settings.outcome
    given = {
        "kind": "training", "bgml_version": metadata.version("bgml"), "features": len(scorer.features),
        "features_fingerprint": fingerprint_of_names(scorer.features), "first_date": params["first_date"], "last_date": params["last_date"],
        "target": outcome.target, "horizon": outcome.horizon, "match": outcome.match,
    }  # fmt: skip
    rows, wins = int(metrics["rows"]), int(metrics["wins"])
    read = Input(project.settings.project.name, tags["fingerprint"], source(project), "training", {"rows": rows, "wins": wins})
    said = [
        f"{scorer.name} as of {tags['as_of']}: {outcome.target} within {outcome.horizon} days, matched by {outcome.match}.",
        f"Learned from {rows:,} rows of {int(metrics['training_dates'])} dates, {params['first_date']} to {params['last_date']}, with "
        f"{wins:,} distinct wins, by {len(scorer.features)} features.",
        *(f"Warning: {text}" for text in info.get("warnings", ())),
        "How good it is, `bgml evaluate` says.",
    ]
    return Run(
        scorer.name, {**texts(given), **tags}, texts(params), numbers(metrics), "\n\n".join(said), (read,), version=dict(tags),
        seconds=float(metrics["seconds"]),
    )  # fmt: skip


def with_search(run: Run, tuned: Tuned) -> Run:
    """A training's run with the search before it: what it gained where it could not look, and a run below it for each trial."""
    gained = {"tuning_gained": tuned.gained, "tuning_gained_low": tuned.low, "tuning_gained_high": tuned.high}
    children = tuple(_trial_run(run, trial) for trial in tuned.trials)
    note = "\n\n".join([run.note, tuned.sentence])
    return replace(run, metrics={**run.metrics, **numbers(gained)}, note=note, children=children)


def _trial_run(run: Run, trial: Trial) -> Run:
    """A trial as MLflow is told of it: its parameters, the metric in each inner fold and its mean, how it ended."""
    tags = {"kind": "trial", "model": run.tags["model"], "state": trial.state}
    folds = {f"value_fold_{number}": value for number, value in enumerate(trial.values, start=1)}
    name = f"{run.name} trial {trial.number}"
    return Run(name, tags, texts(trial.parameters), numbers({"value": trial.value, **folds}))


def _parameters(project: Project, model: Model, dates: Sequence[date]) -> dict[str, object]:
    """What a reader of MLflow's page wants to compare between trainings."""
    outcome = project.settings.outcome
    described = {key: value for key, value in model.describe().items() if key != "parameters" and value not in ("", None)}
    tuned = {f"parameters.{key}": value for key, value in model.parameters.items()}
    span = {"first_date": dates[0], "last_date": dates[-1]}
    return {**described, **tuned, **span, "target": outcome.target, "horizon": outcome.horizon, "match": outcome.match}

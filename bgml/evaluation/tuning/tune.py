"""A search from end to end: dates for it, dates it never sees, and whether what it found is better there."""

from __future__ import annotations

import pprint
from collections.abc import Mapping
from typing import Any

import numpy as np

from bgml.errors import ModelError
from bgml.evaluation.chapters.tested import on_dates
from bgml.evaluation.race.intervals import Estimate, race
from bgml.evaluation.report.markdown import PER, number
from bgml.evaluation.tuning.journal import Journal
from bgml.evaluation.tuning.search import Search, best, scored
from bgml.evaluation.tuning.space import optuna, space
from bgml.groups.dates import Fold, folds_within
from bgml.learning.examples import Examples
from bgml.learning.fitting.fit import fit
from bgml.learning.tune import Tuned
from bgml.project import Progress, Project, quiet
from bgml.scoring.definition import Model

OUTER = 4
"""The newest of so many blocks of the dates that can be tested is kept from the search."""
INNER = 3
SEARCHED = {"value": "amount_at_50"}
"""What is searched for where it is not average precision, by objective."""
PROVED = {"value": "amount_at_50"}
"""What must be better on the block kept back where it is not precision@50."""
FORMAT = 1
"""Raised when a change of this code changes how a trial comes out."""


def tune(
    project: Project, model: Model, examples: Examples, known: str, *, trials: int, resume: bool = False, progress: Progress = quiet
) -> Tuned:
    """Search `trials` sets of parameters for a model, and decide on dates the search did not see whether they are better.

    examples: those it will be trained on, known: their fingerprint. The newest block of dates that can be tested is kept back; the
    search sees the dates whose outcome was known when that block began, in rolling folds of them. The file's parameters stay unless
    those found are better on the block. With `resume` the trials of a search that was interrupted, or finished, are taken over.
    ModelError without optuna, for a rule, for an estimator nobody knows what to search in, and where history is too short.
    """
    optuna()
    tried = space(model)
    outer, inner = split(examples, project, model)
    searching = Search(
        model=model,
        examples=on_dates(examples, outer.train),
        settings=project.settings,
        folds=inner,
        space=tried,
        metric=SEARCHED.get(model.objective, "ap"),
        threads=project.threads(),
    )
    journal = Journal(project, model.name, [FORMAT, model.describe(), tried, known, searching.metric, [str(day) for day in outer.train]])
    journal.start(journal.trials() if resume else [])
    found = searching.run(trials, journal, progress)
    return _decided(searching, outer, examples, found)


def split(examples: Examples, project: Project, model: Model) -> tuple[Fold, tuple[Fold, ...]]:
    """The block kept from the search with the dates that were mature when it began, and the folds inside these.

    Every date of an inner fold is mature by the outer block's first date. ModelError where history is too short, or wins too few.
    """
    dates = np.unique(examples.as_of.astype("datetime64[D]")).tolist()
    blocks = folds_within(dates, project.settings, OUTER)
    inner = folds_within(list(blocks[-1].train), project.settings, INNER) if blocks else []
    enough = tuple(fold for fold in inner if _enough(examples, fold, project.settings.check.min_won))
    if not enough:
        span = f"its {len(dates)} training dates" + (f", {dates[0]} to {dates[-1]}," if dates else "")
        needs = "a search needs dates to learn from, later ones to judge by, and a block after those to prove it on"
        least = f"each with {project.settings.check.min_won} distinct wins to learn from and a win to find"
        raise ModelError(f"the model {model.name} cannot be tuned: {span} are too few; {needs}, {least}; train it without --tune")
    return blocks[-1], enough


def _enough(examples: Examples, fold: Fold, least: int) -> bool:
    train = on_dates(examples, fold.train)
    wins = min(train.won_opportunities(), train.groups_not_won())
    return wins >= least and bool((on_dates(examples, fold.test).won == 1).any())


def _decided(searching: Search, outer: Fold, examples: Examples, found: list[Any]) -> Tuned:
    """The better of the file's parameters and those found, on the block that was kept back."""
    chosen, model = best(found), searching.model
    metric = PROVED.get(model.objective, "precision_at_50")
    if chosen.number == 0:
        said = f"{model.name}: none of {len(found) - 1} sets of parameters was better than the file's on the inner dates; it keeps its own"
        return Tuned(model, metric, tuple(found), {}, 0.0, np.nan, np.nan, False, said + ".", _snippet(model.parameters))
    tuned = searching.with_parameters(chosen.parameters)
    gained = _gained(searching, tuned, on_dates(examples, outer.test), metric)
    taken = gained.value > 0
    said = f"{_sentence(metric, gained, outer)}; {'they are taken' if taken else 'the file keeps its own'}."
    return Tuned(
        model=tuned if taken else model,
        metric=metric,
        trials=tuple(found),
        best=chosen.parameters,
        gained=gained.value,
        low=gained.low,
        high=gained.high,
        taken=taken,
        sentence=f"{model.name}: {said}",
        snippet=_snippet(tuned.parameters),
    )


def _gained(searching: Search, tuned: Model, test: Examples, metric: str) -> Estimate:
    """What the parameters found gain over the file's, both fitted on all dates the search had, paired over accounts."""
    scores = {}
    for name, model in (("file", searching.model), ("tuned", tuned)):
        scorer = fit(model, searching.examples, searching.settings, threads=searching.threads, name=model.name, calibrated=False)
        scores[name] = scorer.score(test.frame())
    return race(scored(test, scores), seed=searching.model.seed, threads=searching.threads).difference("tuned", "file", metric)


def _sentence(metric: str, gained: Estimate, outer: Fold) -> str:
    ends = gained.value, gained.low, gained.high
    if metric == "precision_at_50":
        unit, (value, low, high) = f"wins per {PER} groups", (f"{PER * end:+.1f}" for end in ends)
    else:
        unit, (value, low, high) = f"won amount in the top {PER}", (number(end, signed=True) for end in ends)
    dates = f"{len(outer.test)} dates the search did not see ({outer.test[0]} to {outer.test[-1]})"
    return f"the parameters found gained {value} {unit} on {dates}, 95% interval {low} to {high}"


def _snippet(parameters: Mapping[str, Any]) -> str:
    """The parameters as a model file has them, rounded to what matters not at all."""
    return f"parameters={pprint.pformat(dict(parameters), indent=4, width=100, sort_dicts=False)},"

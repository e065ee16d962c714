"""The search itself: parameters proposed by optuna's TPE, judged on rolling folds inside the dates it is given."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bgml.config import Settings
from bgml.errors import ModelError
from bgml.evaluation.chapters.tested import on_dates
from bgml.evaluation.race.metrics import METRICS, Tally, identity
from bgml.evaluation.race.scored import Scored
from bgml.evaluation.tuning.journal import Journal
from bgml.evaluation.tuning.space import distributions, optuna
from bgml.groups.dates import Fold
from bgml.learning.examples import Examples
from bgml.learning.fitting.fit import fit
from bgml.learning.tune import Trial
from bgml.project import Progress
from bgml.scoring.definition import Model

FAMILIAR = 10
"""Trials at random before what was learned of them steers the next."""
COMPARED = 5
"""Trials that must have come as far before one is given up, because it is worse than the median of them."""


@dataclass(frozen=True)
class Search:
    """What is searched: a model's parameters in `space`, for the mean of `metric` over the test dates of the inner folds."""

    model: Model
    examples: Examples
    settings: Settings
    folds: tuple[Fold, ...]
    space: Mapping[str, Sequence[Any]]
    metric: str
    threads: int

    def run(self, number: int, journal: Journal, progress: Progress) -> list[Trial]:
        """Trials up to `number` besides the file's own parameters, those in the journal first; each is kept as it ends.

        The same search gives the same trials, whether or not it was interrupted.
        """
        trials = journal.trials()[: number + 1]
        while len(trials) <= number:
            progress(f"tune {self.model.name}", len(trials), number + 1)
            trials.append(self._tried(trials))
            journal.add(trials[-1])
        progress(f"tune {self.model.name}", number + 1, number + 1)
        return trials

    def with_parameters(self, parameters: Mapping[str, Any]) -> Model:
        """The model with some parameters replaced."""
        return replace(self.model, parameters={**self.model.parameters, **parameters})

    def _tried(self, trials: Sequence[Trial]) -> Trial:
        """The next trial: first the file's own parameters, whose failure is the user's; then what optuna proposes."""
        if not trials:
            own = {name: self.model.parameters[name] for name in self.space if name in self.model.parameters}
            return Trial(0, own, tuple(self._values(self.model)), "done")
        parameters = propose(self.space, trials, self.model.seed)
        values: list[float] = []
        try:
            for value in self._values(self.with_parameters(parameters)):
                values.append(value)
                if hopeless(values, trials):
                    return Trial(len(trials), parameters, tuple(values), "pruned")
        except ModelError:
            return Trial(len(trials), parameters, (), "failed")
        return Trial(len(trials), parameters, tuple(values), "done")

    def _values(self, model: Model) -> Iterator[float]:
        """The metric in one inner fold after the other, fitted as each goes along."""
        for fold in self.folds:
            train, test = on_dates(self.examples, fold.train), on_dates(self.examples, fold.test)
            scorer = fit(model, train, self.settings, threads=self.threads, name=model.name, calibrated=False)
            yield mean_metric(test, scorer.score(test.frame()), self.metric)


def scored(examples: Examples, scores: Mapping[str, np.ndarray[Any, Any]]) -> Scored:
    """Candidates with outcomes and what models said of them, to be measured."""
    keys = examples.as_of, examples.account, examples.topic
    return Scored(*keys, examples.won == 1, examples.amount, scores, deals=examples.deals)


def mean_metric(examples: Examples, scores: np.ndarray[Any, Any], metric: str) -> float:
    """A metric of the race, averaged over the dates that have a value."""
    found = scored(examples, {"model": scores})
    values, _ = Tally(found, "model").count(identity(found))
    return float(np.nanmean(values[:, METRICS.index(metric), 0]))


def propose(space: Mapping[str, Sequence[Any]], trials: Sequence[Trial], seed: int) -> dict[str, Any]:
    """The next parameters to try: Tree-structured Parzen Estimator, from the trials so far and a seed that their number moves on."""
    library = optuna()
    sampler = library.samplers.TPESampler(n_startup_trials=FAMILIAR, seed=(seed * 10_007 + len(trials)) % 2**32)
    study = library.create_study(direction="maximize", sampler=sampler)
    wanted = distributions(space)
    study.add_trials([frozen for trial in trials if (frozen := _frozen(library, trial, wanted)) is not None])
    return {name: _rounded(value, space[name]) for name, value in study.ask(wanted).params.items()}


def _rounded(value: Any, tried: Sequence[Any]) -> Any:  # noqa: ANN401 - a parameter's value
    """A number as a person would write it, three digits, still within its range."""
    if not isinstance(value, float) or isinstance(tried, list):
        return value
    return float(min(max(float(f"{value:.3g}"), tried[0]), tried[1]))


def _frozen(library: Any, trial: Trial, wanted: Mapping[str, Any]) -> Any:  # noqa: ANN401 - optuna's FrozenTrial
    """A trial as optuna has it; None where it failed, or is the file's own and not in the space, or leaves parameters to the estimator."""
    if not trial.values or set(trial.parameters) != set(wanted):
        return None
    so_far = {step: float(np.mean(trial.values[: step + 1])) for step in range(len(trial.values))}
    done = trial.state == "done"
    state = library.trial.TrialState.COMPLETE if done else library.trial.TrialState.PRUNED
    given = {"params": dict(trial.parameters), "distributions": dict(wanted), "intermediate_values": so_far}
    try:
        return library.trial.create_trial(state=state, value=trial.value if done else None, **given)
    except (ValueError, TypeError):
        return None


def hopeless(values: Sequence[float], trials: Sequence[Trial]) -> bool:
    """Whether a trial is, from its second fold on, worse than the median of the trials that came as far."""
    step = len(values)
    others = [float(np.mean(trial.values[:step])) for trial in trials if len(trial.values) >= step]
    return step > 1 and len(others) >= COMPARED and float(np.mean(values)) < float(np.median(others))


def best(trials: Sequence[Trial]) -> Trial:
    """The finished trial with the highest mean; of equal ones the first, so that the file's own stay unless something is better."""
    done = [trial for trial in trials if trial.state == "done" and math.isfinite(trial.value)]
    return max(done, key=lambda trial: (trial.value, -trial.number))

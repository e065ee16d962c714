from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from bgml.errors import ModelError
from bgml.evaluation.tuning import search as module
from bgml.evaluation.tuning.journal import Journal
from bgml.evaluation.tuning.search import Search, best, hopeless, mean_metric, propose
from bgml.groups.dates import folds_within
from bgml.learning.examples import Examples
from bgml.learning.tune import Trial
from bgml.project import Project, quiet
from bgml.scoring.definition import Model

SPACE = {"C": (1e-4, 10.0, "log"), "depth": (2, 8), "kind": ["a", "b"]}


@pytest.fixture
def searching(weeks: Examples, project: Project, stump: Model) -> Search:
    dates = np.unique(weeks.as_of.astype("datetime64[D]")).tolist()
    folds = tuple(folds_within(dates, project.settings, 3))
    return Search(stump, weeks, project.settings, folds, dict(stump.search), "ap", 1)


def journal(project: Project, name: str = "a") -> Journal:
    made = Journal(project, name, [])
    made.start(made.trials())
    return made


def test_a_better_parameter_is_found_and_the_files_own_come_first(searching: Search, project: Project) -> None:
    trials = searching.run(5, journal(project), quiet)
    assert [trial.number for trial in trials] == [0, 1, 2, 3, 4, 5]
    assert (trials[0].parameters, trials[0].state) == ({"n_estimators": 1, "num_leaves": 2}, "done")
    found = best(trials)
    assert found.number > 0
    assert found.value > trials[0].value + 0.02
    assert found.parameters["n_estimators"] > 1
    assert journal(project).trials() == trials


class Killed(BaseException):
    """As good as a signal."""


def test_a_search_that_was_killed_goes_on_where_it_was_and_comes_out_the_same(
    searching: Search, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = searching.run(4, journal(project, "whole"), quiet)
    real, tried = Search._values, []

    def values(self: Search, model: Model) -> Iterator[float]:
        tried.append(dict(model.parameters))
        if len(tried) == 3:
            raise Killed
        return real(self, model)

    monkeypatch.setattr(Search, "_values", values)
    with pytest.raises(Killed):
        searching.run(4, journal(project), quiet)
    assert journal(project).trials() == whole[:2]
    assert searching.run(4, journal(project), quiet) == whole
    assert len(tried) == 3 + 3, "the trial that was killed again, and the two after it"


def test_a_finished_search_is_taken_over_and_a_longer_one_goes_on(
    searching: Search, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    trials = searching.run(2, journal(project), quiet)
    monkeypatch.setattr(Search, "_values", lambda self, model: iter([0.5]))
    assert searching.run(2, journal(project), quiet) == trials
    assert searching.run(1, journal(project), quiet) == trials[:2]
    longer = searching.run(3, journal(project), quiet)
    assert longer[:3] == trials
    assert longer[3].values == (0.5,)


def test_no_fold_sees_a_later_date(searching: Search, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[Any, Any]] = []
    real = module.fit

    def fitted(model: Model, examples: Examples, *settings: Any, **given: Any) -> Any:
        seen.append((examples.as_of.min(), examples.as_of.max()))
        return real(model, examples, *settings, **given)

    monkeypatch.setattr(module, "fit", fitted)
    assert len(list(searching._values(searching.model))) == len(searching.folds) == len(seen) == 3
    for fold, (_, last) in zip(searching.folds, seen, strict=True):
        assert last + np.timedelta64(28, "D") <= np.datetime64(fold.test[0])


def test_parameters_the_estimator_refuses_fail_and_the_search_goes_on(searching: Search, project: Project) -> None:
    odd = replace(searching, space={"boosting_type": ["gbdt", "nonsense"]})
    trials = odd.run(6, journal(project), quiet)
    assert {trial.state for trial in trials if trial.parameters.get("boosting_type") == "nonsense"} == {"failed"}
    assert best(trials).state == "done"
    with pytest.raises(ModelError, match="cannot be fitted with its parameters"):
        replace(searching, model=searching.with_parameters({"num_leaves": 1})).run(1, journal(project, "b"), quiet)


def test_the_metric_is_the_races(weeks: Examples) -> None:
    scores = weeks.features["actions_28d"].to_numpy(np.float64) + np.random.default_rng(0).random(len(weeks)) / 10
    by_date = [average_precision_score(weeks.won[rows], scores[rows]) for rows in np.split(np.arange(len(weeks)), 60)]
    assert mean_metric(weeks, scores, "ap") == pytest.approx(np.mean(by_date))


def test_proposals_depend_on_seed_and_trials_alone_and_stay_in_the_space() -> None:
    trials = [Trial(number, {"C": 0.1 * (number + 1), "depth": 3, "kind": "a"}, (0.1 * number,), "done") for number in range(12)]
    first, second = (propose(SPACE, trials, 1) for _ in range(2))
    assert first == second
    assert propose(SPACE, trials, 2) != first
    assert propose(SPACE, trials[:11], 1) != first
    assert 1e-4 <= first["C"] <= 10 and 2 <= first["depth"] <= 8 and first["kind"] in ("a", "b")
    assert first["C"] == float(f"{first['C']:.3g}")


@pytest.mark.parametrize("own", [{}, {"C": 0.5}, {"C": "auto", "depth": 3, "kind": "a"}, {"C": 99.0, "depth": 3, "kind": "a"}])
def test_a_files_own_parameters_need_not_be_in_the_space(own: dict[str, Any]) -> None:
    assert set(propose(SPACE, [Trial(0, own, (0.5,), "done"), Trial(1, {}, (), "failed")], 0)) == set(SPACE)


def test_what_is_worse_than_the_median_from_the_second_fold_on_is_hopeless() -> None:
    others = [Trial(number, {}, (0.5, 0.1 * number, 0.9), "done") for number in range(5)]
    assert hopeless([0.5, 0.19], others)
    assert not hopeless([0.5, 0.2], others)
    assert not hopeless([0.0], others), "one fold is not enough"
    assert not hopeless([0.5, 0.0], others[:4]), "nor four others"
    assert not hopeless([0.5, 0.0], [*others[:4], Trial(4, {}, (0.5,), "pruned")])


def test_of_equal_trials_the_first_is_best_and_what_was_given_up_is_none() -> None:
    trials = [Trial(0, {}, (0.5,), "done"), Trial(1, {}, (0.5,), "done"), Trial(2, {}, (0.9,), "pruned"), Trial(3, {}, (), "failed")]
    assert best(trials).number == 0

from __future__ import annotations

import ast
import math
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from bgml.errors import ModelError
from bgml.evaluation.race.intervals import Estimate
from bgml.evaluation.tuning import search
from bgml.evaluation.tuning import tune as module
from bgml.evaluation.tuning.tune import split, tune
from bgml.learning.examples import Examples
from bgml.learning.tune import Tuned
from bgml.project import Project
from bgml.scoring.definition import Model
from tests.made_up import made_up, people_rule

HORIZON = np.timedelta64(28, "D")


def run(project: Project, model: Model, examples: Examples, **given: Any) -> Tuned:
    return tune(project, model, examples, "known", **{"trials": 4, **given})


def test_what_is_found_is_taken_because_it_is_better_where_the_search_could_not_look(
    project: Project, stump: Model, weeks: Examples
) -> None:
    tuned = run(project, stump, weeks)
    assert tuned.taken
    assert tuned.model.parameters == {**stump.parameters, **tuned.best}
    assert tuned.gained > 0
    assert tuned.low < tuned.gained < tuned.high
    outer, _ = split(weeks, project, stump)
    dates = rf"on {len(outer.test)} dates the search did not see \({outer.test[0]} to {outer.test[-1]}\)"
    said = re.search(rf"gained \+(.*) wins per 50 groups {dates}, 95% interval .* to .*; they are taken\.$", tuned.sentence)
    assert said is not None
    assert float(said[1]) == pytest.approx(50 * tuned.gained, abs=0.05)
    assert ast.literal_eval(tuned.snippet.removeprefix("parameters=").removesuffix(",")) == dict(tuned.model.parameters)


def test_the_same_search_gives_the_same_and_resume_repeats_nothing(
    project: Project, stump: Model, weeks: Examples, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, again = run(project, stump, weeks), run(project, stump, weeks)
    assert first == again
    monkeypatch.setattr(search.Search, "_tried", lambda self, trials: pytest.fail("a trial was repeated"))
    assert run(project, stump, weeks, resume=True) == first


def test_without_resume_a_search_begins_anew_and_with_other_data_too(
    project: Project, stump: Model, weeks: Examples, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(project, stump, weeks, trials=1)
    tried: list[int] = []
    real = search.Search._tried
    monkeypatch.setattr(search.Search, "_tried", lambda self, trials: (tried.append(len(trials)), real(self, trials))[1])
    run(project, stump, weeks, trials=1)
    assert tried == [0, 1]
    tune(project, stump, weeks, "other data", trials=1, resume=True)
    assert tried == [0, 1, 0, 1]


def test_parameters_that_are_no_better_there_are_told_and_not_taken(
    project: Project, stump: Model, weeks: Examples, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_gained", lambda *given: Estimate(-0.01, -0.05, 0.03))
    tuned = run(project, stump, weeks)
    assert not tuned.taken
    assert tuned.model == stump
    assert tuned.best
    assert "gained -0.5 wins per 50 groups" in tuned.sentence
    assert tuned.sentence.endswith("95% interval -2.5 to +1.5; the file keeps its own.")


def test_where_nothing_beats_the_file_it_keeps_its_own(project: Project, weeks: Examples, stump: Model) -> None:
    flat = replace(stump, search={"verbose": [0, 1]})
    tuned = run(project, flat, weeks, trials=2)
    assert (tuned.model, tuned.taken, dict(tuned.best)) == (flat, False, {})
    assert tuned.sentence == "propensity: none of 2 sets of parameters was better than the file's on the inner dates; it keeps its own."
    assert math.isnan(tuned.low)


def test_every_date_of_the_search_is_mature_before_the_block_it_is_proved_on(project: Project, stump: Model, weeks: Examples) -> None:
    outer, inner = split(weeks, project, stump)
    assert np.datetime64(outer.test[-1]) == weeks.as_of.max()
    dates = [day for fold in inner for day in (*fold.train, *fold.test)]
    assert np.datetime64(max(dates)) + HORIZON <= np.datetime64(outer.test[0])
    assert all(np.datetime64(fold.train[-1]) + HORIZON <= np.datetime64(fold.test[0]) for fold in inner)
    assert len(inner) == 3


def test_the_search_is_never_shown_what_comes_later(
    project: Project, stump: Model, weeks: Examples, monkeypatch: pytest.MonkeyPatch
) -> None:
    outer, _ = split(weeks, project, stump)
    later = np.datetime64(outer.test[0]) <= weeks.as_of
    lies = replace(weeks, won=np.where(later, 1 - weeks.won, weeks.won).astype(np.float32))
    assert run(project, stump, weeks).trials == run(project, stump, lies).trials


def test_value_is_tuned_for_won_amount(project: Project, weeks: Examples, stump: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bgml.learning.fitting.amounts.LEAST", 3)
    tuned = run(project, replace(stump, objective="value", name="value"), weeks, trials=1)
    assert tuned.metric == "amount_at_50"
    assert max(tuned.trials[0].values) > 1


def test_too_short_a_history_and_rules(project: Project, stump: Model) -> None:
    few = "the model propensity cannot be tuned: its 8 training dates, 2024-01-01 to 2024-02-19, are too few"
    with pytest.raises(ModelError, match=few):
        run(project, stump, made_up())
    with pytest.raises(ModelError, match="is a rule"):
        run(project, people_rule(), made_up())

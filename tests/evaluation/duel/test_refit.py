"""Refitting recipes: on the same candidates, each with its own features, on the fold's past only."""

import datetime
from dataclasses import replace

import numpy as np
import pytest

from bgml.data.dataset import Dataset
from bgml.errors import DataError, ModelError
from bgml.evaluation import backtest
from bgml.evaluation.duel import refit as module
from bgml.evaluation.duel.contender import contender
from bgml.evaluation.duel.refit import entered, refit
from bgml.project import Project
from tests.small_project import reopened


def test_it_is_what_evaluate_would_say_of_unchanged_recipes(rivals: Project, rivals_data: Dataset) -> None:
    pair = [contender(rivals, name) for name in ("propensity", "people_count")]
    refitted = refit(rivals, rivals_data, pair, 2)
    evaluation = backtest.evaluate(rivals, rivals_data, ["propensity"], 2, draws=1)
    assert refitted.folds == evaluation.folds
    assert (refitted.scored.dates == evaluation.race.dates).all()
    assert refitted.scored.date_folds.tolist() == evaluation.race.date_folds.tolist()
    for name, model in (("propensity:3", "propensity"), ("people_count", "people_count")):
        found = module.scored_of(refitted.entries[name].examples, {})
        assert len(found) > len(refitted.scored)
        value = evaluation.race.estimate(model, "ap").value
        only = backtest.race(refitted.renamed({name: model}), draws=0)
        assert only.estimate(model, "ap").value == pytest.approx(value, abs=1e-12)


def test_changed_features_are_taken_from_the_recipe_and_candidates_stay(moved: Project, rivals_data: Dataset) -> None:
    before = contender(moved, "propensity")
    (moved.root / "features").mkdir()
    other = before.recipe.files["features/breadth.py"].replace('people = measure("person"', 'people = measure("action"')
    (moved.root / "features" / "breadth.py").write_text(other)
    now = contender(moved, "people_count")
    dates = [datetime.date(2025, 3, 17), datetime.date(2025, 4, 14)]
    (moved.root / "models" / "mine.py").write_text((moved.root / "models" / "contrary.py").read_text())
    entries = entered(moved, rivals_data, [before, contender(moved, "contrary"), contender(moved, "mine")], dates)
    stored, contrary, mine = (entry.examples for entry in entries.values())
    assert stored is contrary, "the same features are collected once"
    assert stored is not mine
    assert (stored.account == mine.account).all()
    assert (stored.won == mine.won).all()
    assert stored.features["people_28d"].sum() > mine.features["people_28d"].sum()
    assert now.recipe.files["features/breadth.py"] == other != before.recipe.files["features/breadth.py"]


def test_the_present_settings_say_who_is_a_candidate(moved: Project, rivals_data: Dataset) -> None:
    few = reopened(moved.root, groups={"min_people": 3})
    day = [datetime.date(2025, 3, 17)]
    many, fewer = (entered(project, rivals_data, [contender(project, "propensity")], day) for project in (moved, few))
    assert 0 < len(fewer["propensity:3"].examples) < len(many["propensity:3"].examples)


def test_different_candidates_are_a_defect(rivals: Project, rivals_data: Dataset) -> None:
    (entry,) = entered(rivals, rivals_data, [contender(rivals, "contrary")], [datetime.date(2025, 3, 17)]).values()
    module._require_same(entry.examples, entry.examples)
    with pytest.raises(ModelError, match="different candidates"):
        module._require_same(entry.examples, entry.examples.take(np.arange(len(entry.examples) - 1)))


def test_who_fails_in_a_fold_is_left_out_and_named(rivals: Project, rivals_data: Dataset) -> None:
    good = contender(rivals, "people_count")
    recipe = contender(rivals, "propensity").recipe
    bad = replace(good, recipe=replace(recipe, name="bad", definition={**recipe.definition, "estimator": "nothing.here"}))
    refitted = refit(rivals, rivals_data, [good, bad], 2)
    assert refitted.scored.models == ("people_count",)
    assert refitted.left_out[0].name == "bad"
    assert refitted.left_out[0].reason.startswith("fold 1: ")


def test_equal_recipes_are_fitted_once(rivals: Project, rivals_data: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    real = module.fit

    def watched(*arguments: object, **options: object) -> object:
        seen.append(str(options["name"]))
        return real(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "fit", watched)
    refitted = refit(rivals, rivals_data, [contender(rivals, name) for name in ("propensity:1", "propensity:3")], 2)
    assert seen == ["propensity", "propensity"], "once a fold"
    assert (refitted.scored.scores["propensity:1"] == refitted.scored.scores["propensity:3"]).all()


def test_too_few_wins_in_every_fold(moved: Project, rivals_data: Dataset) -> None:
    strict = reopened(moved.root, check={"min_won": 1000})
    with pytest.raises(DataError, match=r"no fold can be tested: fold 1: .* at least 1000 needed"):
        refit(strict, rivals_data, [contender(strict, "people_count")])


def test_newest_is_the_last_rows_of_what_was_scored(rivals: Project, rivals_data: Dataset) -> None:
    refitted = refit(rivals, rivals_data, [contender(rivals, "people_count")], 1)
    frame = refitted.newest("people_count")
    rows = refitted.scored.starts[-1] - refitted.scored.starts[-2]
    assert len(frame) == rows
    scores = refitted.scorers["people_count"].score(frame)
    assert (scores == refitted.scored.scores["people_count"][-rows:]).all()

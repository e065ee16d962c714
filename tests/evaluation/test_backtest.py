from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bgml.config import settings_from
from bgml.errors import DataError, ModelError
from bgml.evaluation import backtest
from bgml.evaluation.chapters import book
from bgml.evaluation.chapters.calibration import calibration
from bgml.evaluation.chapters.exposure import exposure
from bgml.evaluation.chapters.leave_one_out import leave_one_out
from bgml.evaluation.evaluation import Evaluation
from bgml.groups.dates import Fold
from bgml.learning.examples import Examples
from bgml.project import Project
from bgml.scoring.definition import Model

FIRST = date(2024, 1, 1)
DATES = [FIRST + timedelta(7 * week) for week in range(20)]
PLAN = [Fold(1, tuple(DATES[:8]), tuple(DATES[12:16])), Fold(2, tuple(DATES[:12]), tuple(DATES[16:]))]
MODELS = {
    "learner": Model(estimator="sklearn.linear_model.LogisticRegression", features=["people", "actions"]),
    "people_count": Model(rule=lambda frame: frame["people"], features=["people"]),
    "actions_count": Model(rule=lambda frame: frame["actions"], features=["actions"]),
}
Race = Callable[..., Evaluation]


def make_examples(seed: int = 0, accounts: int = 150) -> Examples:
    """Two topics per account and date; people tell a lot, actions little, both together the most."""
    rng = np.random.default_rng(seed)
    groups = accounts * 2
    rows = len(DATES) * groups
    account, topic = (np.tile(part, len(DATES)) for part in (np.repeat(np.arange(accounts), 2), np.tile([0, 1], accounts)))
    people, actions = rng.poisson(2, rows), rng.poisson(5, rows)
    won = rng.random(rows) < 1 / (1 + np.exp(5 - 0.9 * people - 0.25 * actions))
    number = np.flatnonzero(won)
    deals = pd.DataFrame({"row": number, "opportunity_id": [f"o{i // 2}" for i in range(len(number))], "amount": 10.0})
    return Examples(
        features=pd.DataFrame({"people": people, "actions": actions}, dtype="float32"),
        as_of=np.repeat(np.array(DATES, dtype="datetime64[D]"), groups),
        account=account.astype(np.int32),
        topic=topic.astype(np.int32),
        accounts=np.array([f"a{i:03d}" for i in range(accounts)], object),
        topics=np.array(["x", "y"], object),
        won=won.astype(np.float32),
        amount=np.where(won, 10.0, np.nan),
        deals=deals,
    )


EXAMPLES = make_examples()


def a_dataset() -> Any:
    deals = pd.DataFrame({"account_id": ["a000"], "topic": ["x"], "outcome": ["won"], "opportunity_id": ["o"], "amount": [1.0]})
    deals["created_at"], deals["closed_at"] = pd.Timestamp(DATES[13]), pd.Timestamp(DATES[14])
    absent = {"has": lambda table: False, "has_column": lambda table, column: False}
    return SimpleNamespace(until=date(2025, 1, 6), first_day=19_000, frame=lambda name: deals, **absent)


@pytest.fixture
def race(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Race:
    def run(
        models: Mapping[str, Model] = MODELS,
        examples: Examples = EXAMPLES,
        draws: int = 60,
        chapters: tuple[Any, ...] = (),
        **settings: Any,
    ) -> Evaluation:
        monkeypatch.setattr(book, "CHAPTERS", chapters)
        (tmp_path / "data").mkdir(exist_ok=True)
        document = {"project": {"name": "acme"}, "data": {"url": "data"}, "check": {"min_won": 5}, **settings}
        project = Project(root=tmp_path, settings=settings_from(document, "test"))
        return backtest.run(project, a_dataset(), models, PLAN, examples, draws=draws)

    return run


def test_the_better_model_wins_and_says_by_how_much(race: Race) -> None:
    evaluation = race()
    assert evaluation.models == ("learner", "people_count", "actions_count")
    assert evaluation.best_baseline == "people_count"
    assert evaluation.trained == ("learner",)
    (sentence,) = (line for line in evaluation.document()["summary"] if line.startswith("learner "))
    assert sentence.startswith("learner finds ")
    assert "amount@50" in evaluation.markdown()
    assert sentence.split(" finds ")[1].split(" ", 1)[1].startswith("more wins per 50 groups than people_count, 95% interval ")


def test_all_are_tested_on_every_candidate_of_the_test_dates(race: Race) -> None:
    evaluation = race(draws=1)
    assert evaluation.counts.candidates == 8 * 300
    assert evaluation.counts.dates == 8
    assert evaluation.race.date_folds.tolist() == [1] * 4 + [2] * 4
    tested = EXAMPLES.take(EXAMPLES.as_of >= np.datetime64(DATES[12]))
    assert evaluation.counts.won_opportunities == tested.won_opportunities()
    assert evaluation.counts.groups_won == int(tested.won.sum())


def test_a_fold_trains_on_its_own_past_only(race: Race, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, str]] = []
    real = backtest.fit

    def watched(model: Model, examples: Examples, *arguments: Any, **options: Any) -> Any:
        seen.append((str(examples.as_of.min()), str(examples.as_of.max())))
        return real(model, examples, *arguments, **options)

    monkeypatch.setattr(backtest, "fit", watched)
    race({"learner": MODELS["learner"]}, draws=1)
    assert seen == [(str(DATES[0]), str(DATES[7])), (str(DATES[0]), str(DATES[11]))]


def test_a_fold_with_too_few_wins_is_named_and_left_out(race: Race) -> None:
    won = EXAMPLES.take(EXAMPLES.as_of < np.datetime64(DATES[8])).won_opportunities()
    evaluation = race(draws=1, check={"min_won": won + 1})
    assert [bool(fold.left_out) for fold in evaluation.folds] == [True, False]
    assert evaluation.race.folds.tolist() == [2]
    assert f"Fold 1 is left out: {won} distinct wins to train on, at least {won + 1} needed" in evaluation.markdown()


def test_without_any_fold_there_is_no_race(race: Race) -> None:
    with pytest.raises(DataError, match=r"no fold can be evaluated: fold 1: .* fold 2: "):
        race(check={"min_won": 10**6})


def test_a_model_that_cannot_train_is_named_and_the_others_go_on(race: Race) -> None:
    constant = EXAMPLES.features.assign(same=np.float32(1))
    models = {**MODELS, "constant": replace(MODELS["learner"], features=["same"])}
    evaluation = race(models, replace(EXAMPLES, features=constant), draws=1)
    assert set(evaluation.models) == set(MODELS)
    assert [part.name for part in evaluation.left_out] == ["constant"]
    assert "constant is not in the race: fold 1: " in evaluation.markdown()


def test_without_any_model_there_is_no_race(race: Race) -> None:
    with pytest.raises(ModelError, match="no model can be raced: lost, fold 1"):
        race({"lost": replace(MODELS["learner"], features=["absent"])})


def test_the_truth_is_an_upper_bound_and_no_contestant(race: Race, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    frame = EXAMPLES.frame()[["as_of", "account_id", "topic"]].astype({"account_id": str, "topic": str})
    chance = 1 / (1 + np.exp(5 - 0.9 * EXAMPLES.features["people"] - 0.25 * EXAMPLES.features["actions"]))
    keys = {name: frame[name].tolist() for name in ("account_id", "topic")}
    table = pa.table({**keys, "as_of": EXAMPLES.as_of, "probability": chance})
    pq.write_table(table, tmp_path / "data" / "truth.parquet")
    evaluation = race()
    assert evaluation.has_truth
    assert "truth" not in evaluation.models
    document = evaluation.document()
    assert document["models"]["truth"]["role"] == "truth"
    assert 0.8 < document["models"]["learner"]["share_of_truth"]["value"] <= 1.05
    assert any(line.startswith("learner reaches ") for line in document["summary"])
    assert "truth (upper bound)" in evaluation.markdown()
    note, _ = race(draws=1, outcome={"target": "created"}).notes
    assert note == "The simulated market's truth is about another outcome than this project's and is left out."


def test_the_document_is_json_and_the_same_every_time(race: Race) -> None:
    first, second = (json.dumps(race().document(), allow_nan=False) for _ in range(2))
    assert first == second
    document = json.loads(first)
    assert document["models"]["learner"]["metrics"]["precision_at_50"].keys() == {"value", "low", "high", "undefined_dates"}
    assert document["models"]["people_count"]["to_best_baseline"] == {}
    assert document["folds"][0]["metrics"]["auc"] > 0.5
    assert document["counts"]["with_amount"] == document["counts"]["won_opportunities"]
    assert len(document["dates"]) == 8 * 3
    assert document["reach"] == {"wins": 1, "in_reach": 1, "beyond_horizon": 0, "other_topic": 0, "no_candidate": 0}


def test_calibration_is_a_chapter_and_unknown_work_a_note(race: Race) -> None:
    evaluation = race(chapters=(calibration, exposure))
    assert [chapter.name for chapter in evaluation.chapters] == ["calibration"]
    assert any(note.startswith("Nothing is known of what sales worked") for note in evaluation.notes)
    document = evaluation.document()
    assert list(document["calibration"]["models"]) == ["learner", "people_count", "actions_count"]
    ratio = document["models"]["learner"]["predicted_over_observed"]
    assert document["calibration"]["models"]["learner"]["overall"]["value"] == ratio["value"]
    assert evaluation.markdown().count("## Calibration") == 1


def test_contestants_are_those_named_and_every_baseline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backtest, "load_models", lambda project: {**MODELS, "other": MODELS["learner"]})
    project: Any = None
    assert list(backtest.contestants(project, ["learner"])) == ["learner", "people_count", "actions_count"]
    assert set(backtest.contestants(project)) == {*MODELS, "other"}
    with pytest.raises(ModelError, match='did you mean "learner"'):
        backtest.contestants(project, ["lerner"])


def test_chapters_stand_in_the_document_under_their_names(race: Race) -> None:
    document = race(draws=20, chapters=tuple(write for write in book.CHAPTERS if write is not leave_one_out)).document()
    assert {"slices", "capacity", "lead_time", "churn"} <= document.keys()
    assert "owners" not in document
    assert "without_mql" not in document
    assert [part["value"] for part in document["slices"]["facts"]["topic"]] == ["x", "y"]
    json.dumps(document, allow_nan=False)

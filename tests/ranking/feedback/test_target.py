"""Verdicts given to bgml as what a model learns to foretell, and as labels a race is judged by."""

from __future__ import annotations

import datetime
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from bgml.data.dataset import Dataset, open_dataset
from bgml.evaluation.backtest import evaluate
from bgml.groups.dates import grid
from bgml.learning.training import train
from bgml.project import Project
from bgml.ranking.archive import store
from bgml.ranking.feedback.verdicts import write
from bgml.ranking.score import score
from tests.small_project import reopened, small_project, tables

ACCOUNTS = [f"a{number:02d}" for number in range(40)]
TARGET = {"target": "accepted", "horizon": 28}
ALL = {"customer_days": 1}


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A year of rankings every four weeks; sales accepts most banks and few others."""
    project = small_project(tmp_path_factory.mktemp("judged"))
    random, banks = np.random.default_rng(0), (tables()["accounts"]["industry"] == "Banking").tolist()
    for as_of in grid(28, datetime.date(2024, 5, 6), datetime.date(2025, 5, 31)):
        keys = pa.table({"account_id": ACCOUNTS, "topic": ["ai"] * 40})
        store.write(project.rankings, as_of, f"{as_of:%Y%m%d}".zfill(16), {"ranking": keys}, {})
        for number in random.choice(40, 20, replace=False).tolist():
            likes = random.random() < (0.8 if banks[number] else 0.15)
            at = datetime.datetime.combine(as_of, datetime.time(9)) + datetime.timedelta(days=1)
            write(project, ACCOUNTS[number], "ai", "accepted" if likes else "rejected", as_of, by="ann", at=at)
    return project


@pytest.fixture(scope="module")
def dataset(judged: Project) -> Dataset:
    return open_dataset(judged)


def test_the_dataset_holds_what_was_given(judged: Project, dataset: Dataset) -> None:
    found = dataset.frame("verdicts")
    assert len(found) == 280
    assert (judged.verdicts / "verdicts.jsonl").read_text().count("\n") == 280


def test_a_model_learns_to_foretell_acceptance_and_ranks_by_it(judged: Project, dataset: Dataset, tmp_path: Path) -> None:
    shutil.copytree(judged.root, tmp_path / "small")
    shutil.rmtree(tmp_path / "small" / "rankings")
    project = reopened(tmp_path / "small", outcome=TARGET, groups=ALL)
    train(project, dataset, ["propensity"])
    ranked = score(project, dataset).table.to_pandas()
    assert ranked["propensity"].between(0.01, 0.9).all()
    assert ranked["propensity"].nunique() > 5
    manifest = score(project, dataset).stored.manifest()
    assert manifest["calibrated_on"] >= project.settings.check.min_won


def test_a_race_for_acceptance(judged: Project, dataset: Dataset) -> None:
    project = reopened(judged.root, outcome=TARGET, groups=ALL)
    evaluation = evaluate(project, dataset, ["propensity", "people_count"], 2, draws=20)
    assert evaluation.race.estimate("propensity", "auc").value > 0.6
    assert evaluation.counts.won_opportunities >= 20
    chapter = next(part for part in evaluation.chapters if part.name == "verdicts")
    assert chapter.data["outcome"] is None
    assert chapter.data["judged"] > 40
    assert chapter.data["auc"]["propensity"]["value"] > 0.5


def test_a_race_for_wins_is_judged_by_verdicts_as_well(judged: Project, dataset: Dataset) -> None:
    evaluation = evaluate(reopened(judged.root, groups=ALL), dataset, ["people_count"], 2, draws=20)
    document = evaluation.document()["verdicts"]
    assert document["judged"] > document["accepted"] > 0
    assert document["sentences"][0].startswith("Sales judged")
    assert "Verdicts: what sales said" in evaluation.markdown()

"""Training a project's models: what is registered, and what is kept when registering fails."""

import re
import subprocess
import sys
from dataclasses import replace
from datetime import date
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bgml.data.dataset import Dataset, open_dataset, open_tables
from bgml.errors import DataError, ModelError, ProjectError
from bgml.learning.examples import Examples
from bgml.learning.rebuild import rebuild
from bgml.learning.tracking import offline, registry, store, track
from bgml.learning.tracking.pyfunc import _load_pyfunc
from bgml.learning.training import Trained, train
from bgml.learning.tune import Trial, Tuned
from bgml.project import Progress, Project
from bgml.scoring import artifact
from bgml.scoring.definition import Model
from tests.small_project import UNTIL, reopened, small_project, tables

MONDAY = date(2025, 6, 30)
HOLD = """
import sys
from pathlib import Path
from bgml.project import find_project
with find_project(named=Path(sys.argv[1])).lock("train"):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return small_project(tmp_path_factory.mktemp("training") / "small")


@pytest.fixture(scope="module")
def dataset(project: Project) -> Dataset:
    return open_dataset(project)


@pytest.fixture(scope="module")
def made(project: Project, dataset: Dataset) -> list[Trained]:
    return train(project, dataset, ["propensity", "people_count", "propensity"])


def test_every_model_named_becomes_a_version_once(project: Project, made: list[Trained]) -> None:
    assert [str(trained.version) for trained in made] == ["propensity:1", "people_count:2"]
    assert {trained.version.as_of for trained in made} == {MONDAY}
    assert registry.resolve(project, "propensity:1") == made[0].version


def test_dates_rows_and_wins_are_told_and_logged(project: Project, dataset: Dataset, made: list[Trained]) -> None:
    first = made[0]
    assert first.dates[-1] == date(2025, 3, 17), "the newest date on the grid whose outcome is known"
    assert 8 <= first.wins <= (dataset.frame("opportunities")["outcome"] == "won").sum()
    with track.connected(project) as connection:
        run = connection.client.get_run(first.version.run_id)
    assert run.data.metrics.items() >= {"training_dates": 10.0, "rows": float(first.rows), "wins": float(first.wins)}.items()
    assert run.data.params.items() >= {"horizon": "90", "last_date": "2025-03-17", "parameters.num_leaves": "4"}.items()
    assert run.data.tags.items() >= {"model": "propensity", "as_of": "2025-06-30"}.items()
    assert f"lightgbm {version('lightgbm')}" in run.data.tags["libraries"].split(", ")


def test_a_date_given_trains_as_of_that_date(project: Project, dataset: Dataset, made: list[Trained]) -> None:
    (earlier,) = train(project, dataset, ["people_count"], date(2025, 3, 31))
    assert earlier.version.as_of == date(2025, 3, 31)
    assert earlier.dates == made[0].dates[:-3]


def test_the_fingerprint_follows_the_data_and_not_its_order(project: Project, dataset: Dataset, made: list[Trained]) -> None:
    shuffled = {name: frame.sample(frac=1, random_state=1).reset_index(drop=True) for name, frame in tables().items()}
    fewer = {**tables(), "signals": tables()["signals"].iloc[::2]}
    datasets = [dataset, *(open_tables(frames, date.fromisoformat(UNTIL), project.settings) for frames in (shuffled, fewer))]
    versions = [train(project, data, ["people_count"])[0].version.version for data in datasets]
    same, again, other = (
        next(row for row in store.registered(project) if row.version == version).tags["fingerprint"] for version in versions
    )
    assert same == again != other


def test_the_fingerprint_is_of_what_the_model_reads(project: Project, dataset: Dataset, made: list[Trained]) -> None:
    (alone,) = train(project, dataset, ["people_count"])
    together = made[1].version
    assert registry.tags(project, alone.version)["fingerprint"] == registry.tags(project, together)["fingerprint"]
    assert registry.checksum(alone.version) == registry.checksum(together)


def test_equal_trainings_have_equal_artifacts(project: Project, dataset: Dataset, made: list[Trained]) -> None:
    (again,) = train(project, dataset, ["propensity"])
    assert registry.checksum(again.version) == registry.checksum(made[0].version)


def test_mlflow_loads_a_version(project: Project, made: list[Trained]) -> None:
    frame = pd.DataFrame({"industry": ["Banking", "Health"]})
    scorer = artifact.load(made[0].version.folder)
    frame = frame.assign(**{name: np.arange(2) for name in scorer.features if name != "industry"})
    with track.connected(project) as connection:
        served = connection.mlflow.pyfunc.load_model("models:/bgml-small/1").predict(frame)
    assert served["score"].tolist() == scorer.score(frame).tolist()
    assert served.equals(_load_pyfunc(str(made[0].version.folder)).predict(frame))
    assert served["propensity"].between(0, 1).all()
    assert served["expected_amount"].isna().all()


def test_a_run_says_what_it_learned_from(project: Project, made: list[Trained]) -> None:
    with track.connected(project) as connection:
        run = connection.client.get_run(made[0].version.run_id)
    tags, features = run.data.tags, len(artifact.load(made[0].version.folder).features)
    assert tags.items() >= {"kind": "training", "features": str(features), "last_date": "2025-03-17", "match": "pair"}.items()
    assert {"bgml_version", "features_fingerprint", "fingerprint", "first_date"} <= tags.keys()
    assert f"{made[0].wins} distinct wins, by {features} features" in tags["mlflow.note.content"]
    (read,) = run.inputs.dataset_inputs
    assert (read.dataset.name, read.dataset.digest) == ("small", tags["fingerprint"][:32])
    assert read.dataset.source == '{"uri": "data"}', "no place on this machine"
    version = next(row for row in store.registered(project) if row.version == made[0].version.version)
    assert version.tags.keys() == {"model", "as_of", "fingerprint", "libraries"}


def test_what_was_trained_is_kept_when_mlflow_cannot_take_it(dataset: Dataset, tmp_path: Path) -> None:
    broken = small_project(tmp_path / "small")
    store.database(broken).write_bytes(b"no database at all\n" * 100)
    (trained,) = train(broken, dataset, ["people_count"])
    name = trained.version.folder.parent.name
    assert name.startswith("training-people_count-2025-06-30-")
    assert trained.not_sent.endswith(f"move it away to begin a new one: the run is kept, `bgml log {name}` sends it")
    assert (trained.version.version, trained.version.run_id) == (0, "")
    assert artifact.load(trained.version.folder, broken).name == "people_count"
    store.database(broken).unlink()
    sent = offline.log(broken, name)
    assert str(registry.resolve(broken, "people_count")) == "people_count:1"
    assert sent.version is not None


def test_one_training_at_a_time(project: Project, dataset: Dataset) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(project.root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(ProjectError, match="another bgml train is running"):
            train(project, dataset, ["people_count"])
        holder.communicate()


def test_a_search_comes_before_the_fit_and_its_trials_stand_below_the_run(project: Project, dataset: Dataset) -> None:
    ours = reopened(project.root, check={"min_won": 3})
    asked: list[tuple[str, int]] = []

    def tune(model: Model, examples: Examples, known: str, progress: Progress) -> Tuned:
        asked.append((known, len(examples)))
        trials = (Trial(0, {"num_leaves": 4}, (0.25, 0.75), "done"), Trial(1, {"num_leaves": 3}, (0.1,), "pruned"))
        better = replace(model, parameters={**model.parameters, "num_leaves": 3})
        return Tuned(better, "precision_at_50", trials, {"num_leaves": 3}, 0.5, -0.25, 1.0, True, "it gained", "parameters={},")

    rule, made = train(ours, dataset, ["people_count", "propensity"], tune=tune)
    assert rule.tuned is None
    assert made.tuned is not None
    scorer = artifact.load(made.version.folder, ours)
    assert scorer.info["recipe"]["model"]["parameters"]["num_leaves"] == 3
    ((known, rows),) = asked
    assert rows == made.rows
    assert len(known) == 64
    with track.connected(ours) as connection:
        parent = connection.client.get_run(made.version.run_id)
        below = f"tags.`mlflow.parentRunId` = '{made.version.run_id}'"
        children = connection.client.search_runs([parent.info.experiment_id], below, order_by=["attributes.run_name"])
    assert parent.data.metrics.items() >= {"tuning_gained": 0.5, "tuning_gained_low": -0.25}.items()
    assert parent.data.params["parameters.num_leaves"] == "3"
    assert parent.data.tags["mlflow.note.content"].endswith("it gained")
    again = rebuild(ours, dataset, str(made.version))
    assert again.equal, again.sentence()
    assert [run.info.run_name for run in children] == ["propensity trial 0", "propensity trial 1"]
    assert children[0].data.metrics == {"value": 0.5, "value_fold_1": 0.25, "value_fold_2": 0.75}
    assert [(run.data.params["num_leaves"], run.data.tags["state"]) for run in children] == [("4", "done"), ("3", "pruned")]


def test_value_is_skipped_where_amounts_are_unknown(project: Project, dataset: Dataset, made: list[Trained]) -> None:
    reasons: list[str] = []
    (only,) = train(project, dataset, ["value", "people_count"], skipped=reasons.append)
    assert only.version.name == "people_count"
    (reason,) = reasons
    missing = r"0 won deals with an amount are known to have closed before 2025-06-15, at least 40 are needed"
    assert re.fullmatch(f"the model value cannot be trained: {missing}", reason)
    with pytest.raises(ModelError, match=missing):
        train(project, dataset, ["value"])
    assert artifact.load(only.version.folder, project).info["without_amounts"] == missing


def test_unknown_models_and_too_little_history(project: Project, dataset: Dataset, made: list[Trained]) -> None:
    before = store.registered(project)
    with pytest.raises(ModelError, match='no model "propensty"; .*did you mean "propensity"'):
        train(project, dataset, ["people_count", "propensty"])
    with pytest.raises(DataError, match="data until 2024-05-06, horizon 90 days: the newest mature as-of date is 2024-02-06"):
        train(project, dataset, ["people_count"], date(2024, 5, 6))
    with pytest.raises(ModelError, match="distinct won opportunities"):
        train(reopened(project.root, check={"min_won": 100}), dataset, ["propensity"])
    assert store.registered(project) == before

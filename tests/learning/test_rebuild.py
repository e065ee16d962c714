"""Training like a run: equal bytes, whatever became of the project's files, and what is said when they are not equal."""

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from bgml.data.dataset import Dataset, open_dataset, open_tables
from bgml.errors import ModelError, TrackingError
from bgml.learning import rebuild as rebuild_module
from bgml.learning import training
from bgml.learning.rebuild import rebuild
from bgml.learning.tracking import registry, track
from bgml.learning.training import train
from bgml.project import Project
from tests.small_project import UNTIL, reopened, small_project, tables

EARLY = date(2025, 3, 31)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """propensity:1 and the rule people_count:2, trained together as of 2025-03-31."""
    project = small_project(tmp_path_factory.mktemp("rebuild") / "small")
    train(project, open_dataset(project), ["propensity", "people_count"], EARLY)
    return project


@pytest.fixture
def project(made: Project, tmp_path: Path) -> Project:
    """A copy to change, in another place."""
    shutil.copytree(made.root, tmp_path / "moved")
    return reopened(tmp_path / "moved")


@pytest.fixture
def dataset(project: Project) -> Dataset:
    return open_dataset(project)


def test_equal_bytes_after_files_and_settings_changed(project: Project, dataset: Dataset) -> None:
    (project.root / "features").mkdir()
    (project.root / "features" / "volume.py").write_text("raise RuntimeError\n")
    (project.root / "models" / "propensity.py").write_text("raise RuntimeError\n")
    (project.root / "models" / "people_count.py").write_text("raise RuntimeError\n")
    changed = reopened(project.root, outcome={"horizon": 30}, dates={"every": 7}, engine={"threads": 3}, features={"without": ["people_*"]})
    for number, name in ((3, "propensity:1"), (4, "people_count:2")):
        done = rebuild(changed, dataset, name)
        assert (done.equal, done.model_equal, done.differences) == (True, True, ())
        assert done.trained.version.as_of == EARLY
        assert registry.checksum(done.trained.version) == registry.checksum(registry.resolve(project, name))
        assert done.sentence() == f"{done.trained.version} is {name} again, byte for byte: model and artifact are equal."
        assert done.trained.version.version == number
        assert registry.tags(project, done.trained.version)["like"] == registry.resolve(project, name).run_id


def test_a_run_is_named_by_its_id_or_the_beginning_of_it(project: Project, dataset: Dataset) -> None:
    like = registry.resolve(project, "people_count:2")
    for run in (like.run_id, like.run_id[:8]):
        assert registry.of_run(project, run) == like
    assert rebuild(project, dataset, like.run_id[:8]).equal


def test_changed_data_are_said_to_have_changed(project: Project) -> None:
    fewer = {**tables(), "signals": tables()["signals"].iloc[::2]}
    done = rebuild(project, open_tables(fewer, date.fromisoformat(UNTIL), project.settings), "propensity:1")
    assert not done.equal
    assert not done.model_equal
    assert "propensity:3 is not propensity:1 again, the model differs: the data known at 2025-03-31 has changed since (" in done.sentence()
    assert done.sentence().endswith("model.txt and scorer.json differ.")


def test_data_known_later_change_nothing(project: Project) -> None:
    later = tables()
    signals = later["signals"].iloc[:50].assign(signal_id=[f"n{n}" for n in range(50)], occurred_at=pd.Timestamp("2025-04-02"))
    later["signals"] = pd.concat([later["signals"], signals])
    assert rebuild(project, open_tables(later, date.fromisoformat(UNTIL), project.settings), "propensity:1").equal


def test_other_libraries_are_named(project: Project, dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "libraries", lambda: "python 3.12.0, lightgbm 99.0")
    other = pd.concat([tables()["accounts"].iloc[:-1], tables()["accounts"].iloc[-1:].assign(industry="Steel")])
    data = open_tables({**tables(), "accounts": other}, date.fromisoformat(UNTIL), project.settings)
    differences = rebuild(project, data, "propensity:1").differences
    assert any(part.startswith("lightgbm was ") and part.endswith(" and is 99.0") for part in differences)


def test_runs_of_others(project: Project, dataset: Dataset) -> None:
    with track.connected(project) as connection:
        other = connection.client.create_experiment("globex")
        foreign = connection.client.create_run(other).info.run_id
        own = connection.client.get_experiment_by_name("small").experiment_id
        evaluation = connection.client.create_run(own, tags={"kind": "evaluation"}).info.run_id
    newest = registry.versions(project)[-1]
    with pytest.raises(TrackingError) as raised:
        rebuild(project, dataset, foreign[:10])
    assert str(raised.value) == (
        f'the run {foreign} belongs to the project "globex", not to "small"; name a run of this one; '
        f"the newest is run {newest.run_id} of people_count:2"
    )
    with pytest.raises(TrackingError, match=f"the run {evaluation} is of the kind evaluation, not a training"):
        rebuild(project, dataset, evaluation)
    with pytest.raises(TrackingError, match="no run begins with 00000000; the newest is run"):
        rebuild(project, dataset, "00000000")
    with pytest.raises(TrackingError, match='no model "0000" has been trained'):
        rebuild(project, dataset, "0000")


def test_an_artifact_that_is_gone_or_damaged(project: Project, dataset: Dataset) -> None:
    like = registry.resolve(project, "propensity:1")
    (like.folder / "model.txt").write_text("tree\n")
    with pytest.raises(ModelError, match=r"model\.txt is damaged"):
        rebuild(project, dataset, "propensity:1")
    shutil.rmtree(like.folder)
    with pytest.raises(TrackingError, match="the artifact of propensity:1 is gone"):
        rebuild(project, dataset, like.run_id)
    assert len(registry.versions(project)) == 2


def test_what_mlflow_has_not_taken_yet_is_held_against_the_run_all_the_same(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "tags", lambda project, version: {} if version.version == 0 else {"libraries": training.libraries()})
    one = train(project, open_dataset(project), ["people_count"], EARLY)[0]
    like = registry.resolve(project, "people_count:2")
    waiting = replace(one, version=replace(one.version, version=0))
    assert rebuild_module._compared(project, like, waiting).equal
    other = replace(waiting, version=replace(waiting.version, folder=registry.resolve(project, "propensity:1").folder))
    (reason, files) = rebuild_module._compared(project, like, other).differences
    assert reason == "data, recipe and libraries are the same, so the machine computes differently"
    assert files == "model.txt and scorer.json differ"

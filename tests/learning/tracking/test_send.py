"""What MLflow is told of a run, and that a half-told one is completed, not doubled."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from bgml.errors import TrackingError
from bgml.learning.tracking import send as sending
from bgml.learning.tracking import store, track
from bgml.learning.tracking.run import Input, Run
from bgml.learning.tracking.send import IDENTITY, Sent, send
from bgml.project import Project
from tests.learning.tracking.runs import artifact_in, project_in, training

READ = Input("acme", "d" * 64, "data", "training", {"rows": 12})
FAMILY = Run(
    "race", {"kind": "evaluation"}, metrics={"precision@50": 0.25}, note="- propensity **wins**", inputs=(READ,), ended=1_750_000_000.0,
    seconds=60.0, children=(Run("a", {"kind": "model"}, children=(Run("a fold 1", {"kind": "fold"}),)), Run("b", {"kind": "model"})),
)  # fmt: skip


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, empty_store: Path) -> Project:
    root = tmp_path_factory.mktemp("send")
    shutil.copytree(empty_store, root / "mlruns")
    return project_in(root)


def runs_of(project: Project, run: Run) -> dict[str, Any]:
    """The runs in the store that belong to a run, by name."""
    with track.connected(project) as connection:
        experiment = connection.client.get_experiment_by_name("t").experiment_id
        found = connection.client.search_runs([experiment], f"tags.{IDENTITY} LIKE '{run.identity}%'")
    assert len({run.info.run_name for run in found}) == len(found), "no run stands there twice"
    return {run.info.run_name: run for run in found}


@pytest.fixture(scope="module")
def family(project: Project, tmp_path_factory: pytest.TempPathFactory) -> tuple[Sent, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("family")
    (folder / "files" / "plots").mkdir(parents=True)
    (folder / "files" / "plots" / "gains.png").write_bytes(b"picture")
    (folder / "files" / "report.html").write_text("report")
    return send(project, FAMILY, folder), runs_of(project, FAMILY)


def test_parents_and_children(family: tuple[Sent, dict[str, Any]]) -> None:
    sent, found = family
    assert set(found) == {"race", "a", "a fold 1", "b"}
    parents = {name: run.data.tags.get("mlflow.parentRunId") for name, run in found.items()}
    assert parents == {"race": None, "a": sent.run_id, "b": sent.run_id, "a fold 1": found["a"].info.run_id}
    assert {run.info.status for run in found.values()} == {"FINISHED"}


def test_the_page_of_a_run_reads_well(family: tuple[Sent, dict[str, Any]]) -> None:
    run = family[1]["race"]
    assert run.data.tags["mlflow.note.content"] == "- propensity **wins**"
    assert run.data.tags["mlflow.source.name"] == "bgml evaluation"
    assert run.data.metrics == {"precision_at_50": 0.25}
    assert (run.info.start_time, run.info.end_time) == (1_749_999_940_000, 1_750_000_000_000)


def test_what_a_run_read_is_its_input(family: tuple[Sent, dict[str, Any]]) -> None:
    (read,) = family[1]["race"].inputs.dataset_inputs
    assert (read.dataset.name, read.dataset.digest) == ("acme", "d" * 32)
    assert json.loads(read.dataset.source) == {"uri": "data"}
    assert json.loads(read.dataset.profile) == {"rows": 12}
    assert {tag.key: tag.value for tag in read.tags} == {"mlflow.data.context": "training"}


def test_files_lie_beside_the_run(project: Project, family: tuple[Sent, dict[str, Any]]) -> None:
    home = Path(family[0].artifacts)
    assert home.is_relative_to(store.artifacts(project))
    assert sorted(path.relative_to(home).as_posix() for path in home.rglob("*.*")) == ["plots/gains.png", "report.html"]


def test_what_was_sent_whole_is_not_sent_again(project: Project, tmp_path: Path) -> None:
    artifact_in(tmp_path)
    run = training()
    first = send(project, run, tmp_path)
    assert send(project, run, tmp_path, again=True) == Sent(first.run_id, first.artifacts, version=_elsewhere(first))
    assert list(runs_of(project, run)) == ["propensity"]
    assert [row.run_id for row in store.registered(project)].count(first.run_id) == 1


def _elsewhere(sent: Sent) -> store.Registered:
    """The version as MLflow tells it later: it names the model, not the place."""
    assert sent.version is not None
    with track.connected(project_in(Path(sent.artifacts).parents[3])) as connection:
        (found,) = connection.client.search_model_versions(f"run_id = '{sent.run_id}'")
    return store.Registered(sent.version.version, sent.version.tags, sent.run_id, found.source)


@pytest.mark.parametrize("broken", ["log_inputs", "create_model_version", "set_terminated", "log_batch"])
def test_a_run_sent_half_is_completed_and_not_doubled(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    artifact_in(tmp_path)
    trials = (Run("trial 1", {}), Run("trial 2", {}, metrics={"ap": 0.5}))
    run = training(inputs=(READ,), children=trials, metrics={"rows": 12.0, "wins": 3.0})
    with track.connected(project) as connection:
        client = type(connection.client)

    def fails(*_: Any, **__: Any) -> None:
        raise OSError("the line is cut")

    with monkeypatch.context() as cut:
        cut.setattr(client, broken, fails)
        with pytest.raises(TrackingError, match="the line is cut"):
            send(project, run, tmp_path)
    sent = send(project, run, tmp_path, again=True)
    found = runs_of(project, run)
    assert set(found) == {"propensity", "trial 1", "trial 2"}
    assert {one.info.status for one in found.values()} == {"FINISHED"}
    assert found["propensity"].data.metrics == {"rows": 12.0, "wins": 3.0}
    assert len(found["propensity"].inputs.dataset_inputs) == 1
    rows = [row for row in store.registered(project) if row.run_id == sent.run_id]
    assert len(rows) == 1
    assert sent.version is not None
    assert rows[0].version == sent.version.version
    experiment = found["propensity"].info.experiment_id
    with track.connected(project) as connection:
        models = connection.client.search_logged_models([experiment], filter_string=f"source_run_id = '{sent.run_id}'")
    assert len(models) == 1


def test_a_long_note_is_cut(project: Project, tmp_path: Path) -> None:
    run = Run("long", {}, note="x" * 20_000)
    send(project, run, tmp_path)
    assert runs_of(project, run)["long"].data.tags["mlflow.note.content"] == "x" * sending.NOTE

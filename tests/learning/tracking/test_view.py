"""The views in which the list of runs opens."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from bgml.learning.tracking import store, track, view
from bgml.learning.tracking.evaluations import evaluation_run
from bgml.project import Project
from tests.evaluation.documents import a_document
from tests.learning.tracking.runs import project_in


def shared(name: str) -> dict[str, Any]:
    return dict(json.loads(view.tags("1")[f"mlflow.sharedViewState.{name}"]))


@pytest.mark.parametrize("name", list(view.VIEWS))
def test_the_columns_are_there_in_the_runs_of_a_race(tmp_path: Path, name: str) -> None:
    race = evaluation_run(project_in(tmp_path), a_document())
    run = next(run for run in (race, *race.children) if shared(name)["searchFilter"] == f"tags.kind = '{run.tags['kind']}'")
    columns = re.findall(r"(metrics|tags)\.`(\w+)`", json.dumps(shared(name)["selectedColumns"]))
    assert {column for kind, column in columns if kind == "metrics"} <= run.metrics.keys()
    assert {column for kind, column in columns if kind == "tags"} <= run.tags.keys()
    assert shared(name)["orderByKey"] == "metrics.`precision_at_50`"


def test_the_experiment_has_them_and_a_changed_description_stays(local: Project) -> None:
    with track.connected(local) as connection:
        first = track.experiment(local, connection)
        assert f"#/experiments/{first}/runs?viewStateShareKey=models" in connection.client.get_experiment(first).tags[view.NOTE]
        connection.client.set_experiment_tag(first, view.NOTE, "Ours.")
        connection.client.set_experiment_tag(first, "mlflow.sharedViewState.races", "{}")
        assert track.experiment(local, connection) == first
        tags = connection.client.get_experiment(first).tags
    assert tags[view.NOTE] == "Ours."
    assert json.loads(tags["mlflow.sharedViewState.races"]) == shared("races")
    assert view.address("http://h:1", store.experiment(local)) == f"http://h:1/#/experiments/{first}/runs?viewStateShareKey=races"

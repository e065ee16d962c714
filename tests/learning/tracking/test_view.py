"""The view in which the list of runs opens."""

from __future__ import annotations

import json
import re
from pathlib import Path

from bgml.learning.tracking import store, track, view
from bgml.learning.tracking.evaluations import evaluation_run
from bgml.project import Project
from tests.evaluation.documents import a_document
from tests.learning.tracking.runs import project_in


def shared() -> dict[str, object]:
    return dict(json.loads(view.tags()[f"mlflow.sharedViewState.{view.VIEW}"]))


def test_the_columns_are_there_in_a_race(tmp_path: Path) -> None:
    run = evaluation_run(project_in(tmp_path), a_document())
    columns = re.findall(r"(metrics|tags)\.`(\w+)`", json.dumps(shared()["selectedColumns"]))
    assert {name for kind, name in columns if kind == "metrics"} <= run.metrics.keys()
    assert {name for kind, name in columns if kind == "tags"} <= run.tags.keys()
    assert shared()["orderByKey"] == "metrics.`precision_at_50`"


def test_the_experiment_opens_in_it_and_a_changed_description_stays(local: Project) -> None:
    with track.connected(local) as connection:
        first = track.experiment(local, connection)
        connection.client.set_experiment_tag(first, view.NOTE, "Ours.")
        connection.client.set_experiment_tag(first, f"mlflow.sharedViewState.{view.VIEW}", "{}")
        assert track.experiment(local, connection) == first
        tags = connection.client.get_experiment(first).tags
    assert tags[view.NOTE] == "Ours."
    assert json.loads(tags[f"mlflow.sharedViewState.{view.VIEW}"]) == shared()
    assert view.address("http://h:1", store.experiment(local)) == f"http://h:1/#/experiments/{first}/runs?viewStateShareKey=races"

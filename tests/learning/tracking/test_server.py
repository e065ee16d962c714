"""A real tracking server: the same over HTTP, and what happens while it is down."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bgml.cli import terminal
from bgml.cli.main import app
from bgml.learning.tracking import offline, registry, track
from bgml.project import Project, find_project
from tests.small_project import SETTINGS, small_project

Run = Callable[..., Result]


class Server:
    """`mlflow server` on a port of its own, that can be stopped and started again."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.folder, self.uri = folder, f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        store, kept = f"sqlite:///{self.folder}/mlflow.db", self.folder / "artifacts"
        command = ["--backend-store-uri", store, "--artifacts-destination", str(kept), "--host", "127.0.0.1", "--port", str(self.port)]
        told = (self.folder / "server.log").open("ab")
        with told:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "mlflow", "server", *command, "--workers", "1"], cwd=self.folder, stdout=told, stderr=told,
                env=os.environ | track.FIXED, start_new_session=True,
            )  # fmt: skip
        for _ in range(240):
            try:
                with urllib.request.urlopen(f"{self.uri}/health", timeout=1):
                    return
            except OSError:
                assert self.process.poll() is None, (self.folder / "server.log").read_text()
                time.sleep(0.5)
        raise AssertionError((self.folder / "server.log").read_text())

    def stop(self) -> None:
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait(60)
            self.process = None


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    made = Server(tmp_path_factory.mktemp("server"))
    made.start()
    try:
        yield made
    finally:
        made.stop()


@pytest.fixture(scope="module")
def project(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Project:
    settings = SETTINGS + f'[tracking]\nuri = "{server.uri}"\n'
    return find_project(named=small_project(tmp_path_factory.mktemp("remote") / "small", settings=settings).root)


@pytest.fixture(scope="module")
def bgml(project: Project) -> Iterator[Run]:
    yield lambda *arguments: CliRunner().invoke(app, [*arguments, "--project", str(project.root)])
    terminal.configure(terminal.Options())


def test_train_evaluate_and_score_over_http(bgml: Run, project: Project, server: Server) -> None:
    trained = bgml("train", "people_count", "--as-of", "2025-06-02")
    assert (trained.exit_code, trained.stderr) == (0, "")
    assert "people_count:1" in trained.stdout
    evaluated = bgml("evaluate", "people_count", "--folds", "2")
    assert (evaluated.exit_code, evaluated.stderr) == (0, "")
    assert f"Report: {server.uri}/#/experiments/" in evaluated.stdout
    scored = bgml("score", "--model", "people_count", "--as-of", "2025-06-02", "--json")
    assert scored.exit_code == 0, scored.stderr
    version = registry.resolve(project, "people_count")
    assert version.folder.is_relative_to(project.state)
    assert not (project.root / "mlruns" / "mlflow.db").exists()
    assert offline.waiting(project) == []
    with track.connected(project) as connection:
        client = connection.client
        found = client.search_runs([client.get_experiment_by_name("small").experiment_id], "tags.kind = 'evaluation'")
        (race,) = found
        files = {file.path for file in client.list_artifacts(race.info.run_id)}
    assert {"evaluation.json", "report.html", "report.md", "plots"} <= files
    assert race.inputs.dataset_inputs[0].dataset.name == "small"


def test_while_it_is_down_results_are_kept_and_sent_later(bgml: Run, project: Project, server: Server) -> None:
    before = len(registry.versions(project))
    server.stop()
    trained = bgml("train", "people_count", "--json")
    assert trained.exit_code == 0
    (made,) = json.loads(trained.stdout)["trained"]
    assert (made["version"], made["mlflow_run"]) == (None, None)
    assert trained.stderr == (
        f"warning: people_count is trained, but the MLflow server at {server.uri} does not answer (Connection refused): "
        f"the run is kept, `bgml log {made['kept']}` sends it\n"
    )
    evaluated = bgml("evaluate", "people_count", "--folds", "2", "--json")
    assert evaluated.exit_code == 0
    document = json.loads(evaluated.stdout)
    assert document["run"] is None
    assert Path(document["report"]).read_text().startswith("<!doctype html>")
    refused = bgml("log", made["kept"])
    assert refused.exit_code == 1
    assert refused.stderr == f"bgml: the MLflow server at {server.uri} does not answer (Connection refused)\n"
    assert len(offline.waiting(project)) == 2
    server.start()
    sent = bgml("log", made["kept"])
    assert sent.exit_code == 0, sent.stderr
    assert f"registered as people_count:{before + 1}." in sent.stdout
    assert bgml("log", made["kept"]).stdout == sent.stdout
    assert bgml("log", "evaluation").exit_code == 0
    assert offline.waiting(project) == []
    assert len(registry.versions(project)) == before + 1
    with track.connected(project) as connection:
        client = connection.client
        found = client.search_runs([client.get_experiment_by_name("small").experiment_id], "tags.kind = 'evaluation'")
    assert len(found) == 2
    assert {run.info.status for run in found} == {"FINISHED"}

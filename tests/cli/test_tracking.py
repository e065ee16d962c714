"""`bgml mlflow` and `bgml log`."""

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from bgml.cli import tracking
from bgml.learning.tracking import offline
from bgml.learning.tracking.run import Run as Kept
from tests.small_project import SETTINGS, small_project

Run = Callable[..., Result]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_project(tmp_path_factory.mktemp("tracking") / "small").root


def test_a_kept_run_is_sent(bgml: Run, root: Path, tmp_path: Path) -> None:
    away = small_project(tmp_path / "away", settings=SETTINGS + '[tracking]\nuri = "http://127.0.0.1:9"\n')
    kept = offline.deliver(away, Kept("evaluation", {"kind": "evaluation", "as_of": "2025-06-30"}), lambda folder: None)
    kept.folder.rename(_home(root) / kept.folder.name)
    result = bgml("log", "evaluation-2025-06-30", "--project", root)
    assert result.exit_code == 0, result.stderr
    assert result.stdout.startswith("Sent: MLflow run ")
    document = json.loads(bgml("log", kept.folder.name, "--project", root, "--json").stdout)
    assert document["run_id"] in result.stdout
    assert document["version"] is None


def _home(root: Path) -> Path:
    home = root / ".bgml" / "offline"
    home.mkdir(parents=True, exist_ok=True)
    return home


def test_a_run_that_is_none(bgml: Run, root: Path) -> None:
    result = bgml("log", "nothing", "--project", root)
    assert result.exit_code == 1
    assert 'no kept run is named "nothing"' in result.stderr
    assert bgml("log", "--project", root).exit_code == 2


def test_mlflows_page_is_served_over_the_projects_store(bgml: Run, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[tuple[list[str], dict[str, str]]] = []

    def serve(command: list[str], environment: dict[str, str]) -> int:
        ran.append((command, environment))
        return 0

    monkeypatch.setattr(tracking, "_serve", serve)
    result = bgml("mlflow", "--project", root)
    assert result.exit_code == 0, result.stderr
    ((command, environment),) = ran
    options = dict(zip(command[4::2], command[5::2], strict=True))
    assert options["--backend-store-uri"] == f"sqlite:///{root}/mlruns/mlflow.db"
    assert options["--host"] == "127.0.0.1"
    assert f"http://127.0.0.1:{options['--port']}/#/experiments/1/runs?viewStateShareKey=races (Ctrl-C ends it)" in result.stdout
    assert (environment["MLFLOW_DISABLE_TELEMETRY"], environment["MLFLOW_SERVER_ENABLE_JOB_EXECUTION"]) == ("true", "false")


SERVER = """
import subprocess, sys, time
subprocess.Popen([sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)"])
time.sleep(600)
"""
BGML = """
import sys
from bgml.cli import tracking
sys.exit(tracking._serve([sys.executable, "-c", sys.argv[1]], {}))
"""


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_server_and_its_workers_end_with_the_command(told: signal.Signals) -> None:
    with subprocess.Popen([sys.executable, "-c", BGML, SERVER], stdout=subprocess.PIPE, text=True) as command:
        assert command.stdout is not None
        assert command.stdout.readline() == "up\n"
        command.send_signal(told)
        command.communicate(timeout=30)  # until the worker has let go of its output too
        assert command.returncode == 0


def test_a_server_that_fails_is_a_failure() -> None:
    assert tracking._serve([sys.executable, "-c", "raise SystemExit(3)"], {}) == 3


def test_a_server_elsewhere_is_named(bgml: Run, tmp_path: Path) -> None:
    settings = SETTINGS + '[tracking]\nuri = "http://127.0.0.1:9"\n'
    result = bgml("mlflow", "--project", small_project(tmp_path / "small", settings=settings).root)
    assert result.stdout == "The project's runs are kept by the MLflow server at http://127.0.0.1:9\n"


def test_another_port_is_taken_when_mlflows_own_is_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        monkeypatch.setattr(tracking, "PORT", other.getsockname()[1])
        assert tracking._free_port() not in (0, other.getsockname()[1])


def test_the_password_of_a_server_is_not_shown(bgml: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_AT", "https://ann:secret@mlflow.acme.example")
    settings = SETTINGS + '[tracking]\nuri = "env:MLFLOW_AT"\n'
    result = bgml("mlflow", "--project", small_project(tmp_path / "small", settings=settings).root)
    assert result.stdout == "The project's runs are kept by the MLflow server at https://mlflow.acme.example\n"

"""`bgml train` and `bgml mlflow`."""

import json
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from bgml.cli import train
from tests.small_project import SETTINGS, small_project

Run = Callable[..., Result]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_project(tmp_path_factory.mktemp("train") / "small").root


def test_training_tells_dates_rows_wins_and_time(bgml: Run, root: Path) -> None:
    result = bgml("train", "people_count", "--as-of", "2025-06-02", "--project", root)
    assert result.exit_code == 0, result.stderr
    assert "As of 2025-06-02, from 9 dates, 2024-07-08 to 2025-02-17" in result.stdout
    assert "people_count:" in result.stdout
    assert "bgml score --model people_count:" in result.stdout.replace("`", "")
    assert result.stderr == ""


def test_training_as_json(bgml: Run, root: Path) -> None:
    result = bgml("--json", "train", "people_count", "--project", root)
    document = json.loads(result.stdout)
    assert document["skipped"] == []
    (made,) = document["trained"]
    assert made.keys() == {"model", "version", "as_of", "mlflow_run", "dates", "rows", "wins", "seconds", "warnings"}
    assert (made["model"], made["as_of"], made["dates"][-1]) == ("people_count", "2025-06-30", "2025-03-17")


def test_what_a_model_warns_of_is_told(bgml: Run, tmp_path: Path) -> None:
    root = small_project(tmp_path / "small", settings=SETTINGS.replace("min_won = 8", "min_won = 500")).root
    result = bgml("train", "people_count", "--project", root)
    assert result.exit_code == 0
    assert result.stderr.startswith("warning: people_count: no propensities:")


def test_a_model_skipped_is_told(bgml: Run, root: Path) -> None:
    result = bgml("train", "value", "people_count", "--project", root)
    assert result.exit_code == 0
    assert " ".join(result.stderr.split()).startswith("warning: the model value cannot be trained: 0 won deals with an amount")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("propensty",), 1, 'did you mean "propensity"'),
        (("--as-of", "2025-02-30"), 2, '"2025-02-30" is not a date'),
        (("people_count", "--as-of", "2024-05-06"), 1, "the newest mature as-of date is 2024-02-06"),
    ],
)
def test_stated_problems(bgml: Run, root: Path, arguments: tuple[str, ...], code: int, said: str) -> None:
    result = bgml("train", *arguments, "--project", root)
    assert result.exit_code == code
    assert said in " ".join(result.stderr.split())
    assert "Traceback" not in result.stderr


def test_mlflows_page_is_served_over_the_projects_store(bgml: Run, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[tuple[list[str], dict[str, str]]] = []

    real = subprocess.run

    def run(command: Any, **given: Any) -> Any:
        if "mlflow" not in command:
            return real(command, **given)
        ran.append((command, given["env"]))
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", run)
    result = bgml("mlflow", "--project", root)
    assert result.exit_code == 0, result.stderr
    ((command, environment),) = ran
    options = dict(zip(command[4::2], command[5::2], strict=True))
    assert options["--backend-store-uri"] == f"sqlite:///{root}/mlruns/mlflow.db"
    assert options["--host"] == "127.0.0.1"
    assert f"http://127.0.0.1:{options['--port']}" in result.stdout
    assert (environment["MLFLOW_DISABLE_TELEMETRY"], environment["MLFLOW_SERVER_ENABLE_JOB_EXECUTION"]) == ("true", "false")


def test_a_server_elsewhere_is_named(bgml: Run, tmp_path: Path) -> None:
    settings = SETTINGS + '[tracking]\nuri = "http://127.0.0.1:9"\n'
    result = bgml("mlflow", "--project", small_project(tmp_path / "small", settings=settings).root)
    assert result.stdout == "The project's runs are kept by the MLflow server at http://127.0.0.1:9\n"


def test_another_port_is_taken_when_mlflows_own_is_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        monkeypatch.setattr(train, "PORT", other.getsockname()[1])
        assert train._free_port() not in (0, other.getsockname()[1])

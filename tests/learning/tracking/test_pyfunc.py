"""A version behind MLflow, in a process and over HTTP: the same numbers as the weekly batch."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from bgml.cli import terminal
from bgml.cli.main import app
from bgml.learning.tracking import store, track
from bgml.project import Project
from tests.small_project import priced, small_project

MONDAY = "2025-06-30"
CHAMPION = "models:/bgml-small@champion"
SAID = ["score", "propensity", "expected_amount"]
SECONDS = 120
"""How long a server may take to answer."""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project with a champion."""
    made = small_project(tmp_path_factory.mktemp("served") / "small", frames=priced())
    _bgml(made, "train", "propensity", "--as-of", MONDAY)
    with track.connected(made) as connection:
        connection.client.set_registered_model_alias("bgml-small", "champion", "1")
    return made


@pytest.fixture(scope="module")
def rows(project: Project) -> pd.DataFrame:
    """What `bgml features` writes, read back from the file."""
    file = project.root / "rows.parquet"
    _bgml(project, "features", "--as-of", MONDAY, "--out", str(file))
    return pd.read_parquet(file)


@pytest.fixture(scope="module")
def batch(project: Project, rows: pd.DataFrame) -> pd.DataFrame:
    """What `bgml score` says of the same groups, in their order."""
    file = project.root / "ranking.parquet"
    _bgml(project, "score", "--model", "@champion", "--as-of", MONDAY, "--out", str(file))
    ranking = pd.read_parquet(file)
    ordered = rows[["account_id", "topic"]].merge(ranking, on=["account_id", "topic"], how="left")
    assert len(ranking) == len(rows) > 20
    assert ordered[SAID].notna().all(axis=None)
    return ordered[SAID]


@pytest.fixture(scope="module")
def address(project: Project) -> Iterator[str]:
    """`mlflow models serve` as docs/mlflow.md has it, on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = project.root / "serve.log"
    command = [sys.executable, "-m", "mlflow", "models", "serve", "-m", CHAMPION, "--env-manager", "local", "--port", str(port)]
    # MLflow starts uvicorn by its name.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, **track.FIXED, "PATH": path, "MLFLOW_TRACKING_URI": store.uri(project)}
    with log.open("wb") as told, subprocess.Popen(command, stdout=told, stderr=told, env=environment, start_new_session=True) as server:
        try:
            yield _answering(f"http://127.0.0.1:{port}", server, log)
        finally:
            os.killpg(server.pid, signal.SIGTERM)


def test_loaded_by_mlflow_it_says_what_the_batch_says(project: Project, rows: pd.DataFrame, batch: pd.DataFrame) -> None:
    with track.connected(project) as connection:
        served = connection.mlflow.pyfunc.load_model(CHAMPION).predict(rows)
    _same(served, batch)


def test_served_over_http_it_says_what_the_batch_says(address: str, rows: pd.DataFrame, batch: pd.DataFrame) -> None:
    body = '{"dataframe_split": ' + rows.to_json(orient="split", date_format="iso", double_precision=15) + "}"
    _same(pd.DataFrame(_asked(address, body)), batch)


def test_one_group_alone_is_served_as_among_others(address: str, rows: pd.DataFrame, batch: pd.DataFrame) -> None:
    gaps = rows.isna().any(axis=1).to_numpy().nonzero()[0]
    assert len(gaps)
    for place in (0, int(gaps[0]), len(rows) - 1):
        alone = rows.iloc[[place]].to_json(orient="records", date_format="iso", double_precision=15)
        _same(pd.DataFrame(_asked(address, f'{{"dataframe_records": {alone}}}')), batch.iloc[[place]])


def test_rows_that_lack_columns_are_refused(address: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        _asked(address, json.dumps({"dataframe_records": [{"people_28d": 3}]}))
    assert refused.value.code == 400
    assert "the model propensity was trained on columns that these rows lack" in json.loads(refused.value.read())["stack_trace"]


def _bgml(project: Project, *arguments: str) -> None:
    done = CliRunner().invoke(app, [*arguments, "--project", str(project.root)])
    terminal.configure(terminal.Options())
    assert done.exit_code == 0, done.stderr


def _same(served: pd.DataFrame, batch: pd.DataFrame) -> None:
    assert list(served.columns) == SAID
    np.testing.assert_allclose(served.to_numpy(), batch.to_numpy(), rtol=1e-12, atol=0)


def _answering(address: str, server: subprocess.Popen[bytes], log: Path) -> str:
    for _ in range(2 * SECONDS):
        try:
            with urllib.request.urlopen(f"{address}/ping", timeout=1):
                return address
        except OSError:
            assert server.poll() is None, log.read_text()
            time.sleep(0.5)
    raise AssertionError(log.read_text())


def _asked(address: str, body: str) -> list[dict[str, float]]:
    request = urllib.request.Request(f"{address}/invocations", body.encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=SECONDS) as answer:
        found: list[dict[str, float]] = json.load(answer)["predictions"]
    return found

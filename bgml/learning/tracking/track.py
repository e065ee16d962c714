"""Everything bgml tells MLflow and asks it; the only module that imports it."""

from __future__ import annotations

import contextlib
import os
import re
import sys
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bgml.errors import TrackingError
from bgml.learning.tracking import address, store, view
from bgml.learning.tracking.run import ARTIFACT, numbers
from bgml.project import Project

INSIDE = f"data/{ARTIFACT}"
"""Where a logged model holds the artifact that `bgml.scoring.artifact` wrote."""

FIXED = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_RECORD_ENV_VARS_IN_MODEL_LOGGING": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "GIT_PYTHON_REFRESH": "quiet",
}
DEFAULTS = {"MLFLOW_LOGGING_LEVEL": "ERROR", "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2", "MLFLOW_HTTP_REQUEST_TIMEOUT": "30"}
STORES_OWN = ("mlflow", "sqlalchemy", "alembic", "sqlite3", "requests", "urllib3")
"""Packages whose errors mean that the store, not bgml, is at fault."""


@dataclass(frozen=True)
class Connection:
    """An open store: MLflow itself, a client of the project's store and the store's address."""

    mlflow: Any
    client: Any
    uri: str


@contextlib.contextmanager
def connected(project: Project) -> Iterator[Connection]:
    """The project's store for the block; the local one is made when missing, mended after a move, and held against other processes.

    What MLflow raises becomes a TrackingError; what it prints and warns about is its own affair and kept from the user.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            if uri := project.tracking_uri():
                if address.remote(uri):
                    address.require(uri)
                with _connection(uri) as connection:
                    yield connection
                return
            uri = store.uri(project)
            with store.held(project):
                store.check(project)
                with _connection(uri) as connection:
                    store.mend(project)
                    yield connection
        except Exception as error:
            if type(error).__module__.split(".")[0] not in STORES_OWN and not isinstance(error, OSError):
                raise
            said = " ".join(address.shown(str(error)).split())[:300]
            raise TrackingError(f"MLflow's store {address.shown(uri)} cannot be used: {type(error).__name__}: {said}") from error


@contextlib.contextmanager
def _connection(uri: str) -> Iterator[Connection]:
    """A store made MLflow's current one for the block, as some of MLflow knows no other; a notebook's choice comes back after it."""
    os.environ.update(FIXED)
    for name, value in DEFAULTS.items():
        os.environ.setdefault(name, value)
    import mlflow as package

    mlflow: Any = package
    variable = os.environ.get("MLFLOW_TRACKING_URI")
    before = mlflow.get_tracking_uri() if mlflow.is_tracking_uri_set() else None
    mlflow.set_tracking_uri(uri)
    try:
        yield Connection(mlflow, mlflow.MlflowClient(tracking_uri=uri, registry_uri=uri), uri)
    finally:
        mlflow.set_tracking_uri(before)
        if variable is not None:
            os.environ["MLFLOW_TRACKING_URI"] = variable


def log_model(connection: Connection, run_id: str, name: str, artifact: Path) -> Any:  # noqa: ANN401  (MLflow's ModelInfo)
    """The folder named "artifact" as an MLflow model that `mlflow models serve` and `spark_udf` can load."""
    from importlib.metadata import version

    mlflow = connection.mlflow
    # MLflow would note the account of the person at the keyboard and the path of the script.
    unnamed = {"mlflow.user": "bgml", "mlflow.source.name": "bgml train"}
    with mlflow.start_run(run_id=run_id, nested=True):
        return mlflow.pyfunc.log_model(
            name=name,
            loader_module="bgml.learning.tracking.pyfunc",
            data_path=str(artifact),
            pip_requirements=[f"bgml=={version('bgml')}"],
            tags=unnamed,
        )


def experiment(project: Project, connection: Connection) -> str:
    """The project's experiment, made when missing, with its description and the views it opens in."""
    client, title = connection.client, project.settings.project.name
    found = client.get_experiment_by_name(title)
    if found is None:
        place = None if project.tracking_uri() else str(store.artifacts(project))
        found = client.get_experiment(client.create_experiment(title, artifact_location=place))
    for key, value in view.tags(found.experiment_id).items():
        # A description that somebody has changed is theirs.
        if key not in found.tags or (key != view.NOTE and found.tags[key] != value):
            client.set_experiment_tag(found.experiment_id, key, value)
    return str(found.experiment_id)


@contextlib.contextmanager
def finished(client: Any, run_id: str, ended: int | None = None) -> Iterator[None]:  # noqa: ANN401  (MlflowClient)
    """End the run after the block, as failed when it raised; `ended` in milliseconds, None for now."""
    try:
        yield
    except BaseException:
        with contextlib.suppress(Exception):
            client.set_terminated(run_id, "FAILED")
        raise
    client.set_terminated(run_id, end_time=ended)


def log(client: Any, run_id: str, params: Mapping[str, object], metrics: Mapping[str, object]) -> None:  # noqa: ANN401  (MlflowClient)
    """Parameters and finite metrics of a run, in batches MLflow accepts; "precision@50" becomes "precision_at_50"."""
    from mlflow.entities import Metric, Param

    given = [Param(_key(key), str(value)[:6000]) for key, value in params.items()]
    measured = [Metric(_key(key), value, 0, 0) for key, value in numbers(metrics).items()]
    for start in range(0, max(len(given), len(measured)), 100):
        client.log_batch(run_id, metrics=measured[start : start + 100], params=given[start : start + 100])


def _key(name: str) -> str:
    """A name MLflow accepts: letters, digits, _ - . space / and colon."""
    return re.sub(r"[^A-Za-z0-9_.\- /:]", "_", name.replace("@", "_at_"))


def registered_model(project: Project, client: Any) -> str:  # noqa: ANN401  (MlflowClient)
    """The name of the project's registered model, made when missing."""
    name = store.registered_name(project)
    if not client.search_registered_models(f"name = '{name}'"):
        client.create_registered_model(name, description="Every model trained in this bgml project; the tag `model` tells which.")
    return name


def registered(project: Project) -> list[store.Registered]:
    """The versions in the registry, oldest first, as MLflow tells them; for a store that is not the project's own files."""
    with connected(project) as connection:
        found = connection.client.search_model_versions(f"name = '{store.registered_name(project)}'")
        return sorted((store.Registered(int(v.version), dict(v.tags), v.run_id or "", v.source) for v in found), key=lambda v: v.version)


def aliases(project: Project) -> dict[str, int]:
    """Alias -> version in the registry, as MLflow tells them."""
    with connected(project) as connection:
        name = store.registered_name(project)
        found = connection.client.search_registered_models(f"name = '{name}'")
        return {alias: int(version) for alias, version in found[0].aliases.items()} if found else {}


@dataclass(frozen=True)
class FoundRun:
    """A run in the store: its id, the experiment (a project's name) it is in, and what bgml ran."""

    run_id: str
    experiment: str
    kind: str


def find_runs(project: Project, beginning: str, most: int = 20_000) -> list[FoundRun]:
    """The runs whose ids begin so, of all experiments of the store, among its newest `most`."""
    with connected(project) as connection:
        client = connection.client
        names = {experiment.experiment_id: experiment.name for experiment in client.search_experiments()}
        found, token = [], None
        for _ in range(most // 1000):
            page = client.search_runs(list(names), max_results=1000, page_token=token) if names else []
            found += [run for run in page if run.info.run_id.startswith(beginning)]
            token = getattr(page, "token", None)
            if not token:
                break
        return [FoundRun(run.info.run_id, names[run.info.experiment_id], run.data.tags.get("kind", "")) for run in found]


def tag_version(project: Project, version: int, tags: Mapping[str, str]) -> None:
    """Give a registered version tags, replacing those of the same name."""
    with connected(project) as connection:
        for key, value in tags.items():
            connection.client.set_model_version_tag(store.registered_name(project), str(version), key, value)


def set_alias(project: Project, alias: str, version: int) -> None:
    """Give a version an alias, taking it from the one that had it."""
    with connected(project) as connection:
        connection.client.set_registered_model_alias(store.registered_name(project), alias, str(version))


def download(project: Project, version: store.Registered, folder: Path) -> Path:
    """Fetch a version's logged model from a remote store into `folder`; the artifact's folder inside."""
    with connected(project) as connection:
        place = connection.mlflow.artifacts.download_artifacts(version.location, dst_path=str(folder), tracking_uri=connection.uri)
    return Path(place) / INSIDE


def server(project: Project, port: int) -> tuple[list[str], dict[str, str]]:
    """The command, and its environment, that serves MLflow's page on 127.0.0.1 over the project's store."""
    uri = project.tracking_uri()
    if not uri:
        with connected(project) as connection:
            uri = connection.uri
            experiment(project, connection)
    kept = str(store.artifacts(project))
    command = [sys.executable, "-m", "mlflow", "server", "--backend-store-uri", uri, "--default-artifact-root", kept]
    return [*command, "--workers", "2", "--uvicorn-opts", "--log-level=warning", "--host", "127.0.0.1", "--port", str(port)], {
        **os.environ,
        **FIXED,
    }

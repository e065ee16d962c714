"""Everything bgml tells MLflow and asks it; the only module that imports it."""

from __future__ import annotations

import contextlib
import json
import math
import os
import re
import sys
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bgml.errors import TrackingError
from bgml.learning.tracking import store
from bgml.learning.tune import Tuned
from bgml.project import Project

ARTIFACT = "artifact"
INSIDE = f"data/{ARTIFACT}"
"""Where a logged model holds the artifact that `bgml.scoring.artifact` wrote."""

FIXED = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_RECORD_ENV_VARS_IN_MODEL_LOGGING": "false",
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
            said = " ".join(str(error).split())[:300]
            raise TrackingError(f"MLflow's store {uri} cannot be used: {type(error).__name__}: {said}") from error


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


def log_training(
    project: Project,
    name: str,
    artifact: Path,
    *,
    params: Mapping[str, object],
    metrics: Mapping[str, float],
    tags: Mapping[str, str],
) -> store.Registered:
    """A run and a registered version of a trained model; `artifact` is the folder named "artifact" that holds it.

    The tags (model, as_of, fingerprint ...) go to run and version alike. TrackingError when MLflow's store cannot take it.
    """
    with connected(project) as connection:
        client = connection.client
        run_id = _start(project, connection, name, {**tags, "kind": "training"})
        with _finished(client, run_id):
            _log(client, run_id, params, metrics)
            model = _log_model(connection, run_id, name, artifact)
            family = _registered_model(project, client)
            version = client.create_model_version(family, model.model_uri, run_id, tags=dict(tags), model_id=model.model_id)
        return store.Registered(int(version.version), dict(tags), run_id, model.artifact_path)


def _log_model(connection: Connection, run_id: str, name: str, artifact: Path) -> Any:  # noqa: ANN401  (MLflow's ModelInfo)
    """The artifact as an MLflow model that `mlflow models serve` and `spark_udf` can load."""
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


def log_evaluation(project: Project, document: Mapping[str, Any], texts: Mapping[str, str]) -> str:
    """The run id of an evaluation: one run for the race, below it one per model, below that one per fold.

    document: plain JSON values; models: name -> {"metrics": metric -> {"value", "low", "high"}}; folds: [{"number", "model",
    "metrics"}]; its other single values become parameters. texts: file name -> text, kept as artifacts beside evaluation.json.
    """
    with connected(project) as connection:
        client = connection.client
        parent = _start(project, connection, "evaluation", {"kind": "evaluation"})
        with _finished(client, parent):
            _log(client, parent, {key: value for key, value in document.items() if isinstance(value, str | int | float)}, {})
            for file, text in {"evaluation.json": json.dumps(document, indent=2, default=str), **texts}.items():
                client.log_text(parent, text, file)
            for name, model in document["models"].items():
                _log_raced(project, connection, parent, name, model, [fold for fold in document.get("folds", []) if fold["model"] == name])
        return parent


def log_trials(project: Project, run_id: str, name: str, tuned: Tuned) -> None:
    """The trials of a search below the training run it was for: parameters, the metric in each inner fold and its mean, how it ended.

    The training run gets what the search gained where it could not look, and the sentence that says so.
    """
    with connected(project) as connection:
        client = connection.client
        gained = {"tuning_gained": tuned.gained, "tuning_gained_low": tuned.low, "tuning_gained_high": tuned.high}
        _log(client, run_id, {}, gained)
        client.set_tag(run_id, "tuning", tuned.sentence)
        for trial in tuned.trials:
            tags = {"kind": "trial", "model": name, "state": trial.state, "mlflow.parentRunId": run_id}
            child = _start(project, connection, f"{name} trial {trial.number}", tags)
            with _finished(client, child):
                folds = {f"value_fold_{number}": value for number, value in enumerate(trial.values, start=1)}
                _log(client, child, trial.parameters, {"value": trial.value, **folds})


def _log_raced(project: Project, connection: Connection, parent: str, name: str, model: Mapping[str, Any], folds: list[Any]) -> None:
    """A model's run in a race and its folds' runs."""
    client = connection.client
    run_id = _start(project, connection, name, {"kind": "model", "model": name, "mlflow.parentRunId": parent})
    with _finished(client, run_id):
        _log(client, run_id, {}, {key: value for metric, found in model["metrics"].items() for key, value in _with_interval(metric, found)})
    for fold in folds:
        tags = {"kind": "fold", "model": name, "fold": str(fold["number"]), "mlflow.parentRunId": run_id}
        fold_id = _start(project, connection, f"{name} fold {fold['number']}", tags)
        with _finished(client, fold_id):
            _log(client, fold_id, {}, fold["metrics"])


def _with_interval(metric: str, found: Mapping[str, float | None] | float | None) -> Iterator[tuple[str, float | None]]:
    """A metric and the ends of its interval as MLflow metrics."""
    if not isinstance(found, Mapping):
        yield metric, found
        return
    for part, ending in (("value", ""), ("low", "_low"), ("high", "_high")):
        yield metric + ending, found.get(part)


def _start(project: Project, connection: Connection, name: str, tags: Mapping[str, str]) -> str:
    """A new run in the project's experiment."""
    client, title = connection.client, project.settings.project.name
    experiment = client.get_experiment_by_name(title)
    if experiment is None:
        place = None if project.tracking_uri() else str(store.artifacts(project))
        identifier = client.create_experiment(title, artifact_location=place)
    else:
        identifier = experiment.experiment_id
    return str(client.create_run(identifier, run_name=name, tags=dict(tags)).info.run_id)


@contextlib.contextmanager
def _finished(client: Any, run_id: str) -> Iterator[None]:  # noqa: ANN401  (MlflowClient)
    """End the run after the block, as failed when it raised."""
    try:
        yield
    except BaseException:
        with contextlib.suppress(Exception):
            client.set_terminated(run_id, "FAILED")
        raise
    client.set_terminated(run_id)


def _log(client: Any, run_id: str, params: Mapping[str, object], metrics: Mapping[str, object]) -> None:  # noqa: ANN401  (MlflowClient)
    """Parameters and finite metrics of a run, in batches MLflow accepts; "precision@50" becomes "precision_at_50"."""
    from mlflow.entities import Metric, Param

    given = [Param(_key(key), str(value)[:6000]) for key, value in params.items()]
    numbers = {_key(key): float(value) for key, value in metrics.items() if isinstance(value, int | float) and math.isfinite(value)}
    measured = [Metric(key, value, 0, 0) for key, value in numbers.items()]
    for start in range(0, max(len(given), len(measured)), 100):
        client.log_batch(run_id, metrics=measured[start : start + 100], params=given[start : start + 100])


def _key(name: str) -> str:
    """A name MLflow accepts: letters, digits, _ - . space / and colon."""
    return re.sub(r"[^A-Za-z0-9_.\- /:]", "_", name.replace("@", "_at_"))


def _registered_model(project: Project, client: Any) -> str:  # noqa: ANN401  (MlflowClient)
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
    kept = str(store.artifacts(project))
    command = [sys.executable, "-m", "mlflow", "server", "--backend-store-uri", uri, "--default-artifact-root", kept]
    return [*command, "--workers", "2", "--uvicorn-opts", "--log-level=warning", "--host", "127.0.0.1", "--port", str(port)], {
        **os.environ,
        **FIXED,
    }

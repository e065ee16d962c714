"""Telling MLflow of a run: at once, or later, when part of it may be there already."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bgml.learning.tracking import address, store, track
from bgml.learning.tracking.run import ARTIFACT, FILES, Input, Run
from bgml.project import Project

IDENTITY = "bgml_run"
"""The tag by which a run sent half is found again."""
NOTE = 7500
"""Characters of a description that MLflow takes, to be safe."""
DIGEST = 32
"""Characters of a digest; MLflow takes 36."""


@dataclass(frozen=True)
class Sent:
    """A run as MLflow has it: its id, where its files are (a path where the store is local), its page on a server, its version."""

    run_id: str
    artifacts: str
    page: str = ""
    version: store.Registered | None = None


def send(project: Project, run: Run, folder: Path, *, again: bool = False) -> Sent:
    """Tell MLflow of a run, those below it, the files in `folder`/files, and the version that `folder`/artifact becomes.

    again: part of it may have been sent before; what is there is kept and completed. TrackingError when the store cannot take it.
    """
    with track.connected(project) as connection:
        sending = _Sending(connection, project, folder, track.experiment(project, connection))
        before = sending.before(run) if again else {}
        run_id, version = sending.send(run, run.identity, before)
        uri = str(connection.client.get_run(run_id).info.artifact_uri)
        base = address.shown(connection.uri).rstrip("/") if address.remote(connection.uri) else ""
        return Sent(run_id, uri.removeprefix("file://"), base and f"{base}/#/experiments/{sending.experiment}/runs/{run_id}", version)


@dataclass(frozen=True)
class _Sending:
    """A run and those below it on their way into an experiment. Each carries a tag by which it is known again."""

    connection: track.Connection
    project: Project
    folder: Path
    experiment: str

    def before(self, run: Run) -> dict[str, Any]:
        """What of the run and those below it is in the store already, by its tag."""
        wanted = f"tags.{IDENTITY} LIKE '{run.identity}%'"
        found: dict[str, Any] = {}
        token = None
        while True:
            page = self.connection.client.search_runs([self.experiment], wanted, max_results=1000, page_token=token)
            found |= {run.data.tags[IDENTITY]: run for run in page}
            token = getattr(page, "token", None)
            if not token:
                return found

    def send(self, run: Run, identity: str, before: Mapping[str, Any], parent: str = "") -> tuple[str, store.Registered | None]:
        """The id of the run, completed with all below it, and the version of its artifact."""
        client, there = self.connection.client, before.get(identity)
        run_id = there.info.run_id if there is not None else self._begin(run, identity, parent)
        if there is not None and there.info.status == "FINISHED":
            return run_id, self._registered(run_id)
        with track.finished(client, run_id, round(run.ended * 1000)):
            track.log(client, run_id, run.params, run.metrics)
            if run.inputs:
                client.log_inputs(run_id, datasets=[self._dataset(part) for part in run.inputs])
            if not parent and (self.folder / FILES).is_dir():
                client.log_artifacts(run_id, str(self.folder / FILES))
            for place, child in enumerate(run.children):
                self.send(child, f"{identity}.{place}", before, run_id)
            version = None if run.version is None else self._registered(run_id) or self._register(run, run_id)
        return run_id, version

    def _begin(self, run: Run, identity: str, parent: str) -> str:
        tags = {**run.tags, IDENTITY: identity, "mlflow.source.name": f"bgml {run.tags.get('kind', '')}".strip()}
        tags |= {"mlflow.parentRunId": parent} if parent else {}
        tags |= {"mlflow.note.content": run.note[:NOTE]} if run.note else {}
        began = round((run.ended - run.seconds) * 1000)
        made = self.connection.client.create_run(self.experiment, run_name=run.name, tags=tags, start_time=began)
        return str(made.info.run_id)

    def _dataset(self, part: Input) -> Any:  # noqa: ANN401  (MLflow's DatasetInput)
        """Data as MLflow knows them."""
        entities = self.connection.mlflow.entities
        where, profile = json.dumps({"uri": part.source}), json.dumps(dict(part.profile))
        dataset = entities.Dataset(part.name, part.digest[:DIGEST], "local", where, profile=profile)
        return entities.DatasetInput(dataset, [entities.InputTag("mlflow.data.context", part.context)])

    def _registered(self, run_id: str) -> store.Registered | None:
        """The version that the run has registered."""
        found = self.connection.client.search_model_versions(f"run_id = '{run_id}'")
        return next((store.Registered(int(v.version), dict(v.tags), run_id, v.source) for v in found), None)

    def _register(self, run: Run, run_id: str) -> store.Registered:
        """A new version of the project's registered model; what an attempt before left of one is taken away."""
        client = self.connection.client
        for half in client.search_logged_models([self.experiment], filter_string=f"source_run_id = '{run_id}'"):
            client.delete_logged_model(half.model_id)
        model = track.log_model(self.connection, run_id, run.name, self.folder / ARTIFACT)
        family, tags = track.registered_model(self.project, client), dict(run.version or {})
        version = client.create_model_version(family, model.model_uri, run_id, tags=tags, model_id=model.model_id)
        return store.Registered(int(version.version), tags, run_id, model.artifact_path)

"""`bgml mlflow` and `bgml log`: the page that shows runs and versions, and the runs that it has not been told of yet."""

from __future__ import annotations

from typing import Annotated

import typer

from bgml.cli import terminal

PORT = 5000


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(mlflow)
    app.command()(log)


def mlflow() -> None:
    """Open MLflow's page over the project's runs and versions, until Ctrl-C.

    Example:
      bgml mlflow
    """
    import subprocess

    from bgml.learning.tracking import address, store, track, view

    project = terminal.project()
    uri = project.tracking_uri()
    if address.remote(uri):
        terminal.say(f"The project's runs are kept by the MLflow server at {address.shown(uri)}")
        return
    port = _free_port()
    command, environment = track.server(project, port)
    page = view.address(f"http://127.0.0.1:{port}", store.experiment(project))
    terminal.say(f"MLflow's page: {page} (Ctrl-C ends it)")
    try:
        code = subprocess.run(command, env=environment, check=False).returncode
    except KeyboardInterrupt:
        return
    if code:
        raise typer.Exit(1)


def log(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A kept run: the name of its folder in .bgml/offline, or the beginning of it.")],
) -> None:
    """Send MLflow a run that it could not be told of when it was made, and register the version of a training.

    A run that was sent before is not sent again.

    Example:
      bgml log training-propensity-2026-01-05
    """
    from dataclasses import asdict

    from bgml.learning.tracking import offline

    sent = offline.log(terminal.project(), run)
    version = sent.version and f"{sent.version.tags.get('model', 'version')}:{sent.version.version}"
    terminal.say(f"Sent: MLflow run {sent.run_id}" + (f", registered as {version}." if version else "."))
    if sent.page:
        terminal.say(f"Page: {sent.page}")
    terminal.emit(asdict(sent))


def _free_port() -> int:
    """MLflow's own port, or another when it is taken."""
    import socket

    for port in (PORT, 0):
        with socket.socket() as listener:
            try:
                listener.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(listener.getsockname()[1])
    return PORT

"""`bgml mlflow` and `bgml log`: the page that shows runs and versions, and the runs that it has not been told of yet."""

from __future__ import annotations

from typing import Annotated

import typer

from bgml.cli import terminal

PORT = 5000
GRACE = 5
"""Seconds that the workers of a server have to end."""


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(mlflow)
    app.command()(log)


def mlflow() -> None:
    """Open MLflow's page over the project's runs and versions, until Ctrl-C.

    Example:
      bgml mlflow
    """
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
    if _serve(command, environment):
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


def _serve(command: list[str], environment: dict[str, str]) -> int:
    """Run a server until it ends, or this process is told to end; the exit code, 0 when told to.

    In a session of its own the server and its workers are one group; alone, the workers outlive it.
    """
    import os
    import signal
    import subprocess

    told = []

    def end(number: int, frame: object) -> None:
        told.append(number)
        os.killpg(server.pid, signal.SIGTERM)

    with subprocess.Popen(command, env=environment, start_new_session=True) as server:
        former = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
        try:
            code = server.wait()
            _end_workers(server.pid)
        finally:
            for number, handler in former.items():
                signal.signal(number, handler)
    return 0 if told else code


def _end_workers(group: int) -> None:
    """End what a server has left behind, gently at first."""
    import os
    import signal
    import time

    try:
        os.killpg(group, signal.SIGTERM)
        for _ in range(GRACE * 10):
            time.sleep(0.1)
            os.killpg(group, 0)
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return

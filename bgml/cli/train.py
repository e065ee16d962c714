"""`bgml train` and `bgml mlflow`: new versions, and the page that shows them."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from bgml.cli import terminal
from bgml.cli.dates import day

if TYPE_CHECKING:
    from bgml.learning.training import Trained

PORT = 5000


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(train)
    app.command()(mlflow)


def train(
    models: Annotated[list[str] | None, typer.Argument(metavar="[MODEL]...", help="Models to train [default: models.train].")] = None,
    as_of: Annotated[
        datetime.date | None,
        typer.Option(parser=day, metavar="DATE", help="Use only what was known before this date [default: the newest Monday in the data]."),
    ] = None,
) -> None:
    """Fit models on past dates whose outcomes are known, calibrate them, and register a version of each.

    Example:
      bgml train
      bgml train propensity --as-of 2025-06-02
    """
    from bgml.data.dataset import open_dataset
    from bgml.evaluation.audit.guard import guard
    from bgml.learning.training import train as run

    project = terminal.project()
    with terminal.progress() as progress:
        trained = run(project, open_dataset(project, progress), models or (), as_of, progress, guard)
    for made in trained:
        for warning in made.warnings:
            terminal.warn(f"{made.version.name}: {warning}")
    first = trained[0]
    rows = [(str(made.version), made.wins, made.rows, f"{made.seconds:.1f} s") for made in trained]
    title = f"As of {first.version.as_of}, from {len(first.dates)} dates, {first.dates[0]} to {first.dates[-1]}"
    terminal.table(("version", "wins", "rows", "fitted in"), rows, title=title)
    terminal.say(
        f"Rank with it: `bgml score`{'' if any(made.version.name == 'propensity' for made in trained) else f' --model {first.version}'}"
    )
    terminal.emit({"trained": [_document(made) for made in trained]})


def _document(made: Trained) -> dict[str, object]:
    version = made.version
    return {
        "model": version.name,
        "version": version.version,
        "as_of": version.as_of,
        "mlflow_run": version.run_id,
        "dates": list(made.dates),
        "rows": made.rows,
        "wins": made.wins,
        "seconds": round(made.seconds, 3),
        "warnings": list(made.warnings),
    }


def mlflow() -> None:
    """Open MLflow's page over the project's runs and versions, until Ctrl-C.

    Example:
      bgml mlflow
    """
    import subprocess

    from bgml.learning.tracking import track

    project = terminal.project()
    uri = project.tracking_uri()
    if uri.startswith(("http://", "https://")):
        terminal.say(f"The project's runs are kept by the MLflow server at {uri}")
        return
    port = _free_port()
    command, environment = track.server(project, port)
    terminal.say(f"MLflow's page: http://127.0.0.1:{port} (Ctrl-C ends it)")
    try:
        code = subprocess.run(command, env=environment, check=False).returncode
    except KeyboardInterrupt:
        return
    if code:
        raise typer.Exit(1)


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

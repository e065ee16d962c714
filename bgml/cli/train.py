"""`bgml train` and `bgml mlflow`: new versions, and the page that shows them."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from bgml.cli import terminal
from bgml.cli.dates import day

if TYPE_CHECKING:
    from bgml.learning.training import Trained
    from bgml.learning.tune import Tune, Tuned
    from bgml.project import Project

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
    tune: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Search N sets of parameters first, within the training dates (extra: tune)."),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a search that was interrupted, or use one that ended.")] = False,
) -> None:
    """Fit models on past dates whose outcomes are known, calibrate them, and register a version of each.

    Example:
      bgml train
      bgml train propensity --as-of 2025-06-02
      bgml train propensity --tune 40 --resume
    """
    from bgml.data.dataset import open_dataset
    from bgml.learning.training import train as run

    if resume and tune is None:
        raise typer.BadParameter("goes on with a search, so it needs --tune N", param_hint="--resume")
    project = terminal.project()
    skipped: list[str] = []
    with terminal.progress() as progress:
        search = _search(project, tune, resume)
        trained = run(project, open_dataset(project, progress), models or (), as_of, progress, skipped.append, search)
    for reason in skipped:
        terminal.warn(reason)
    for made in trained:
        for warning in made.warnings:
            terminal.warn(f"{made.version.name}: {warning}")
    first = trained[0]
    rows = [(str(made.version), made.wins, made.rows, f"{made.seconds:.1f} s") for made in trained]
    title = f"As of {first.version.as_of}, from {len(first.dates)} dates, {first.dates[0]} to {first.dates[-1]}"
    for made in trained:
        _tell_search(made)
    terminal.table(("version", "wins", "rows", "fitted in"), rows, title=title)
    terminal.say(
        f"Rank with it: `bgml score`{'' if any(made.version.name == 'propensity' for made in trained) else f' --model {first.version}'}"
    )
    terminal.emit({"trained": [_document(made) for made in trained], "skipped": skipped})


def _search(project: Project, trials: int | None, resume: bool) -> Tune | None:
    """The search that training is to begin with, if any; ModelError at once where optuna is not installed."""
    if trials is None:
        return None
    from bgml.evaluation.tuning.space import optuna
    from bgml.evaluation.tuning.tune import tune

    optuna()
    return lambda model, examples, known, progress: tune(project, model, examples, known, trials=trials, resume=resume, progress=progress)


def _tell_search(made: Trained) -> None:
    """What a search found, and how to keep it."""
    if (tuned := made.tuned) is None:
        return
    tried, pruned = len(tuned.trials) - 1, sum(trial.state == "pruned" for trial in tuned.trials)
    terminal.say(f"{made.version.name}: {tried} sets of parameters tried, {pruned} of them given up early.")
    terminal.say(tuned.sentence)
    if tuned.best:
        where = "what was trained, to keep" if tuned.taken else "what was found, to try"
        terminal.say(f"In models/{made.version.name}.py, {where}:\n{tuned.snippet}")


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
        "tuned": made.tuned and _found(made.tuned),
    }


def _found(tuned: Tuned) -> dict[str, object]:
    """A search as plain values; an interval that there is not is null."""
    gained = {name: value if value == value else None for name, value in (("low", tuned.low), ("high", tuned.high))}
    trials = [{"number": t.number, "parameters": dict(t.parameters), "values": list(t.values), "state": t.state} for t in tuned.trials]
    told = {"metric": tuned.metric, "gained": tuned.gained, **gained, "taken": tuned.taken, "sentence": tuned.sentence}
    return {**told, "parameters": dict(tuned.best), "trials": trials}


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

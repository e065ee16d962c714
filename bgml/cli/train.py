"""`bgml train`: new versions of models."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from bgml.cli import terminal
from bgml.cli.dates import day

if TYPE_CHECKING:
    from bgml.learning.training import Trained


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(train)


def train(
    models: Annotated[list[str] | None, typer.Argument(metavar="[MODEL]...", help="Models to train [default: models.train].")] = None,
    as_of: Annotated[
        datetime.date | None,
        typer.Option(parser=day, metavar="DATE", help="Use only what was known before this date [default: the newest Monday in the data]."),
    ] = None,
    like: Annotated[
        str | None,
        typer.Option(metavar="RUN", help="Train again what this made: an MLflow run (8 characters will do) or NAME:VERSION."),
    ] = None,
) -> None:
    """Fit models on past dates whose outcomes are known, calibrate them, and register a version of each.

    Example:
      bgml train
      bgml train propensity --as-of 2025-06-02
      bgml train --like propensity:3
    """
    from bgml.data.dataset import open_dataset
    from bgml.learning.training import train as run

    if like is not None:
        if models or as_of:
            raise typer.BadParameter("it brings its own model and date; leave MODEL and --as-of out", param_hint="--like")
        _train_like(like)
        return
    project = terminal.project()
    skipped: list[str] = []
    with terminal.progress() as progress:
        trained = run(project, open_dataset(project, progress), models or (), as_of, progress, skipped.append)
    for reason in skipped:
        terminal.warn(reason)
    for made in trained:
        for warning in made.warnings:
            terminal.warn(f"{made.version.name}: {warning}")
        if made.not_sent:
            terminal.warn(f"{made.version.name} is trained, but {made.not_sent}")
    first = trained[0]
    rows = [(_reference(made), made.wins, made.rows, f"{made.seconds:.1f} s") for made in trained]
    title = f"As of {first.version.as_of}, from {len(first.dates)} dates, {first.dates[0]} to {first.dates[-1]}"
    terminal.table(("version", "wins", "rows", "fitted in"), rows, title=title)
    if registered := [made.version for made in trained if not made.not_sent]:
        starter = any(version.name == "propensity" for version in registered)
        terminal.say(f"Rank with it: `bgml score`{'' if starter else f' --model {registered[0]}'}")
    terminal.emit({"trained": [_document(made) for made in trained], "skipped": skipped})


def _reference(made: Trained) -> str:
    """How the version is named, once it is registered."""
    return f"{made.version.name} (not sent)" if made.not_sent else str(made.version)


def _train_like(run: str) -> None:
    """Train again what a run trained, and say whether the same came of it."""
    from bgml.data.dataset import open_dataset
    from bgml.learning.rebuild import rebuild

    project = terminal.project()
    with terminal.progress() as progress:
        done = rebuild(project, open_dataset(project, progress), run, progress)
    for warning in done.trained.warnings:
        terminal.warn(f"{done.trained.version.name}: {warning}")
    terminal.say(done.sentence())
    equality = {"like": str(done.like), "equal": done.equal, "model_equal": done.model_equal, "differences": list(done.differences)}
    terminal.emit({"trained": [_document(done.trained)], **equality})


def _document(made: Trained) -> dict[str, object]:
    version = made.version
    return {
        "model": version.name,
        "version": version.version or None,
        "as_of": version.as_of,
        "mlflow_run": version.run_id or None,
        "kept": version.folder.parent.name if made.not_sent else None,
        "dates": list(made.dates),
        "rows": made.rows,
        "wins": made.wins,
        "seconds": round(made.seconds, 3),
        "warnings": list(made.warnings),
    }

"""`bgml train`: new versions of models."""

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
      bgml train --like propensity:3
    """
    from bgml.data.dataset import open_dataset
    from bgml.evaluation.audit.guard import guard
    from bgml.learning.training import train as run

    if resume and tune is None:
        raise typer.BadParameter("goes on with a search, so it needs --tune N", param_hint="--resume")
    if like is not None:
        if models or as_of or tune:
            raise typer.BadParameter("it brings its own model and date; leave MODEL, --as-of and --tune out", param_hint="--like")
        _train_like(like)
        return
    project = terminal.project()
    skipped: list[str] = []
    with terminal.progress() as progress:
        search = _search(project, tune, resume)
        trained = run(project, open_dataset(project, progress), models or (), as_of, progress, skipped.append, search, guard)
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
    for made in trained:
        _tell_search(made)
    terminal.table(("version", "wins", "rows", "fitted in"), rows, title=title)
    if registered := [made.version for made in trained if not made.not_sent]:
        starter = any(version.name == "propensity" for version in registered)
        terminal.say(f"Rank with it: `bgml score`{'' if starter else f' --model {registered[0]}'}")
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
        "tuned": made.tuned and _found(made.tuned),
    }


def _found(tuned: Tuned) -> dict[str, object]:
    """A search as plain values; an interval that there is not is null."""
    gained = {name: value if value == value else None for name, value in (("low", tuned.low), ("high", tuned.high))}
    trials = [{"number": t.number, "parameters": dict(t.parameters), "values": list(t.values), "state": t.state} for t in tuned.trials]
    told = {"metric": tuned.metric, "gained": tuned.gained, **gained, "taken": tuned.taken, "sentence": tuned.sentence}
    return {**told, "parameters": dict(tuned.best), "trials": trials}

"""`bgml compare`, `bgml promote` and `bgml rollback`: which version ranks, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from bgml.cli import terminal

if TYPE_CHECKING:
    from bgml.evaluation.duel.comparison import Comparison

REFERENCE = "NAME (its newest version), NAME:VERSION or @ALIAS"


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(compare)
    app.command()(promote)
    app.command()(rollback)


def compare(
    first: Annotated[str, typer.Argument(metavar="A", help=f"{REFERENCE}; or a model file never trained.")],
    second: Annotated[str, typer.Argument(metavar="B", help="What to compare it with, named the same way.")],
    folds: Annotated[int, typer.Option(metavar="N", min=1, help="Test blocks that the past is split into.")] = 5,
) -> None:
    """Compare two models: both refitted from their recipes on the same candidates, every difference with its interval.

    Example:
      bgml compare lambdarank propensity
      bgml compare propensity:7 @champion --folds 3
    """
    from bgml.data.dataset import open_dataset
    from bgml.evaluation.compare import compare as run
    from bgml.evaluation.compare import keep

    project = terminal.project()
    with terminal.progress() as progress:
        comparison = run(project, open_dataset(project, progress), first, second, folds, progress=progress)
    _tell(comparison)
    kept = keep(project, comparison)
    if kept.problem:
        terminal.warn(kept.way_out)
    where = f"in the MLflow run {kept.run_id}" if kept.run_id else f"in {kept.folder}"
    terminal.say(f"Kept with all metrics as comparison.md and comparison.json {where}.")
    terminal.emit({"run": kept.run_id or None, **comparison.document()})


def _tell(comparison: Comparison) -> None:
    """The table, the sentences and the groups that move most."""
    first, second = comparison.labels
    terminal.table(*comparison.rows(), title=f"{comparison.first} against {comparison.second}")
    for line in comparison.sentences():
        terminal.say(line)
    rows = [(move.account_id, move.topic, move.first, move.second, "; ".join(move.why)) for move in comparison.moves]
    if rows:
        terminal.say()
        title = f"The groups that move most at {comparison.newest} (what a family adds is in standard deviations of the score)"
        terminal.table(("account", "topic", f"place with {first}", f"with {second}", "why"), rows, title=title)


def promote(
    reference: Annotated[str, typer.Argument(metavar="REF", help=f"{REFERENCE}.")],
    reason: Annotated[str | None, typer.Option(metavar="TEXT", help="Promote even what is worse or cannot be compared; recorded.")] = None,
) -> None:
    """Make a version the champion, which `bgml score` ranks with, unless it is worse than the present one with confidence.

    With no champion yet it has to stand against the best baseline. The comparison is kept in MLflow and linked from the version.

    Example:
      bgml promote lambdarank
      bgml promote propensity:7 --reason "the champion reads a column we lose in March"
    """
    from bgml.data.dataset import open_dataset
    from bgml.errors import ModelError
    from bgml.evaluation.promotion import promote as run
    from bgml.learning.tracking.registry import resolve

    if reason is not None and not reason.strip():
        raise typer.BadParameter("the reason is empty; write a few words that a later reader understands", param_hint="--reason")
    project = terminal.project()
    version = resolve(project, reference)
    with terminal.progress() as progress:
        done = run(project, open_dataset(project, progress), version, reason, progress=progress)
    for warning in done.warnings:
        terminal.warn(warning)
    if not done.promoted:
        raise ModelError(done.sentence)
    terminal.say(done.sentence)
    if done.changed and done.run:
        terminal.say(f"The comparison is kept in the MLflow run {done.run}. `bgml rollback` brings the former champion back.")
    terminal.emit({
        "champion": str(done.version), "changed": done.changed, "previous": str(done.former) if done.former else None,
        "rival": done.rival, "verdict": done.verdict, "reason": done.reason, "run": done.run, "sentence": done.sentence,
        "warnings": list(done.warnings),
    })  # fmt: skip


def rollback() -> None:
    """Make the previous champion champion again; rankings are then as they were before.

    Example:
      bgml rollback
    """
    from bgml.evaluation.promotion import rollback as run

    left, back = run(terminal.project())
    terminal.say(f"{back} is the champion again, {left} the previous one.")
    terminal.emit({"champion": str(back), "previous": str(left)})

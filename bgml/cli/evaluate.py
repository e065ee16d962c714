"""`bgml evaluate`: the race of models and baselines over past dates."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from bgml.cli import terminal


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(evaluate)


def evaluate(
    models: Annotated[list[str] | None, typer.Argument(metavar="[MODEL]...", help="Models to race [default: all of the project].")] = None,
    folds: Annotated[int, typer.Option(metavar="N", min=1, help="Test blocks that the past is split into.")] = 5,
    audit: Annotated[bool, typer.Option("--audit", help="Look for leaks as well; exit 1 where a fault is found.")] = False,
) -> None:
    """Race models and baselines over past dates: refitted on what was known then, tested on what came later.

    Baselines always run: they are what a model has to beat. With --audit the features of past dates are computed again without the future,
    and much else is checked; the report is kept in any case.

    Example:
      bgml evaluate propensity lambdarank --folds 3
      bgml evaluate propensity --audit
    """
    from bgml.data.dataset import open_dataset
    from bgml.errors import DataError
    from bgml.evaluation.audit.audit import faults
    from bgml.evaluation.backtest import evaluate as race
    from bgml.evaluation.report.html import kept
    from bgml.evaluation.report.markdown import race_rows, summary
    from bgml.learning.tracking.evaluations import log_evaluation
    from bgml.ranking.handout.exposure import exported

    began = time.perf_counter()
    project = terminal.project()
    worked, gaps = exported(project)
    for gap in gaps:
        terminal.warn(gap)
    with terminal.progress() as progress:
        dataset = open_dataset(project, progress)
        evaluation = race(project, dataset, models or (), folds, worked=worked, audited=audit, progress=progress)
    columns, rows = race_rows(evaluation)
    terminal.table(columns, rows, title=f"{len(evaluation.race.dates)} as-of dates, {evaluation.counts.candidates:,} candidates")
    for line in summary(evaluation):
        terminal.say(line)
    chapter = next((part for part in evaluation.chapters if part.name == "audit"), None)
    if chapter is not None:
        terminal.say("\n" + "\n".join(chapter.sentences))
    document = evaluation.document()
    delivered = log_evaluation(project, document, kept(evaluation, document), time.perf_counter() - began)
    if delivered.problem:
        terminal.warn(delivered.way_out)
    else:
        terminal.say(f"Kept with all tables and pictures in the MLflow run {delivered.run_id}: `bgml mlflow` shows it.")
    terminal.say(f"Report: {delivered.place('report.html')}")
    terminal.emit({"run": delivered.run_id or None, "report": delivered.place("report.html"), **document})
    if chapter is not None and (found := faults(chapter)):
        many = f"{len(found)} faults, the first" if len(found) > 1 else "a fault"
        raise DataError(f"the audit found {many}: {found[0].found} The report is kept: {delivered.place('report.html')}")

"""`bgml refresh`: the weekly job in one command."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import typer

from bgml.cli import terminal

if TYPE_CHECKING:
    from bgml.ranking.refresh import Refreshed


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(refresh)


def refresh() -> None:
    """Do the week's work: check, train a challenger, promote it unless it is worse, rank, look for drift. Safe to run again.

    A challenger that cannot be trained or compared does not keep the week's list: the champion ranks, and a warning says why.

    Example:
      bgml refresh
    """
    from bgml.data.dataset import open_dataset
    from bgml.ranking.refresh import refresh as run

    project = terminal.project()
    with terminal.progress() as progress:
        done = run(project, open_dataset(project, progress), progress=progress)
    _tell(done)


def _tell(done: Refreshed) -> None:
    """The steps, what failed, and where the list is."""
    rows = [(step.name, "failed" if step.failed else "done", f"{step.seconds:.1f} s", step.said) for step in done.steps]
    terminal.table(("step", "", "took", "result"), rows, title=f"The week of {done.as_of}")
    for step in done.failures:
        terminal.warn(f"{step.name}: {step.said}")
    terminal.say("`bgml export ranking --out monday.xlsx` hands the list out.")
    stored = done.scored.stored
    terminal.emit({
        "as_of": done.as_of, "ranking_id": stored.ranking_id, "model": done.scored.version.name,
        "model_version": done.scored.version.version, "folder": stored.folder,
        "drift": done.drift.document() if done.drift else None, "steps": [dataclasses.asdict(step) for step in done.steps],
    })  # fmt: skip

"""`bgml drift`: whether the groups of today are still those the model learned from, and whether it kept its promises."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from bgml.cli import terminal

if TYPE_CHECKING:
    from bgml.evaluation.drift import Drift

FAILED = 3
SHOWN_GREEN = 5


class FailOn(StrEnum):
    """The level from which the command fails."""

    yellow = "yellow"
    red = "red"


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command()(drift)


def drift(
    fail_on: Annotated[FailOn | None, typer.Option("--fail-on", help="Exit 3 when any finding is as bad as this, or worse.")] = None,
) -> None:
    """Compare the groups of the newest date with those the version in use learned from, and past rankings with what became of them.

    Every finding is green, yellow or red by the thresholds under [drift] in bgml.toml; the worst stands first.

    Example:
      bgml drift
      bgml drift --fail-on red
    """
    from bgml.data.dataset import open_dataset
    from bgml.evaluation.drift import LEVELS
    from bgml.ranking.monitor import monitor

    project = terminal.project()
    with terminal.progress() as progress:
        found = monitor(project, open_dataset(project, progress), progress)
    _tell(found)
    terminal.emit(found.document())
    if fail_on is not None and LEVELS.index(found.level) >= LEVELS.index(fail_on.value):
        raise typer.Exit(FAILED)


def _tell(found: Drift) -> None:
    """What is not green, some of what is, and what could not be looked at."""
    off = [finding for finding in found.findings if finding.level != "green"]
    green = [finding for finding in found.findings if finding.level == "green"]
    rows = [(one.level, one.kind, one.name, one.sentence) for one in (*off, *green[:SHOWN_GREEN])]
    title = f"{found.version}, trained as of {found.trained_as_of}, at {found.as_of}: {found.rows:,} groups"
    terminal.table(("level", "kind", "what", "found"), rows, title=title)
    if len(green) > SHOWN_GREEN:
        terminal.say(f"{len(green) - SHOWN_GREEN} more are green.")
    for note in found.notes:
        terminal.say(f"note: {note}")
    terminal.say(f"All in all: {found.level}.")

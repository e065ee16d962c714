"""`bgml topics`: what maps to which topic, what does not, and where topics contradict each other."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from bgml.cli import terminal

if TYPE_CHECKING:
    from bgml.data.dataset import Dataset
    from bgml.project import Project
    from bgml.sources.topics.coverage import Fitted, TopicCoverage

SHOWN = 20


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command()(topics)


def topics() -> None:
    """Show what maps to which topic and what does not: per topic its patterns, signals, accounts and opportunities.

    After an import also the largest texts no pattern fits, patterns that fit nothing, and words that two topics claim. Texts are matched
    anew: change topics.toml, look again, and import again when it is right. docs/topics.md tells how patterns are written.

    Example:
      bgml topics
      bgml topics --json
    """
    from bgml.data.topics import load_topics
    from bgml.sources.topics.coverage import cover

    project = terminal.project()
    file = load_topics(project.topics_file)
    folder = _folder(project)
    dataset = _dataset(project, folder)
    found = cover(file, dataset, folder)
    _tell(found)
    terminal.emit(found.document())


def _folder(project: Project) -> Path | None:
    """The folder of the tables, None where they are a file or a database."""
    url = project.data_url()
    return Path(url) if "://" not in url and Path(url).is_dir() else None


def _dataset(project: Project, folder: Path | None) -> Dataset | None:
    """The tables; None, with a warning, where they cannot be used and an import has left what it read: patterns may be all they lack."""
    from bgml.data.dataset import open_dataset
    from bgml.errors import DataError
    from bgml.sources.topics.assignment import READ

    try:
        with terminal.progress() as progress:
            return open_dataset(project, progress)
    except DataError as error:
        if folder is None or not (folder / READ).is_file():
            raise
        terminal.warn(f"the tables cannot be used yet: {error}")
        return None


def _tell(found: TopicCoverage) -> None:
    rows = [
        (
            line.topic,
            line.name,
            line.patterns,
            line.fitted,
            line.signals,
            line.accounts,
            line.opportunities,
            line.won,
            ", ".join(line.roles),
        )
        for line in found.lines
    ]
    columns = ("topic", "name", "patterns", "fitted", "signals", "accounts", "opportunities", "won", "required roles")
    terminal.table(columns, rows)
    if found.fitted is None:
        terminal.say("No import has left what it read beside the tables; so this tells of topics only, not of what maps to none.")
    else:
        _tell_fitted(found.fitted, found.default)
    for warning in found.warnings:
        terminal.say(f"warning: {warning}")


def _tell_fitted(fitted: Fitted, default: str | None) -> None:
    """What the patterns make of what was imported."""
    where = "are set aside" if default is None else f'go to the topic "{default}"'
    share = fitted.lost / fitted.rows if fitted.rows else 0.0
    rows = f"{fitted.rows:,} signals and opportunities that say what they are about"
    if fitted.lost:
        terminal.say(f"Of {rows}, {fitted.lost:,} ({share:.0%}) fit no pattern; they {where}.")
    else:
        terminal.say(f"Every one of {rows} fits a pattern.")
    if fitted.changed:
        terminal.say(f"{fitted.changed:,} have other topics now than when they were imported: run the import again.")
    if fitted.unmapped:
        shown = [(text.field, text.text, text.rows) for text in fitted.unmapped[:SHOWN]]
        terminal.table(("field", "text", "rows"), shown, title=f"\nLargest of {len(fitted.unmapped):,} texts without a topic")
    if fitted.conflicts:
        both = [(one.field, one.text, one.rows, " and ".join(one.topics), " / ".join(one.patterns)) for one in fitted.conflicts[:SHOWN]]
        terminal.table(
            ("field", "text", "rows", "topics", "patterns"), both, title=f"\nConflicts: {len(fitted.conflicts):,} texts claimed twice"
        )
    for topic, pattern in fitted.idle:
        terminal.say(f'no text is mapped by the pattern "{pattern}" of the topic "{topic}"')

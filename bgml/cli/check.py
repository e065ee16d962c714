"""`bgml check`: what the tables hold, what is wrong with them, and what they lack."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from bgml.cli import terminal

if TYPE_CHECKING:
    from bgml.data.checking.report import CheckReport
    from bgml.data.overview import Overview
    from bgml.project import Project


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command()(check)


def check() -> None:
    """Check the tables: faults with examples and the way out, the span of the data, what is missing; and whether a model can be learned.

    Rows at fault are set aside in .bgml/quarantine and the run goes on; the command exits 1 when the tables cannot be used. Frequent
    titles that no rule of roles.toml fits are listed, and what topics.toml names in vain. The readiness verdict says how much
    of what was won the settings can reach, and which change of settings would bring what.

    Example:
      bgml check
      bgml check --data exports/2026-01 --json
    """
    from bgml.data.dataset import Dataset, inspect
    from bgml.data.overview import overview
    from bgml.data.roles import load_roles
    from bgml.data.titles import read_titles
    from bgml.data.topics import load_topics
    from bgml.errors import DataError

    project = terminal.project()
    roles, topics = load_roles(project.roles_file), load_topics(project.topics_file)
    with terminal.progress() as progress:
        warehouse, checked = inspect(project, progress)
    report = checked.report
    _tell_report(report)
    if report.stops:
        _tell_import(project, report)
        terminal.emit(report.document())
        raise DataError(report.message)
    from bgml.evaluation.readiness.verdict import assess

    dataset = Dataset(warehouse, checked)
    found = overview(dataset)
    _tell_overview(report, found)
    reading = read_titles(dataset, roles, topics)
    for sentence in reading.sentences():
        terminal.say(sentence)
    with terminal.progress() as progress:
        readiness = assess(dataset, project.settings, project.threads(), progress=progress)
    terminal.say()
    for sentence in readiness.sentences():
        terminal.say(sentence)
    terminal.emit(report.document() | found.document() | {"roles": reading.document(), "readiness": readiness.document()})


def _tell_import(project: Project, report: CheckReport) -> None:
    """What the import that wrote the tables said of those without rows."""
    import json
    from pathlib import Path

    from bgml.sources.writing import ACCOUNT

    kept = Path(project.data_url()) / ACCOUNT
    if not kept.is_file():
        return
    faulty = {fault.table for fault in report.faults if fault.stops}
    for note in json.loads(kept.read_text(encoding="utf-8")).get("warnings", []):
        if note.split(" ")[0] in faulty and " is empty, " in note:
            terminal.say(f"the import: {note}")


def _tell_report(report: CheckReport) -> None:
    """The tables, then every fault, warning and note in a line of its own."""
    rows = [(table.name, table.where, table.rows, table.kept, table.quarantined, table.copies, table.later) for table in report.tables]
    terminal.table(("table", "from", "rows", "used", "set aside", "equal copies", "after until"), rows, title=report.where)
    for fault in report.faults:
        terminal.say(f"{'stops' if fault.stops else 'set aside'}: {fault.message}")
    for warning in report.warnings:
        terminal.say(f"warning: {warning}")
    for note in report.notes:
        terminal.say(f"note: {note}")
    if report.faults or report.warnings or report.notes:
        terminal.say()


def _tell_overview(report: CheckReport, found: Overview) -> None:
    """The span of the data, and the gaps in it."""
    rows = [(span.category, span.signals, span.accounts, span.first, span.last) for span in found.spans]
    terminal.table(("category", "signals", "accounts", "first", "last"), rows)
    deals = ", ".join(f"{number:,} {outcome}" for outcome, number in found.outcomes.items())
    terminal.say(f"Opportunities: {deals}.")
    terminal.say(f"Signals are known from {report.first_day}; the data is complete before {report.until} (00:00 UTC).")
    for gap in found.gaps:
        terminal.say(f"missing: {gap.missing}: {gap.means}")
    if any(table.quarantined for table in report.tables):
        terminal.say("The rows set aside are in .bgml/quarantine, one file per table, each with its problem.")
    terminal.say("The tables can be used.")

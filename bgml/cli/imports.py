"""`bgml import`: raw tables of a CRM, a marketing system or a vendor become the tables of a project."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bgml.cli import terminal

if TYPE_CHECKING:
    from bgml.project import Project
    from bgml.sources.run import Imported


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command("import")(import_tables)


def import_tables(
    arguments: Annotated[
        list[str],
        typer.Argument(metavar="KIND SRC [KIND SRC]... DIR", help="Kinds and places of the sources, then the folder for the tables."),
    ],
    schema: Annotated[
        str | None, typer.Option(metavar="NAME", help="The schema of a database or .duckdb file the raw tables are in.")
    ] = None,
    companies: Annotated[Path | None, typer.Option(metavar="FILE", help="A CSV of ip ranges or domains and their companies.")] = None,
) -> None:
    """Bring raw tables of a CRM, as they lie in a folder or a warehouse, into one set of tables that bgml reads.

    KIND: salesforce, hubspot, marketo, intent, auto (recognise it), or a declaration of your own (a .toml file). SRC: a folder of CSV or
    Parquet files, a .duckdb file, a database URL or "env:NAME". Every raw row is used, merged or set aside with a reason; the account of
    that is printed and kept in DIR/import.json. docs/sources.md tells what becomes of what.

    Example:
      bgml import salesforce exports/salesforce data
      bgml import salesforce env:WAREHOUSE marketo exports/marketo data --schema salesforce
    """
    from bgml.sources.run import import_sources

    pairs, folder = _pairs(arguments)
    project = _project()
    with terminal.progress() as progress:
        done = import_sources(pairs, folder, schema=schema, companies=companies, project=project, progress=progress)
    terminal.emit(done.document())
    _tell(done)
    _tell_undated(done, project)
    terminal.say(_next(done, project))


def _pairs(arguments: list[str]) -> tuple[list[tuple[str, str]], Path]:
    """The sources and the folder; wrong usage unless the arguments are pairs and one folder."""
    if len(arguments) < 3 or len(arguments) % 2 == 0:
        raise typer.BadParameter("expected KIND SRC pairs and one DIR, such as: bgml import salesforce exports/salesforce data")
    return list(zip(arguments[:-1:2], arguments[1:-1:2], strict=True)), Path(arguments[-1])


def _project() -> Project | None:
    """The project around or named, whose [sources] and topics.toml count; None outside of any."""
    from bgml.errors import ProjectError

    try:
        return terminal.project()
    except ProjectError:
        if terminal.options.project is not None:
            raise
        return None


def _tell(done: Imported) -> None:
    """The account as a table, then the reasons, the warnings, what was written and what became one."""
    shown = [(entry.source, entry.where, entry.rows, entry.used, entry.merged, sum(entry.aside.values())) for entry in done.entries]
    terminal.table(("source", "table", "rows", "used", "merged", "set aside"), shown, title="What was read")
    for entry in done.entries:
        for reason, rows in entry.aside.items():
            terminal.say(f"set aside: {entry.where}: {rows:,}: {reason}")
    for warning in done.warnings:
        terminal.say(f"note: {warning}")
    terminal.table(("table", "rows"), done.rows.items(), title=f"\nWhat was written to {done.folder}")
    if done.merges or done.unsure:
        terminal.say(f"Merged: {done.merges:,} records are one with others; {done.folder / 'merges.csv'} lists each with the reason.")
        terminal.say("To part two, write yes into the column undo of their line and import again.")
        if done.unsure:
            where = done.folder / "unsure.csv"
            terminal.say(f"Not merged: {done.unsure:,} pairs that may be one, in {where}; its lines in together.csv would join them.")


def _tell_undated(done: Imported, project: Project | None) -> None:
    """What no past date can trust, and whether bgml.toml trusts it all the same."""
    from bgml.sources.history import static_columns, static_line

    for item in done.undated:
        terminal.say(f"undated: {item.name}: {item.why}")
    columns = static_columns(done.undated)
    if not columns:
        return
    if project is not None and set(columns) <= set(project.settings.data.static):
        terminal.say("[data] static in bgml.toml lets them be features as if they had never changed; take out what changes as deals go on.")
    else:
        terminal.say(f"Only if these hardly ever change, let them be features: in bgml.toml, [data] {static_line(columns)}")


def _read_by(project: Project, folder: Path) -> bool:
    """Whether the project's tables are those of the folder."""
    from bgml.errors import SettingsError

    try:
        return Path(project.data_url()) == folder.resolve()
    except SettingsError:  # the variable behind "env:NAME" is not set: it does not keep the import from being done
        return False


def _next(done: Imported, project: Project | None) -> str:
    """What to do now: another source for a table without rows, else the commands that look at the tables."""
    if empty := [name for name, rows in done.rows.items() if not rows]:
        return f"Next: nothing can be ranked without rows in {', '.join(empty)}; the notes above say why there are none."
    look = "see with `bgml topics` what your topics hold, and with `bgml check` whether the tables can be used."
    if project is None:
        return f"Next: start a project with `bgml init`, set [data] url in its bgml.toml to {done.folder.resolve()}, and {look}"
    if not _read_by(project, done.folder):
        return f"Next: set [data] url in bgml.toml to {done.folder}, and {look}"
    return f"Next: {look}"

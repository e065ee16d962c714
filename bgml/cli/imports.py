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
    with terminal.progress() as progress:
        done = import_sources(pairs, folder, schema=schema, companies=companies, project=_project(), progress=progress)
    terminal.emit(done.document())
    _tell(done)


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
    """The account as a table, then the reasons, the warnings and what no past date can trust."""
    from bgml.sources.history import static_line

    shown = [(entry.source, entry.where, entry.rows, entry.used, entry.merged, sum(entry.aside.values())) for entry in done.entries]
    terminal.table(("source", "table", "rows", "used", "merged", "set aside"), shown, title="What was read")
    for entry in done.entries:
        for reason, rows in entry.aside.items():
            terminal.say(f"set aside: {entry.where}: {rows:,}: {reason}")
    for warning in done.warnings:
        terminal.say(f"note: {warning}")
    terminal.table(("table", "rows"), done.rows.items(), title=f"\nWhat was written to {done.folder}")
    for item in done.undated:
        terminal.say(f"undated: {item.name}: {item.why}")
    columns = [item for item in done.undated if item.name.partition(".")[0] in ("accounts", "people")]
    if columns:
        terminal.say(f"Only if these hardly ever change, let them be features: in bgml.toml, [data] {static_line(columns)}")
    terminal.say(f"Next: set [data] url to {done.folder} and run `bgml check`.")

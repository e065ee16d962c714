"""`bgml export`: a ranking, its people, and drafts of opportunities as files for people and CRMs."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from bgml.cli import terminal
from bgml.cli.dates import day

if TYPE_CHECKING:
    from bgml.ranking.archive.store import Stored
    from bgml.ranking.handout.delivery import Delivered

Out = Annotated[Path, typer.Option(metavar="FILE", help="The .csv, .parquet or .xlsx file to write.")]
OutOr = Annotated[Path | None, typer.Option(metavar="FILE", help="The .csv, .parquet or .xlsx file to write.")]
Table = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Instead of a file, a table of the project's database (PostgreSQL, .duckdb): NAME or SCHEMA.NAME."),
]
AsOf = Annotated[datetime.date | None, typer.Option(parser=day, metavar="DATE", help="The date of the ranking [default: the newest].")]
Crm = Annotated[
    Literal["salesforce", "hubspot"] | None, typer.Option(help="The columns this CRM imports, as .csv [default: bgml's own columns].")
]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    exporting = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
    exporting.callback()(export)
    for command in (ranking, members, opportunities, contacts):
        exporting.command()(command)
    app.add_typer(exporting, name="export")


def export() -> None:
    """Write what bgml made to a .csv, .parquet or .xlsx file.

    Example:
      bgml export ranking --out monday.xlsx
    """


def ranking(out: OutOr = None, table: Table = None, as_of: AsOf = None) -> None:
    """Write the current ranking of a date to a file: its rows, or as .xlsx a workbook with a sheet for each owner.

    With --table the rows go into the project's database, in place of those of the same date.

    \b
    Example:
      bgml export ranking --out monday.xlsx
      bgml export ranking --as-of 2025-06-02 --out ranking.csv
      bgml export ranking --table sales.rankings
    """
    _rows("ranking", out, table, as_of)


def members(out: OutOr = None, table: Table = None, as_of: AsOf = None) -> None:
    """Write the people of every ranked group to a file: by id, or as .xlsx with their names.

    With --table the rows, by id, go into the project's database, in place of those of the same date.

    \b
    Example:
      bgml export members --out people.xlsx
      bgml export members --as-of 2025-06-02 --out members.parquet
      bgml export members --table sales.members
    """
    _rows("members", out, table, as_of)


def opportunities(out: Out, as_of: AsOf = None, crm: Crm = None) -> None:
    """Write drafts of opportunities for the groups to work: name, amount, close date, and a brief with the account's full context.

    \b
    Example:
      bgml export opportunities --out drafts.xlsx
      bgml export opportunities --crm salesforce --out Opportunity.csv
    """
    _drafts("opportunities", out, as_of, crm)


def contacts(out: Out, as_of: AsOf = None, crm: Crm = None) -> None:
    """Write the people of those drafts as contact roles, the most active first.

    \b
    Example:
      bgml export contacts --out roles.xlsx
      bgml export contacts --crm salesforce --out OpportunityContactRole.csv
    """
    _drafts("contacts", out, as_of, crm)


def _rows(kind: Literal["ranking", "members"], out: Path | None, table: str | None, as_of: datetime.date | None) -> None:
    """A ranking's rows to a file or a table."""
    from bgml.data.databases import writing
    from bgml.ranking.archive import store
    from bgml.ranking.handout import delivery, export, table_export

    if (out is None) == (table is None):
        raise typer.BadParameter("name one of --out FILE and --table NAME")
    if out is not None:
        export.writer_for(out)
    project = terminal.project()
    if table is not None:
        writing.check_target(project.data_url(), table)
    stored = store.wanted(project.rankings, as_of)
    what = {"ranking": "groups", "members": "members"}[kind]
    if out is not None:
        _tell(stored, out, getattr(delivery, kind)(project, stored, out), what)
    elif table is not None:
        _tell(stored, table, table_export.write(project, stored, kind, table), what)


def _drafts(
    kind: Literal["opportunities", "contacts"], out: Path, as_of: datetime.date | None, crm: Literal["salesforce", "hubspot"] | None
) -> None:
    from bgml.data.dataset import open_dataset
    from bgml.ranking.archive import store
    from bgml.ranking.handout import delivery

    delivery.check_layout(out, crm)
    project = terminal.project()
    stored = store.wanted(project.rankings, as_of)
    delivery.check_members(stored)
    with terminal.progress() as progress:
        dataset = open_dataset(project, progress)
    delivered = delivery.drafts(project, dataset, stored, kind, out, crm)
    _tell(stored, out, delivered, {"opportunities": "opportunities", "contacts": "contact roles"}[kind])


def _tell(stored: Stored, out: Path | str, delivered: Delivered, what: str) -> None:
    for note in delivered.notes:
        terminal.warn(note)
    terminal.say(f"{out}: the ranking {stored.ranking_id} of {stored.as_of}, {delivered.rows:,} {what}")
    place = "table" if isinstance(out, str) else "out"
    told = {"as_of": stored.as_of, "ranking_id": stored.ranking_id, "rows": delivered.rows, place: out, "notes": list(delivered.notes)}
    terminal.emit(told)

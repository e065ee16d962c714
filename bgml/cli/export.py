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


def ranking(out: Out, as_of: AsOf = None) -> None:
    """Write the current ranking of a date to a file: its rows, or as .xlsx a workbook with a sheet for each owner.

    \b
    Example:
      bgml export ranking --out monday.xlsx
      bgml export ranking --as-of 2025-06-02 --out ranking.csv
    """
    from bgml.ranking.archive import store
    from bgml.ranking.handout import delivery, export

    export.writer_for(out)
    project = terminal.project()
    stored = store.wanted(project.rankings, as_of)
    _tell(stored, out, delivery.ranking(project, stored, out), "groups")


def members(out: Out, as_of: AsOf = None) -> None:
    """Write the people of every ranked group to a file: by id, or as .xlsx with their names.

    \b
    Example:
      bgml export members --out people.xlsx
      bgml export members --as-of 2025-06-02 --out members.parquet
    """
    from bgml.ranking.archive import store
    from bgml.ranking.handout import delivery, export

    export.writer_for(out)
    project = terminal.project()
    stored = store.wanted(project.rankings, as_of)
    _tell(stored, out, delivery.members(project, stored, out), "members")


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


def _tell(stored: Stored, out: Path, delivered: Delivered, what: str) -> None:
    for note in delivered.notes:
        terminal.warn(note)
    terminal.say(f"{out}: the ranking {stored.ranking_id} of {stored.as_of}, {delivered.rows:,} {what}")
    terminal.emit({
        "as_of": stored.as_of, "ranking_id": stored.ranking_id, "rows": delivered.rows, "out": out, "notes": list(delivered.notes),
    })  # fmt: skip

"""Handing out a ranking: each kind of file, and the note that sales was told."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pyarrow as pa

from bgml.data.dataset import Dataset
from bgml.errors import RankingError
from bgml.project import Project
from bgml.ranking.archive.store import Stored
from bgml.ranking.handout import contents, exposure, workbook
from bgml.ranking.handout.crm import hubspot, salesforce
from bgml.ranking.handout.drafts import contacts, deals, opportunities
from bgml.ranking.handout.drafts.brief import briefs
from bgml.ranking.handout.export import export, into, writer_for

Crm = Literal["salesforce", "hubspot"]
CRMS = {"salesforce": salesforce, "hubspot": hubspot}


@dataclass(frozen=True)
class Delivered:
    """A file that was written: how many rows of what it holds, and what its reader should know."""

    rows: int
    notes: tuple[str, ...] = ()


def ranking(project: Project, stored: Stored, out: Path) -> Delivered:
    """Write a ranking: its rows as they are kept, or for people, in a worksheet's file, the workbook with names.

    RankingError for a place that cannot be written.
    """
    notes: tuple[str, ...] = ()
    if is_workbook(out):
        found = contents.read(project, stored)
        table = found.ranking
        into(out, lambda aside: workbook.write(found, aside))
        notes = () if found.members is not None else (contents.without_members(stored),)
    else:
        table = stored.table()
        export(table, out)
    exposure.record(project, stored, out, len(table))
    return Delivered(len(table), notes)


def members(project: Project, stored: Stored, out: Path) -> Delivered:
    """Write the members of every ranked group, with names in a worksheet's file; nothing in it says which groups to work.

    RankingError where the ranking holds no members.
    """
    check_members(stored)
    table = stored.table("members")
    if is_workbook(out):
        found = contents.read(project, stored)
        into(out, lambda aside: workbook.write_members(found, table, aside))
    else:
        export(table, out)
    return Delivered(len(table))


def drafts(
    project: Project, dataset: Dataset, stored: Stored, kind: Literal["opportunities", "contacts"], out: Path, crm: Crm | None
) -> Delivered:
    """Write the drafts of opportunities for the groups to work, or their contact roles, plainly or as a CRM imports them.

    RankingError where the ranking holds no members.
    """
    check_layout(out, crm)
    check_members(stored)
    found = contents.read(project, stored)
    known = deals.known(dataset, stored.as_of)
    made, notes = opportunities.drafts(found, known, project.settings.outcome.horizon)
    table = opportunities.table(made, found, briefs(made, found)) if kind == "opportunities" else contacts.table(made, found)
    export(_laid_out(project, kind, table, crm), out, guarded=crm is None)
    exposure.record(project, stored, out, len(table))
    return Delivered(len(table), tuple(notes))


def check_layout(out: Path, crm: Crm | None) -> None:
    """RankingError for an ending that is not to be written, or not to be imported by the CRM."""
    writer_for(out)
    if crm is not None and out.suffix.lower() != ".csv":
        raise RankingError(f'{out} ends in "{out.suffix}"; a file for {crm} is a .csv')


def check_members(stored: Stored) -> None:
    """RankingError where a ranking was made before rankings held members."""
    if not contents.holds(stored.manifest(), "members"):
        raise RankingError(contents.without_members(stored))


def is_workbook(out: Path) -> bool:
    """Whether a file of this name is a workbook."""
    return out.suffix.lower() == ".xlsx"


def _laid_out(project: Project, kind: str, table: pa.Table, crm: Crm | None) -> pa.Table:
    if crm is None:
        return table
    made: pa.Table = getattr(CRMS[crm], kind)(table, project.settings.crm)
    return made

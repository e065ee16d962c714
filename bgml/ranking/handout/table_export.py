"""A ranking, or its members, as rows of a table in the project's database, for whoever works there."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from bgml.data.databases import writing
from bgml.project import Project
from bgml.ranking.archive.store import Stored
from bgml.ranking.handout import exposure
from bgml.ranking.handout.delivery import Delivered, check_members


def write(project: Project, stored: Stored, kind: Literal["ranking", "members"], name: str) -> Delivered:
    """Write a ranking's rows, or those of its members, in place of what the table holds of the same date; ids, no names.

    The table is made where it is missing. A ranking that was handed out like this is noted as one that went to a file is. DataError when
    the table has other columns or cannot be written, RankingError where the ranking holds no members.
    """
    if kind == "members":
        check_members(stored)
    rows = stored.table(kind)
    writing.replace_date(project.data_url(), name, rows, stored.as_of)
    if kind == "ranking":
        exposure.record(project, stored, Path(f"table {name}"), len(rows))
    return Delivered(len(rows))

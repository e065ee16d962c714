"""The log of the verdicts that a project keeps in `verdicts/`."""

from __future__ import annotations

import datetime
from pathlib import Path

from bgml.data.kept import lines
from bgml.data.tables import VERDICTS
from bgml.errors import DataError
from bgml.project import Project

Row = dict[str, str | None]
REQUIRED = ("account_id", "topic", "as_of", "at", "verdict")


def file(project: Project) -> Path:
    """The log of verdicts."""
    return project.verdicts / "verdicts.jsonl"


def read(project: Project) -> tuple[list[Row], int]:
    """The verdicts kept, oldest first, as texts under the names of the table; and how many lines of the log are none."""
    path = file(project)
    try:
        entries, torn = lines.read(path)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}; the verdicts given are in it") from None
    rows = [row for entry in entries if (row := _row(entry)) is not None]
    return rows, torn + len(entries) - len(rows)


def _row(entry: lines.Entry) -> Row | None:
    """An entry as a row of text; None where it is no verdict."""
    values = {name: entry.get(name) for name in VERDICTS.names}
    if any(isinstance(value, bool) or not isinstance(value, str | int | None) for value in values.values()):
        return None
    row = {name: None if value in (None, "") else str(value) for name, value in values.items()}
    try:
        times = [datetime.datetime.fromisoformat(row[name] or "") for name in ("as_of", "at")]
    except ValueError:
        return None
    whole = all(row[name] is not None for name in REQUIRED) and not any(time.tzinfo for time in times)
    return row if whole else None

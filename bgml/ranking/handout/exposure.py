"""Which rankings were handed out: a log beside the project's state, and the groups they told sales to work."""

from __future__ import annotations

import json
import os
import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bgml.errors import RankingError
from bgml.project import Project
from bgml.ranking.archive.store import Stored

LOG = "exports.jsonl"
ENTRY = ("as_of", "ranking_id", "at", "file", "rows")
SELECTED = ("account_id", "topic", "selected_by", "selection_probability")
COLUMNS = ("as_of", *SELECTED)


def record(project: Project, stored: Stored, out: Path, rows: int) -> None:
    """Add to the log that a ranking went to a file or a table; call it once it is there. RankingError when the log cannot be written.

    One JSON object a line: as_of, ranking_id, at (UTC), file (its name only), rows. The line is on disk when this returns.
    """
    now = datetime.now(UTC).isoformat(timespec="seconds")
    entry = dict(zip(ENTRY, (str(stored.as_of), stored.ranking_id, now, out.name, rows), strict=True))
    path = project.state / LOG
    try:
        _append(path, json.dumps(entry, ensure_ascii=False))
    except OSError as error:
        why = error.strerror or error
        raise RankingError(f"{out} is written, but {path}, which evaluation reads, was not: {why}; export again") from error


def _append(path: Path, line: str) -> None:
    """Write a line of its own, in one piece, even after a line that a dying process left unfinished."""
    handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        end = os.lseek(handle, 0, os.SEEK_END)
        torn = end > 0 and os.pread(handle, 1, end - 1) != b"\n"
        os.write(handle, (b"\n" if torn else b"") + f"{line}\n".encode())
        os.fsync(handle)
    finally:
        os.close(handle)


def entries(project: Project) -> tuple[list[dict[str, Any]], int]:
    """The log's entries, oldest first, and how many lines of it cannot be read."""
    try:
        text = (project.state / LOG).read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return [], 0
    except OSError as error:
        raise RankingError(f"{project.state / LOG} cannot be read: {error.strerror or error}") from None
    lines = [line for line in text.splitlines() if line.strip()]
    found = [entry for line in lines if (entry := _entry(line)) is not None]
    return found, len(lines) - len(found)


def _entry(line: str) -> dict[str, Any] | None:
    try:
        found = json.loads(line)
        date.fromisoformat(found["as_of"])
        known = re.fullmatch(r"[0-9a-f]{16}", found["ranking_id"])
    except (ValueError, KeyError, TypeError):
        return None
    return dict(found) if known else None


def exported(project: Project) -> tuple[pd.DataFrame | None, list[str]]:
    """The groups that exported rankings had selected, one row each, and what of the log is of no use, as sentences.

    Columns: as_of (datetime64), account_id, topic, selected_by, selection_probability. None where nothing was ever exported. A ranking
    made with hindsight told nobody at its date what to do and is left out.
    """
    found, torn = entries(project)
    notes = [f"{torn} lines of {LOG} cannot be read and are left out"] if torn else []
    frames = []
    for as_of, ranking_id in sorted({(entry["as_of"], entry["ranking_id"]) for entry in found}):
        stored = _stored(project, date.fromisoformat(as_of), ranking_id)
        try:
            if not stored.manifest().get("hindsight"):
                frames.append(_selected(stored))
        except RankingError as error:
            notes.append(f"an exported ranking is left out: {error}")
    if not found:
        return None, notes
    rows = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=list(COLUMNS))
    # Two rankings of one date may select the same group: chosen by rank is the certain one.
    ordered = rows.sort_values("selection_probability", ascending=False, kind="stable")
    return ordered.drop_duplicates(["as_of", "account_id", "topic"]).sort_index().reset_index(drop=True), notes


def _stored(project: Project, as_of: date, ranking_id: str) -> Stored:
    return Stored(as_of, ranking_id, project.rankings / f"as_of={as_of}" / f"ranking_id={ranking_id}")


def _selected(stored: Stored) -> pd.DataFrame:
    rows = stored.table(columns=[*SELECTED, "selected"]).to_pandas()
    chosen: pd.DataFrame = rows.loc[rows["selected"], list(SELECTED)].reset_index(drop=True)
    chosen.insert(0, "as_of", np.datetime64(stored.as_of, "s"))
    return chosen

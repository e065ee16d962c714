"""Which rankings were handed out: a log beside the project's state, and the groups they told sales to work."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
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
Key = tuple[str, str]
"""account_id and topic as text."""


def record(project: Project, stored: Stored, out: Path, rows: int, only: Sequence[Key] | None = None) -> None:
    """Add to the log that a ranking went to a file or a table; call it once it is there. RankingError when the log cannot be written.

    One JSON object a line: as_of, ranking_id, at (UTC), file (its name only), rows. only: where a part of the ranking went out, the groups
    to work that were in it. The line is on disk when this returns.
    """
    now = datetime.now(UTC).isoformat(timespec="seconds")
    entry: dict[str, Any] = dict(zip(ENTRY, (str(stored.as_of), stored.ranking_id, now, out.name, rows), strict=True))
    entry |= {} if only is None else {"only": [[str(part) for part in key] for key in only]}
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
        known = re.fullmatch(r"[0-9a-f]{16}", found["ranking_id"]) and isinstance(found.get("only", []), list)
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
    parts = _parts(found)
    for as_of, ranking_id in sorted(parts):
        stored = _stored(project, date.fromisoformat(as_of), ranking_id)
        try:
            if not stored.manifest().get("hindsight"):
                frames.append(_among(_selected(stored), parts[as_of, ranking_id]))
        except RankingError as error:
            notes.append(f"an exported ranking is left out: {error}")
    if not found:
        return None, notes
    rows = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=list(COLUMNS))
    # Two rankings of one date may select the same group: chosen by rank is the certain one.
    ordered = rows.sort_values("selection_probability", ascending=False, kind="stable")
    return ordered.drop_duplicates(["as_of", "account_id", "topic"]).sort_index().reset_index(drop=True), notes


def _parts(entries: Sequence[dict[str, Any]]) -> dict[tuple[str, str], set[Key] | None]:
    """Of each ranking that went out, the groups to work that did; None where all of it went."""
    found: dict[tuple[str, str], set[Key] | None] = {}
    for entry in entries:
        ranking, only = (entry["as_of"], entry["ranking_id"]), entry.get("only")
        there = found.setdefault(ranking, set())
        found[ranking] = None if only is None or there is None else there | {(key[0], key[1]) for key in only if _is_key(key)}
    return found


def _is_key(found: object) -> bool:
    return isinstance(found, list) and len(found) == 2 and all(isinstance(part, str) for part in found)


def _among(rows: pd.DataFrame, keys: set[Key] | None) -> pd.DataFrame:
    """The rows of these groups."""
    if keys is None:
        return rows
    there = [key in keys for key in zip(rows["account_id"].astype(str), rows["topic"].astype(str), strict=True)]
    return rows[np.array(there, bool)].reset_index(drop=True)


def _stored(project: Project, as_of: date, ranking_id: str) -> Stored:
    return Stored(as_of, ranking_id, project.rankings / f"as_of={as_of}" / f"ranking_id={ranking_id}")


def _selected(stored: Stored) -> pd.DataFrame:
    rows = stored.table(columns=[*SELECTED, "selected"]).to_pandas()
    chosen: pd.DataFrame = rows.loc[rows["selected"], list(SELECTED)].reset_index(drop=True)
    chosen.insert(0, "as_of", np.datetime64(stored.as_of, "s"))
    return chosen

"""Whom the project was told to forget: the record of it, and people read without what identified them."""

from __future__ import annotations

import datetime
import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow

from bgml.data.kept import lines
from bgml.data.kept.verdicts import as_text
from bgml.data.warehouse import Source, Warehouse
from bgml.errors import DataError
from bgml.project import Project

BARE = ("person_id", "account_id", "valid_from", "valid_to")
"""What is still read of a forgotten person's rows of people."""
BEGUN, DONE = "begun", "done"


def file(project: Project) -> Path:
    """The record, one JSON object a line: person_id, at (UTC), state (begun, done), what was erased, what is left."""
    return project.state / "forgotten.jsonl"


def entries(project: Project) -> list[dict[str, Any]]:
    """The record, oldest first; DataError when it cannot be read."""
    path = file(project)
    try:
        found, _ = lines.read(path)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}; it says who must not be read from the tables") from None
    return [entry for entry in found if isinstance(entry.get("person_id"), str)]


def ids(project: Project) -> frozenset[str]:
    """Everyone who was ever to be forgotten, ids as text."""
    return frozenset(entry["person_id"] for entry in entries(project))


def record(project: Project, person_id: str, state: str, details: Mapping[str, Any] | None = None) -> None:
    """Add to the record that forgetting someone has begun or is done; on disk when this returns."""
    path = file(project)
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    try:
        with lines.held(path):
            lines.append(path, {"person_id": person_id, "at": now, "state": state, **(details or {})})
    except OSError as error:
        raise DataError(f"{path} cannot be written: {error.strerror or error}; nothing is forgotten without a record of it") from error


def mask(warehouse: Warehouse, forgotten: Collection[str]) -> None:
    """Have the people of a warehouse read without anything but ids and dates where they are forgotten."""
    source = warehouse.sources.get("people")
    if not forgotten or source is None or "person_id" not in source.rows.columns:
        return
    hit = as_text(source.rows["person_id"]).isin(sorted(forgotten))
    told = {name: source.rows[name] for name in source.rows.columns if name not in BARE and not source.rows[name].type().is_null()}
    rows: ir.Table = source.rows.mutate(**{name: ibis.ifelse(hit, ibis.null(column.type()), column) for name, column in told.items()})
    warehouse.sources["people"] = replace(source, rows=rows, rejected=_silent(source, forgotten))


def _silent(source: Source, forgotten: Collection[str]) -> pyarrow.Table | None:
    """Lines that are no rows, without their text where they name someone forgotten."""
    if source.rejected is None or not len(source.rejected):
        return source.rejected
    texts = source.rejected["text"].to_pylist()
    kept = [None if text and any(mentions(text, person) for person in forgotten) else text for text in texts]
    place = source.rejected.schema.get_field_index("text")
    return source.rejected.set_column(place, source.rejected.schema.field(place), pyarrow.array(kept, source.rejected["text"].type))


def mentions(text: str, word: str) -> bool:
    """Whether a text holds a word, or several, whole and in any case.

    >>> mentions("Ask Ann Lee.", "ann lee"), mentions("annual", "ann")
    (True, False)
    """
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text, flags=re.IGNORECASE) is not None

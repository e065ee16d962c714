"""A chapter of an evaluation as a value: sentences and tables for people, JSON values for programs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Table:
    """Cells of text under their columns; `title` says what the rows are."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    title: str = ""


@dataclass(frozen=True)
class Chapter:
    """What one question found. `name` is its key in evaluation.json, where `data` (plain JSON values) stands.

    `sentences` come first, in the order in which they should be read, and are true without the tables.
    """

    name: str
    title: str
    sentences: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)

"""One ranking as it is served: read once, verified, never changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import pyarrow as pa

from bgml.data.topics import Topics
from bgml.ranking.archive.people import Book
from bgml.ranking.archive.store import Stored
from bgml.ranking.chances import chances
from bgml.ranking.view.group import Rows, rows_of

Row = dict[str, Any]
Key = tuple[str, str]
"""account_id and topic as text: ids are strings here."""


@dataclass(frozen=True)
class Snapshot:
    """A ranking and what is joined on reading. A group is known by its position: 0 is the best.

    tables: ranking, members, timeline and touches as they are stored.
    """

    stored: Stored
    manifest: dict[str, Any]
    tables: dict[str, pa.Table]
    book: Book
    topics: Topics

    @property
    def as_of(self) -> date:
        """The date of the ranking."""
        return self.stored.as_of

    @property
    def ranking_id(self) -> str:
        """The fingerprint of what it was made from."""
        return self.stored.ranking_id

    def __len__(self) -> int:
        """How many groups it ranks."""
        return len(self.tables["ranking"])

    @cached_property
    def _positions(self) -> dict[Key, int]:
        table = self.tables["ranking"]
        ids = zip(*(table.column(name).cast(pa.string()).to_pylist() for name in ("account_id", "topic")), strict=True)
        return {key: place for place, key in enumerate(ids)}

    def position(self, account_id: str, topic: str) -> int | None:
        """Where a group stands; None for one that is not ranked."""
        return self._positions.get((account_id, topic))

    def row(self, position: int) -> Row:
        """A group's row of the ranking, with its chance in words under "chance"; ids as they are stored."""
        one = self.tables["ranking"].slice(position, 1)
        said = chances(one, self.manifest)
        return {**one.to_pylist()[0], "chance": said[0] if said else ""}

    def group(self, position: int) -> Rows:
        """A group's row, members, timeline and touches."""
        row = self.tables["ranking"].slice(position, 1).to_pylist()[0]
        rows = rows_of(self.tables, row["account_id"], row["topic"])
        assert rows is not None
        return rows

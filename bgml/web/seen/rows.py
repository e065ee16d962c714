"""Rows of a ranking as a viewer may know them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from bgml.web.access.viewer import Viewer
from bgml.web.shelf.snapshot import Row, Snapshot


def rows(snapshot: Snapshot, viewer: Viewer, positions: Sequence[int]) -> list[Row]:
    """Rows of the ranking as the viewer may know them, each with its chance in words ("chance"), people by their names.

    For somebody limited to an owner's accounts rank and previous_rank are those among the owner's groups, percentile is None and owner is
    theirs: how many groups others have could be told from them otherwise.
    """
    found = snapshot.rows(positions)
    return found if viewer.sees_all else [limited(snapshot, viewer, place, row) for place, row in zip(positions, found, strict=True)]


def limited(snapshot: Snapshot, viewer: Viewer, position: int, row: Row) -> Row:
    """A row as somebody limited to an owner's accounts may know it."""
    own = row["owner"] == viewer.owner
    before = int(snapshot.before[position]) if own else 0
    rank = row["owner_rank"] if own else None
    return {**row, "rank": rank, "owner_rank": rank, "previous_rank": before or None, "percentile": None, "owner": viewer.owner}


def moved_among_own(snapshot: Snapshot, owner: str | None) -> npt.NDArray[np.float64]:
    """By position, how many places a group rose among the owner's; NaN where it was not theirs, before or in this ranking."""
    before = snapshot.before.astype(np.float64)
    now = snapshot.table.column("owner_rank").cast(pa.float64()).combine_chunks().to_numpy(zero_copy_only=False)
    words, codes = snapshot.codes("owner")
    own = np.array([word == owner for word in words], bool)[codes] & (before > 0)
    found: npt.NDArray[np.float64] = np.where(own, before, np.nan) - now
    return found

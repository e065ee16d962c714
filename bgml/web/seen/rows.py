"""Rows of a ranking as a viewer may know them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from bgml.errors import BgmlError
from bgml.ranking.archive import store
from bgml.web.access.viewer import Viewer
from bgml.web.shelf.shelf import Shelf
from bgml.web.shelf.snapshot import Row, Snapshot
from bgml.web.shelf.verified import Verified

KEYS = ["account_id", "topic", "owner", "owner_rank"]


def rows(shelf: Shelf, snapshot: Snapshot, viewer: Viewer, positions: Sequence[int]) -> list[Row]:
    """Rows of the ranking as the viewer may know them, each with its chance in words ("chance"), people by their names.

    For somebody limited to an owner's accounts rank and previous_rank are those among the owner's groups, percentile is None and owner is
    theirs: how many groups others have could be told from them otherwise.
    """
    found = snapshot.rows(positions)
    return found if viewer.sees_all else [limited(shelf, snapshot, viewer, place, row) for place, row in zip(positions, found, strict=True)]


def limited(shelf: Shelf, snapshot: Snapshot, viewer: Viewer, position: int, row: Row) -> Row:
    """A row as somebody limited to an owner's accounts may know it."""
    own = row["owner"] == viewer.owner
    before = int(_former_ranks(shelf, snapshot)[position]) if own else 0
    rank = row["owner_rank"] if own else None
    return {**row, "rank": rank, "owner_rank": rank, "previous_rank": before or None, "percentile": None, "owner": viewer.owner}


def moved_among_own(shelf: Shelf, snapshot: Snapshot) -> npt.NDArray[np.float64]:
    """By position, how many places a group rose among its owner's; NaN where it was not theirs before."""
    before = _former_ranks(shelf, snapshot).astype(np.float64)
    now = snapshot.table.column("owner_rank").cast(pa.float64()).combine_chunks().to_numpy(zero_copy_only=False)
    found: npt.NDArray[np.float64] = np.where(before > 0, before, np.nan) - now
    return found


def _former_ranks(shelf: Shelf, snapshot: Snapshot) -> npt.NDArray[np.int32]:
    """By position, the rank among its owner's groups in the ranking before; 0 where it was not ranked or another's."""
    formers = snapshot.manifest.get("formers") or []
    if not formers:
        return np.zeros(len(snapshot), np.int32)
    newest = formers[0]
    found: npt.NDArray[np.int32] = snapshot.masks.get(
        ("former", newest["ranking_id"]), lambda: _ranks_in(shelf, snapshot, date.fromisoformat(newest["as_of"]), newest["ranking_id"])
    )
    return found


def _ranks_in(shelf: Shelf, snapshot: Snapshot, as_of: date, ranking_id: str) -> npt.NDArray[np.int32]:
    folder = shelf.project.rankings / f"as_of={as_of}" / f"ranking_id={ranking_id}"
    stored = store.Stored(as_of, ranking_id, folder)
    ranks = np.zeros(len(snapshot), np.int32)
    try:
        former = Verified(stored, "ranking", stored.manifest()["files"]).plain(KEYS)
    except BgmlError:
        return ranks
    now = {key: place for place, key in enumerate(_keys(snapshot.table.select(KEYS)))}
    for key, rank in zip(_keys(former), former.column("owner_rank").to_pylist(), strict=True):
        if (place := now.get(key)) is not None and rank is not None:
            ranks[place] = rank
    return ranks


def _keys(table: pa.Table) -> Any:  # noqa: ANN401  (an iterator of account, topic and owner)
    return zip(*(table.column(name).to_pylist() for name in KEYS[:3]), strict=True)

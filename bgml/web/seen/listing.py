"""A ranking filtered, ordered and cut into parts."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from bgml.web.access.viewer import Viewer
from bgml.web.problems import Problem
from bgml.web.seen.query import FILTERS, Query, Slice
from bgml.web.seen.rows import moved_among_own
from bgml.web.seen.scope import Mask, visible
from bgml.web.shelf.shelf import Shelf
from bgml.web.shelf.snapshot import Snapshot

Places = npt.NDArray[np.int32]


def listed(
    shelf: Shelf, snapshot: Snapshot, viewer: Viewer, query: Query, *, limit: int, cursor: str | None = None, counted: bool = False
) -> Slice:
    """The groups that the viewer may see and the query wants, from the cursor on.

    counted: also tell how many groups each value of a filter has. Problem 400 for a cursor of another ranking, query or viewer.
    """
    token = _token(snapshot, viewer, query)
    start = _start(cursor, token)
    places = _wanted(shelf, snapshot, viewer, query)
    after = start + limit
    following = f"{token}.{after}" if after < len(places) else None
    counts = _counts(shelf, snapshot, viewer, query) if counted else {}
    return Slice(tuple(places[start:after].tolist()), len(places), following, counts)


def totals(shelf: Shelf, snapshot: Snapshot, viewer: Viewer) -> tuple[int, int]:
    """How many groups the viewer sees, and how many of them are to be worked."""
    mask, selected = visible(shelf, snapshot, viewer), snapshot.selected
    return (len(snapshot), int(selected.sum())) if mask is None else (int(mask.sum()), int((selected & mask).sum()))


def _token(snapshot: Snapshot, viewer: Viewer, query: Query) -> str:
    """What a cursor begins with: a fingerprint of the list it belongs to."""
    return hashlib.sha256(repr((snapshot.as_of, snapshot.ranking_id, viewer.owner, query)).encode()).hexdigest()[:16]


def _start(cursor: str | None, token: str) -> int:
    """Where in its list a cursor stands."""
    if cursor is None:
        return 0
    head, _, number = cursor.partition(".")
    if head != token or not (number.isascii() and number.isdecimal() and len(number) < 10):
        raise Problem(400, "the cursor does not belong to this list; leave it out to begin at the top", kind="foreign-cursor")
    return int(number)


def _wanted(shelf: Shelf, snapshot: Snapshot, viewer: Viewer, query: Query) -> Places:
    """The positions of the groups of a list, in its order."""

    def make() -> Places:
        mask = _mask(shelf, snapshot, viewer, query)
        order = _order(snapshot, viewer, query)
        found: Places = order if mask is None else order[mask[order]]
        return found

    newest = shelf.newest() or snapshot
    key = "list", viewer.owner, newest.as_of, newest.ranking_id, query
    places: Places = snapshot.masks.get(key, make)
    return places


def _mask(shelf: Shelf, snapshot: Snapshot, viewer: Viewer, query: Query, without: str = "") -> Mask | None:
    """By position, whether a group is in the list, the filter of one column left out; None where all are."""
    parts = [visible(shelf, snapshot, viewer)]
    parts += [_among(snapshot, column, values) for column, values in query.filters if column != without]
    if query.selected is not None:
        parts.append(snapshot.selected == query.selected)
    parts += [_holding(snapshot, word) for word in query.text.split()]
    found = [part for part in parts if part is not None]
    return np.logical_and.reduce(found) if found else None


def _among(snapshot: Snapshot, column: str, values: tuple[str, ...]) -> Mask:
    words, codes = snapshot.codes(column)
    wanted = np.isin(np.array(words, object), np.array(values, object)) if words else np.zeros(0, bool)
    found: Mask = wanted[codes]
    return found


def _holding(snapshot: Snapshot, word: str) -> Mask:
    """Which groups have a word in their account's name, its id or the topic, whatever the case."""
    mask: Mask = snapshot.masks.get(("holding", word), lambda: snapshot.text.holding(word))
    return mask


def _order(snapshot: Snapshot, viewer: Viewer, query: Query) -> Places:
    """All positions in an order; what has no value comes last in either direction, equal ones stand by rank."""
    name = query.sort.removeprefix("-")
    if name == "rank":
        places = np.arange(len(snapshot), dtype=np.int32)
        return places[::-1] if query.descending else places

    own = name == "movement" and not viewer.sees_all

    def make() -> Places:
        values = moved_among_own(snapshot, viewer.owner) if own else _values(snapshot, name)
        key = values if query.descending == (name != "account_name") else -values
        return np.argsort(np.where(np.isnan(values), np.inf, key), kind="stable").astype(np.int32)

    found: Places = snapshot.masks.get(("order", query.sort, viewer.owner if own else None), make)
    return found


def _values(snapshot: Snapshot, name: str) -> npt.NDArray[np.float64]:
    """What a list is ordered by, as numbers; NaN for none."""
    table = snapshot.table
    if name == "account_name":
        folded = pc.utf8_lower(table.column(name).cast(pa.string()).combine_chunks())
        ranks = pc.rank(pc.fill_null(folded, ""), sort_keys="ascending", tiebreaker="dense").to_numpy().astype(np.float64)
        return np.where(folded.is_null().to_numpy(zero_copy_only=False), np.nan, ranks)
    if name == "movement":
        return _numbers(table.column("previous_rank")) - _numbers(table.column("rank"))
    return _numbers(table.column(name))


def _numbers(column: pa.ChunkedArray) -> npt.NDArray[np.float64]:
    found: npt.NDArray[np.float64] = column.cast(pa.float64()).combine_chunks().to_numpy(zero_copy_only=False)
    return found


def _counts(shelf: Shelf, snapshot: Snapshot, viewer: Viewer, query: Query) -> dict[str, dict[str, int]]:
    """Of each filter, how many groups of the list each value has, that filter itself aside."""
    return {column: _counted(snapshot, column, _mask(shelf, snapshot, viewer, query, without=column)) for column in FILTERS}


def _counted(snapshot: Snapshot, column: str, mask: Mask | None) -> dict[str, Any]:
    words, codes = snapshot.codes(column)
    counts = np.bincount(codes if mask is None else codes[mask], minlength=len(words))
    found = {word: int(count) for word, count in zip(words, counts, strict=True) if count}
    return dict(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))

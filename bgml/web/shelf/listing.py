"""A ranking filtered, ordered and cut into parts."""

from __future__ import annotations

import hashlib

import numpy as np
import pyarrow as pa

from bgml.web.access.viewer import Viewer
from bgml.web.problems import Problem
from bgml.web.shelf.query import FILTERS, Query, Slice
from bgml.web.shelf.scope import visible
from bgml.web.shelf.shelf import Shelf
from bgml.web.shelf.snapshot import Snapshot

SORTED = {"movement": "previous_rank"}


def listed(
    shelf: Shelf, snapshot: Snapshot, viewer: Viewer, query: Query, *, limit: int, cursor: str | None = None, counted: bool = False
) -> Slice:
    """The groups that the viewer may see and the query wants, from the cursor on.

    counted: also tell how many groups each value of a filter has. Problem 400 for a cursor of another ranking, query or viewer.
    """
    frame = snapshot.tables["ranking"].to_pandas()
    mask = visible(shelf, snapshot, viewer)
    for column, values in query.filters:
        mask &= frame[column].astype(object).where(frame[column].notna(), "").astype(str).isin(values).to_numpy()
    if query.selected is not None:
        mask &= frame["selected"].fillna(False).to_numpy(bool) == query.selected
    for word in query.text.casefold().split():
        text = frame["account_name"].fillna("") + " " + frame["account_id"].astype(str) + " " + frame["topic"].astype(str)
        mask &= text.str.casefold().str.contains(word, regex=False).to_numpy(bool)
    places = np.flatnonzero(mask)
    name = query.sort.removeprefix("-")
    if name == "movement":
        key = (frame["previous_rank"] - frame["rank"]).fillna(-(10**9)).to_numpy(float)
    elif name == "account_name":
        key = -frame["account_name"].fillna("\U0010ffff").str.casefold().rank(method="dense").to_numpy(float)
    else:
        key = (-frame["rank"] if name == "rank" else frame[name].astype(float).fillna(-1)).to_numpy(float)
    places = places[np.argsort(key[places] if query.descending else -key[places], kind="stable")]
    start, token = 0, hashlib.sha256(repr((snapshot.ranking_id, viewer.owner, query)).encode()).hexdigest()[:12]
    if cursor is not None:
        head, _, number = cursor.partition(".")
        if head != token or not number.isdecimal():
            raise Problem(400, "the cursor is not of this list: leave it out to begin anew")
        start = int(number)
    part, after = places[start : start + limit], start + limit
    counts = {}
    for column in FILTERS if counted else ():
        counts[column] = {str(value): int(n) for value, n in frame.loc[places, column].value_counts().items()}
    return Slice(tuple(map(int, part)), len(places), f"{token}.{after}" if after < len(places) else None, counts)


def etag(snapshot: Snapshot, viewer: Viewer, query: Query, limit: int, cursor: str | None) -> str:
    """A strong entity tag of the answer, quoted; of nothing but what the viewer may see, and equal in all workers."""
    told = repr((snapshot.ranking_id, viewer.owner, query, limit, cursor, pa.__version__))
    return f'"{hashlib.sha256(told.encode()).hexdigest()[:24]}"'

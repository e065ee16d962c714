"""Which groups of a ranking a viewer may see: those of the accounts that are theirs now."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from bgml.web.access.viewer import Viewer
from bgml.web.shelf.shelf import Shelf
from bgml.web.shelf.snapshot import Snapshot

Mask = npt.NDArray[np.bool_]


def visible(shelf: Shelf, snapshot: Snapshot, viewer: Viewer) -> Mask | None:
    """By position, whether the viewer may know of the group; None for somebody who sees all.

    An account is its owner's of the newest ranking that is served; one that is not in that is its owner's of this ranking.
    """
    if viewer.owner is None:
        return None
    newest, owner = shelf.newest() or snapshot, viewer.owner
    found: Mask = snapshot.masks.get(("visible", owner, newest.as_of, newest.ranking_id), lambda: _mask(snapshot, newest, owner))
    return found


def _mask(snapshot: Snapshot, newest: Snapshot, owner: str) -> Mask:
    here = _owned(snapshot, owner)
    if newest is snapshot:
        return here
    keys, now = snapshot.keys, newest.keys
    _, best = np.unique(keys.account, return_index=True)
    theirs = np.zeros(len(now.accounts), bool)
    theirs[now.account[_owned(newest, owner)]] = True
    there = now.numbers(pa.chunked_array([keys.accounts]))
    mine = np.where(there >= 0, np.append(theirs, False)[there], here[best])
    found: Mask = mine[keys.account]
    return found


def _owned(snapshot: Snapshot, owner: str) -> Mask:
    words, codes = snapshot.codes("owner")
    if not owner or owner not in words:
        return np.zeros(len(snapshot), bool)
    found: Mask = codes == words.index(owner)
    return found


def position(shelf: Shelf, snapshot: Snapshot, viewer: Viewer, account_id: str, topic: str) -> int | None:
    """Where a group stands; None for one that is not ranked and, the same, for one the viewer may not know of."""
    found, mask = snapshot.position(account_id, topic), visible(shelf, snapshot, viewer)
    return found if found is not None and (mask is None or mask[found]) else None


def of_account(shelf: Shelf, snapshot: Snapshot, viewer: Viewer, account_id: str) -> list[int]:
    """The positions of an account's groups, best first; none for an account that is not the viewer's."""
    mask = visible(shelf, snapshot, viewer)
    return [place for place in snapshot.of_account(account_id) if mask is None or mask[place]]

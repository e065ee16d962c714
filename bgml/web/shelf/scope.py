"""Which groups of a ranking a viewer may see: those of the accounts that are theirs now."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from bgml.web.access.viewer import Viewer
from bgml.web.shelf.shelf import Shelf
from bgml.web.shelf.snapshot import Snapshot


def visible(shelf: Shelf, snapshot: Snapshot, viewer: Viewer) -> npt.NDArray[np.bool_]:
    """By position, whether the viewer may know of the group.

    An account is its owner's of the newest ranking that is served; one that is not in that is its owner's of this ranking.
    """
    if viewer.sees_all:
        return np.ones(len(snapshot), bool)
    here, newest = _owners(snapshot), shelf.newest()
    now = here if newest is None or newest is snapshot else here | _owners(newest)
    accounts = snapshot.tables["ranking"].column("account_id").cast(pa.string()).to_pylist()
    return np.array([now[account] == viewer.owner for account in accounts], bool)


def _owners(snapshot: Snapshot) -> dict[str, str | None]:
    table = snapshot.tables["ranking"]
    return dict(zip(table.column("account_id").cast(pa.string()).to_pylist(), table.column("owner").to_pylist(), strict=True))


def position(shelf: Shelf, snapshot: Snapshot, viewer: Viewer, account_id: str, topic: str) -> int | None:
    """Where a group stands; None for one that is not ranked and, the same, for one the viewer may not know of."""
    found = snapshot.position(account_id, topic)
    return found if found is not None and visible(shelf, snapshot, viewer)[found] else None


def of_account(shelf: Shelf, snapshot: Snapshot, viewer: Viewer, account_id: str) -> list[int]:
    """The positions of an account's groups, best first; none for an account that is not the viewer's."""
    accounts = np.array(snapshot.tables["ranking"].column("account_id").cast(pa.string()).to_pylist(), object)
    return [int(place) for place in np.flatnonzero((accounts == account_id) & visible(shelf, snapshot, viewer))]

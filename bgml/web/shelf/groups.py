"""One group or account as a viewer may see it: its view, where it stood in former weeks, e-mails masked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from bgml.data.kept import verdict_log
from bgml.ranking.archive import store
from bgml.ranking.view.group import GroupView, Place, view
from bgml.web.access.viewer import Viewer
from bgml.web.shelf import scope
from bgml.web.shelf.shelf import Shelf
from bgml.web.shelf.snapshot import Snapshot

WEEKS_BACK = 26
READ = ["account_id", "topic", "rank", "score", "propensity", "stage", "selected", "owner", "owner_rank"]


@dataclass(frozen=True)
class Shown:
    """A group as it is shown: row (the ranking's columns, places and owner as the viewer may know them, with "chance") and its view.

    view.history and view.others hold nothing of accounts that are not the viewer's; e-mails in view.members are masked where the
    settings say so; verdicts, newest first, are those kept in `verdicts/`.
    """

    row: dict[str, Any]
    view: GroupView


def group(shelf: Shelf, snapshot: Snapshot, viewer: Viewer, account_id: str, topic: str) -> Shown | None:
    """Everything about a group; None for one that is not ranked and, the same, for one the viewer may not know of."""
    found = scope.position(shelf, snapshot, viewer, account_id, topic)
    return None if found is None else _shown(shelf, snapshot, viewer, found)


def account(shelf: Shelf, snapshot: Snapshot, viewer: Viewer, account_id: str) -> list[Shown]:
    """An account's groups, best first; none for an account that is not the viewer's."""
    return [_shown(shelf, snapshot, viewer, found) for found in scope.of_account(shelf, snapshot, viewer, account_id)]


def _shown(shelf: Shelf, snapshot: Snapshot, viewer: Viewer, position: int) -> Shown:
    rows, own = snapshot.group(position), row(snapshot, viewer, position)
    account_id, topic = str(own["account_id"]), str(own["topic"])
    others = [place for place in scope.of_account(shelf, snapshot, viewer, account_id) if place != position]
    made = view(
        rows, snapshot.as_of, snapshot.topics.required_roles(topic), snapshot.book, chance=own["chance"],
        history=_history(shelf, snapshot, viewer, account_id, topic), others=[row(snapshot, viewer, place) for place in others],
        verdicts=_verdicts(shelf, account_id, topic),
    )  # fmt: skip
    if shelf.project.settings.web.mask_email:
        members = tuple(replace(member, row={**member.row, "email": masked(member.row.get("email"))}) for member in made.members)
        made = replace(made, members=members)
    return Shown(own, replace(made, row=own))


def row(snapshot: Snapshot, viewer: Viewer, position: int) -> dict[str, Any]:
    """A group's row of the ranking as the viewer may know it.

    For somebody limited to an owner's accounts rank and previous_rank are those among the owner's groups, percentile is None and owner is
    theirs: the places of others could be told from them otherwise.
    """
    found = snapshot.row(position)
    if viewer.sees_all:
        return found
    return {**found, "rank": found["owner_rank"], "previous_rank": None, "percentile": None, "owner": viewer.owner}


def _history(shelf: Shelf, snapshot: Snapshot, viewer: Viewer, account_id: str, topic: str) -> list[Place]:
    """The group's places in the current rankings up to this one, oldest first."""
    found = []
    for day in [day for day in shelf.dates() if day <= snapshot.as_of][-WEEKS_BACK:]:
        former = store.current(shelf.project.rankings, day)
        if former is None:
            continue
        table = former.table(columns=READ)
        ids = [pc.equal(table.column(name).cast(pa.string()), value) for name, value in (("account_id", account_id), ("topic", topic))]
        mine = table.filter(pc.and_(*ids)).to_pylist()
        if not mine:
            continue
        at, groups = mine[0], len(table)
        rank = at["rank"]
        if not viewer.sees_all:
            owners = pc.fill_null(pc.equal(table.column("owner"), viewer.owner), False)
            if at["owner"] != viewer.owner:
                continue
            rank, groups = at["owner_rank"], int(pc.sum(owners).as_py())
        found.append(Place(day, rank, groups, at["score"], at["propensity"], at["stage"], bool(at["selected"])))
    return found


def _verdicts(shelf: Shelf, account_id: str, topic: str) -> list[dict[str, Any]]:
    """What sellers said of the group, the newest first."""
    rows, _ = verdict_log.read(shelf.project)
    mine = [entry for entry in rows if (entry["account_id"], entry["topic"]) == (account_id, topic)]
    return sorted(({**entry} for entry in mine), key=lambda entry: str(entry["at"]), reverse=True)


def masked(email: str | None) -> str | None:
    """An e-mail address with all but its first letter and its domain hidden.

    >>> masked("ada.byron@example.com")
    'a***@example.com'
    """
    if not email:
        return email
    name, at, domain = email.rpartition("@")
    return f"{name[:1]}***{at}{domain}"

"""One group or account as a viewer may see it: its view, where it stood in former weeks, e-mails masked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from bgml.data.kept import verdict_log
from bgml.ranking.view.group import GroupView, Place, view
from bgml.web.access.viewer import Viewer
from bgml.web.seen import scope
from bgml.web.seen.rows import rows
from bgml.web.shelf.history import History, Stood
from bgml.web.shelf.shelf import Shelf
from bgml.web.shelf.snapshot import Row, Snapshot


@dataclass(frozen=True)
class Shown:
    """A group as it is shown: row (the ranking's columns, places and owner as the viewer may know them, with "chance") and its view.

    view.history and view.others hold nothing of accounts that are not the viewer's; e-mails in view.members are masked where the
    settings say so; view.verdicts, newest first, are those kept in `verdicts/`.
    """

    row: Row
    view: GroupView


class Groups:
    """The groups of a shelf, as viewers see them."""

    def __init__(self, shelf: Shelf) -> None:
        """Nothing is read before it is asked for."""
        self.shelf, self.history = shelf, History(shelf)

    def group(self, snapshot: Snapshot, viewer: Viewer, account_id: str, topic: str) -> Shown | None:
        """Everything about a group; None for one that is not ranked and, the same, for one the viewer may not know of."""
        found = scope.position(self.shelf, snapshot, viewer, account_id, topic)
        return None if found is None else self._shown(snapshot, viewer, found)

    def account(self, snapshot: Snapshot, viewer: Viewer, account_id: str) -> list[Shown]:
        """An account's groups, best first; none for an account that is not the viewer's."""
        return [self._shown(snapshot, viewer, found) for found in scope.of_account(self.shelf, snapshot, viewer, account_id)]

    def _shown(self, snapshot: Snapshot, viewer: Viewer, position: int) -> Shown:
        stored = snapshot.group(position)
        account_id, topic = str(stored.row["account_id"]), str(stored.row["topic"])
        places = [position, *(place for place in scope.of_account(self.shelf, snapshot, viewer, account_id) if place != position)]
        own, *others = rows(snapshot, viewer, places)
        stood = self.history.of_group(account_id, topic, snapshot.as_of)
        history = [place for week in stood if (place := seen(week, viewer)) is not None]
        made = view(
            stored, snapshot.as_of, snapshot.topics.required_roles(topic), snapshot.book(stored), chance=own["chance"], history=history,
            others=others, verdicts=self.verdicts(account_id, topic),
        )  # fmt: skip
        if self.shelf.project.settings.web.mask_email:
            members = tuple(replace(member, row={**member.row, "email": masked(member.row.get("email"))}) for member in made.members)
            made = replace(made, members=members)
        return Shown(own, replace(made, row=own))

    def verdicts(self, account_id: str, topic: str) -> list[dict[str, Any]]:
        """What was said of a group, the newest first: as_of, at, by, verdict, reason."""
        kept, _ = verdict_log.read(self.shelf.project)
        mine = [dict(entry) for entry in kept if (entry["account_id"], entry["topic"]) == (account_id, topic)]
        return sorted(mine, key=lambda entry: str(entry["at"]), reverse=True)


def seen(week: Stood, viewer: Viewer) -> Place | None:
    """Where a group stood, as the viewer may know it: for somebody limited, among their own groups, and only while they had it."""
    if viewer.sees_all:
        return week.place
    if week.owner != viewer.owner or week.owner_rank is None:
        return None
    return replace(week.place, rank=week.owner_rank, groups=week.owner_groups)


def masked(email: str | None) -> str | None:
    """An e-mail address with all but its first letter and its domain hidden.

    >>> masked("ada.byron@example.com")
    'a***@example.com'
    """
    if not email:
        return email
    name, at, domain = email.rpartition("@")
    return f"{name[:1]}***{at}{domain}"

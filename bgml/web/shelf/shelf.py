"""The rankings of a project as they are served: the newest at hand, the others on demand, the last good one when a new one is damaged."""

from __future__ import annotations

import threading
from datetime import date

from bgml.data.topics import load_topics
from bgml.errors import BgmlError
from bgml.project import Project
from bgml.ranking.archive import people, store
from bgml.web.problems import Problem
from bgml.web.shelf.snapshot import Snapshot

TABLES = ("ranking", "members", "timeline", "touches")
KEPT = 4
"""How many rankings are kept in memory."""


class Shelf:
    """The rankings at hand. Any number of threads may read; a request uses one snapshot from its beginning to its end."""

    def __init__(self, project: Project) -> None:
        """Nothing is read before the first `poll`."""
        self.project = project
        self.trouble = ""
        """What keeps the newest ranking from being served; empty where nothing does."""
        self._at_hand: dict[tuple[date, str], Snapshot] = {}
        self._newest: Snapshot | None = None
        self._lock = threading.Lock()

    def dates(self) -> list[date]:
        """The dates that have a current ranking, oldest first."""
        return store.dates(self.project.rankings)

    def newest(self) -> Snapshot | None:
        """The ranking of the newest date, or the last good one; None before there is any."""
        return self._newest

    def poll(self) -> None:
        """Look for a new ranking and take it up once it is read whole and verified."""
        try:
            stored = store.latest(self.project.rankings)
            self._newest, self.trouble = (None if stored is None else self._read(stored)), ""
        except BgmlError as error:
            self.trouble = str(error)

    def snapshot(self, as_of: date | None = None) -> Snapshot:
        """The current ranking of a date, by default the newest.

        Problem 404 for a date without one, 503 where there is no ranking yet or the one of the date is damaged.
        """
        if as_of is None or (self._newest is not None and as_of == self._newest.as_of):
            if self._newest is None:
                raise Problem(503, "there is no ranking yet: run `bgml score`, it appears here by itself", {"Retry-After": "60"})
            return self._newest
        try:
            stored = store.current(self.project.rankings, as_of)
            if stored is None:
                raise Problem(404, f"there is no ranking of {as_of}; /v1/rankings lists those there are")
            return self._read(stored)
        except BgmlError:
            raise Problem(503, f"the ranking of {as_of} cannot be read: score that date again") from None

    def _read(self, stored: store.Stored) -> Snapshot:
        with self._lock:
            key = (stored.as_of, stored.ranking_id)
            if key not in self._at_hand:
                tables = {name: stored.table(name) for name in TABLES}
                book = people.read(self.project.rankings)
                self._at_hand[key] = Snapshot(stored, stored.manifest(), tables, book, load_topics(self.project.topics_file))
                while len(self._at_hand) > KEPT:
                    self._at_hand.pop(next(iter(self._at_hand)))
            return self._at_hand[key]

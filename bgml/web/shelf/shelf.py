"""The rankings of a project as they are served: the newest at hand, others on demand, the last good one while a newer is damaged."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from bgml.data.topics import load_topics
from bgml.errors import BgmlError, RankingError
from bgml.project import Project
from bgml.ranking.archive import people, store
from bgml.web.problems import Problem
from bgml.web.shelf.names import Names
from bgml.web.shelf.recent import Recent
from bgml.web.shelf.snapshot import Snapshot
from bgml.web.shelf.verified import stamp

GIVE_BACK_SECONDS = 5.0
FORMER_SECONDS = 300.0
LOOK_SECONDS = 1.0
"""How long a former ranking is served before its files are looked at again."""
OLDER = 1
"""How many rankings beside the newest are kept in memory."""
FORMER_TRIED = 5
"""How many dates a service that starts goes back to find a ranking that can be read."""
log = logging.getLogger("bgml.web")
State = tuple[Any, ...]
"""What a snapshot depends on: it is read again when this changes."""


class Shelf:
    """The rankings at hand. Any number of threads may read; a request uses one snapshot from its beginning to its end."""

    def __init__(self, project: Project) -> None:
        """Nothing is read before the first `poll`."""
        # Arrow's own pool keeps about 80 MB that it no longer uses; the system's is given back.
        pa.set_memory_pool(pa.system_memory_pool())
        self.project = project
        self.trouble = ""
        """What keeps the newest ranking from being served, for operators; empty where nothing does."""
        self.failures = 0
        """How often looking for a new ranking has failed."""
        self._newest: Snapshot | None = None
        self._state: State = ()
        self._older: Recent[State, Snapshot] = Recent(OLDER)
        self._looked: tuple[date, float, Snapshot] | None = None
        """The former ranking that was looked at last, and until when nobody looks whether it has changed."""
        self._reading = threading.Lock()
        self._gave_back = self._looked_back = time.monotonic()

    def dates(self) -> list[date]:
        """The dates that have a current ranking, oldest first."""
        return store.dates(self.project.rankings)

    def newest(self) -> Snapshot | None:
        """The ranking of the newest date, or the last good one; None before there is any."""
        return self._newest

    def begin(self) -> None:
        """Read the newest ranking and make it ready in a thread of its own; `poll` waits until it is read."""

        def first() -> None:
            self.poll()
            if self._newest is not None:
                self._newest.warm()

        threading.Thread(target=first, daemon=True, name="first ranking").start()

    def poll(self) -> None:
        """Look for a new ranking and take it up once it is read whole and verified. Costs little where nothing has changed."""
        with self._reading:
            self._give_back()
            try:
                self._look()
                self.trouble = ""
            except Exception as error:
                # Whatever is in a ranking: the last good one is served on, and the next look may find a better.
                self.failures += 1
                if not isinstance(error, BgmlError) and not self.trouble:
                    log.exception("a ranking could not be taken up")
                self.trouble = str(error) or type(error).__name__
                if self._newest is None:
                    self._newest, self._state = self._readable(), ()

    def _give_back(self) -> None:
        """Let the system have the memory that reading groups took, now and then, and that of a former ranking nobody looks at any more."""
        if time.monotonic() > self._gave_back + GIVE_BACK_SECONDS:
            if time.monotonic() > self._looked_back + FORMER_SECONDS:
                self._forget()
            pa.default_memory_pool().release_unused()
            self._gave_back = time.monotonic()

    def _look(self) -> None:
        stored = store.latest(self.project.rankings)
        if stored is None or (self._newest is not None and stored.as_of < self._newest.as_of):
            if self._newest is not None:
                raise RankingError(f"the ranking of {self._newest.as_of}, which is served, is no longer in {self.project.rankings}")
            return
        state = self._state_of(stored)
        if state != self._state:
            found = self._read(stored)
            if self._newest is not None:
                # Nobody waits: the former one is served until this one answers as quickly.
                found.warm()
            self._newest, self._state = found, state

    def _readable(self) -> Snapshot | None:
        """The newest ranking that can be read, for a service that starts while a newer one is damaged."""
        for day in reversed(self.dates()[-FORMER_TRIED:]):
            with contextlib.suppress(BgmlError):
                if (stored := store.current(self.project.rankings, day)) is not None:
                    return self._read(stored)
        return None

    def snapshot(self, as_of: date | None = None) -> Snapshot:
        """The current ranking of a date, by default the newest.

        Problem 404 for a date without one, 503 where there is no ranking yet or the one of the date is damaged.
        """
        newest = self._newest
        if newest is not None and as_of in (None, newest.as_of):
            return newest
        if as_of is None and self.trouble:
            raise Problem(503, "no ranking can be read at the moment; the service's log says why", {"Retry-After": "60"})
        if as_of is None:
            raise Problem(503, "there is no ranking yet; it appears here as soon as `bgml score` has made one", {"Retry-After": "60"})
        now = self._looked_back = time.monotonic()
        if (looked := self._looked) is not None and looked[0] == as_of and now < looked[1]:
            return looked[2]
        try:
            stored = store.current(self.project.rankings, as_of)
            if stored is not None:
                found = self._older.get(self._state_of(stored), lambda: self._read(stored))
                self._looked = as_of, time.monotonic() + LOOK_SECONDS, found
                return found
        except BgmlError:
            raise Problem(503, f"the ranking of {as_of} cannot be read at the moment") from None
        raise Problem(404, f"there is no ranking of {as_of}; /v1/rankings lists those there are")

    def _read(self, stored: store.Stored) -> Snapshot:
        self._forget()  # Two large ones at a time, not three.
        return Snapshot(stored, Names(self.project.rankings / people.FILE), load_topics(self.project.topics_file))

    def _forget(self) -> None:
        self._looked = None
        self._older.clear()

    def _state_of(self, stored: store.Stored) -> State:
        files = [*sorted(stored.folder.glob("*.parquet")), self.project.rankings / people.FILE, self.project.topics_file]
        return (stored.as_of, stored.ranking_id, *map(_stamp, files))


def _stamp(path: Path) -> tuple[int, int, int] | None:
    with contextlib.suppress(OSError):
        return stamp(path)
    return None

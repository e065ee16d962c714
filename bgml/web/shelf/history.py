"""Where the groups of an account stood in former weeks."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from bgml.errors import BgmlError
from bgml.ranking.archive import store
from bgml.ranking.view.group import Place
from bgml.web.shelf.keys import coded
from bgml.web.shelf.recent import Recent
from bgml.web.shelf.shelf import Shelf
from bgml.web.shelf.snapshot import Row
from bgml.web.shelf.verified import Verified

WEEKS_BACK = 26
SHOWN = ["account_id", "rank", "score", "propensity", "stage", "selected", "owner", "owner_rank"]
GROUPS_REMEMBERED = 1024
OPEN = 32
"""Files of rankings that are kept open."""


@dataclass(frozen=True)
class Stood:
    """Where a group stood in a ranking: among all groups, and among those of the owner its account had then."""

    place: Place
    owner: str | None
    owner_rank: int | None
    owner_groups: int


@dataclass(frozen=True)
class Former:
    """A ranking that is only looked into: whose row is where is kept in four to six bytes a group, the rest is read when asked for."""

    stored: store.Stored
    file: Verified
    accounts: npt.NDArray[np.uint32]
    """By position, a hash of the account's id."""
    topics: npt.NDArray[np.integer[Any]]
    """By position, the topic's place in `named`."""
    named: tuple[str, ...]
    owned: Mapping[str | None, int]

    @classmethod
    def read(cls, stored: store.Stored) -> Former:
        """Open it; RankingError where it is damaged."""
        file = Verified(stored, "ranking", stored.manifest()["files"])
        keys = file.coded(["account_id", "topic", "owner"])
        accounts, topics = coded(keys.column("account_id")), coded(keys.column("topic"))
        named = tuple(str(topic) for topic in topics.dictionary.to_pylist())
        hashes = np.fromiter(map(_hash, map(str, accounts.dictionary.to_pylist())), np.uint32, len(accounts.dictionary))
        counts = pc.value_counts(keys.column("owner").cast(pa.string())).to_pylist()
        return cls(
            stored, file, hashes[accounts.indices.to_numpy()], topics.indices.to_numpy().astype(np.min_scalar_type(len(named))), named,
            {count["values"]: count["counts"] for count in counts},
        )  # fmt: skip

    def of_group(self, account_id: str, topic: str) -> Stood | None:
        """Where a group stood; None where it was not ranked."""
        if topic not in self.named:
            return None
        rows = np.flatnonzero((self.accounts == _hash(account_id)) & (self.topics == self.named.index(topic)))
        found = self.file.rows(rows.astype(np.int64), SHOWN).to_pylist() if len(rows) else []
        return next((self._stood(row) for row in found if str(row["account_id"]) == account_id), None)

    def _stood(self, row: Row) -> Stood:
        kept = {name: row[name] for name in ("rank", "score", "propensity", "stage")}
        place = Place(as_of=self.stored.as_of, groups=len(self.accounts), selected=bool(row["selected"]), **kept)
        return Stood(place, row["owner"], row["owner_rank"], self.owned.get(row["owner"], 0))


def _hash(account_id: str) -> int:
    """32 bits that nobody can aim at: Python seeds them anew in every process."""
    return hash(account_id) & 0xFFFFFFFF


class History:
    """The former rankings of a shelf."""

    def __init__(self, shelf: Shelf) -> None:
        """Nothing is read before it is asked for."""
        self.shelf = shelf
        self._files: Recent[tuple[date, str], Former] = Recent(OPEN)
        self._groups: Recent[tuple[str, str, tuple[tuple[date, str], ...]], tuple[Stood, ...]] = Recent(GROUPS_REMEMBERED)

    def of_group(self, account_id: str, topic: str, until: date) -> list[Stood]:
        """Where a group stood in the current rankings of the last WEEKS_BACK dates up to one, oldest first; damaged ones are left out."""
        formers = self._formers(until)
        key = account_id, topic, tuple((former.stored.as_of, former.stored.ranking_id) for former in formers)
        return list(self._groups.get(key, lambda: tuple(_weeks(formers, account_id, topic))))

    def warm(self, until: date) -> None:
        """Open the former rankings, which the first group that is looked at would wait for."""
        self._formers(until)
        pa.default_memory_pool().release_unused()

    def _formers(self, until: date) -> list[Former]:
        rankings, found = self.shelf.project.rankings, []
        for day in [day for day in self.shelf.dates() if day <= until][-WEEKS_BACK:]:
            try:
                if (stored := store.current(rankings, day)) is not None:
                    found.append(self._files.get((day, stored.ranking_id), partial(Former.read, stored)))
            except BgmlError:
                continue
        return found


def _weeks(formers: list[Former], account_id: str, topic: str) -> Iterator[Stood]:
    for former in formers:
        with contextlib.suppress(BgmlError):
            if (stood := former.of_group(account_id, topic)) is not None:
                yield stood

"""Where the groups of an account stood in former weeks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc

from bgml.errors import BgmlError
from bgml.ranking.archive import store
from bgml.ranking.view.group import Place
from bgml.web.shelf.recent import Recent
from bgml.web.shelf.shelf import Shelf
from bgml.web.shelf.snapshot import Row
from bgml.web.shelf.verified import Verified

WEEKS_BACK = 26
SHOWN = ["account_id", "topic", "rank", "score", "propensity", "stage", "selected", "owner", "owner_rank"]
ACCOUNTS_REMEMBERED = 512
OPEN = 60
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
    """A ranking that is only looked into."""

    stored: store.Stored
    file: Verified
    accounts: pa.Array
    owned: Mapping[str | None, int]

    @classmethod
    def read(cls, stored: store.Stored) -> Former:
        """Open it; RankingError where it is damaged."""
        file = Verified(stored, "ranking", stored.manifest()["files"])
        keys = file.plain(["account_id", "owner"])
        counts = pc.value_counts(keys.column("owner")).to_pylist()
        return cls(stored, file, keys.column("account_id").combine_chunks(), {count["values"]: count["counts"] for count in counts})

    def of_account(self, account_id: str) -> dict[str, Stood]:
        """Where the groups of an account stood, by topic."""
        asked = pa.scalar(account_id).cast(self.accounts.type) if _fits(account_id, self.accounts.type) else None
        if asked is None:
            return {}
        rows = pc.indices_nonzero(pc.equal(self.accounts, asked)).to_numpy().astype("int64")
        found = self.file.rows(rows, SHOWN).to_pylist() if len(rows) else []
        return {str(row["topic"]): self._stood(row) for row in found}

    def _stood(self, row: Row) -> Stood:
        kept = {name: row[name] for name in ("rank", "score", "propensity", "stage")}
        place = Place(as_of=self.stored.as_of, groups=len(self.accounts), selected=bool(row["selected"]), **kept)
        return Stood(place, row["owner"], row["owner_rank"], self.owned.get(row["owner"], 0))


def _fits(account_id: str, kind: pa.DataType) -> bool:
    return not pa.types.is_integer(kind) or account_id.removeprefix("-").isdecimal() and len(account_id) < 19


class History:
    """The former rankings of a shelf."""

    def __init__(self, shelf: Shelf) -> None:
        """Nothing is read before it is asked for."""
        self.shelf = shelf
        self._files: Recent[tuple[date, str], Former] = Recent(OPEN)
        self._accounts: Recent[tuple[str, tuple[tuple[date, str], ...]], list[dict[str, Stood]]] = Recent(ACCOUNTS_REMEMBERED)

    def of_group(self, account_id: str, topic: str, until: date) -> list[Stood]:
        """Where a group stood in the current rankings of the last WEEKS_BACK dates up to one, oldest first; damaged ones are left out."""
        formers = self._formers(until)
        key = account_id, tuple((former.stored.as_of, former.stored.ranking_id) for former in formers)
        weeks = self._accounts.get(key, lambda: [former.of_account(account_id) for former in formers])
        return [week[topic] for week in weeks if topic in week]

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

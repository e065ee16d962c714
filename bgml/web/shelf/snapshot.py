"""One ranking as it is served: verified, its rows in memory, members and weeks read when a group is looked at."""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Sequence
from datetime import date
from functools import cached_property, partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from bgml.data.topics import Topics
from bgml.errors import BgmlError
from bgml.ranking.archive.people import Book
from bgml.ranking.archive.store import Stored
from bgml.ranking.chances import chances
from bgml.ranking.columns import COLUMNS
from bgml.ranking.view.group import Rows
from bgml.web.shelf.before import former, owner_ranks
from bgml.web.shelf.keys import Keys, Numbers, Places, coded
from bgml.web.shelf.names import Names
from bgml.web.shelf.recent import Recent
from bgml.web.shelf.steps import Steps
from bgml.web.shelf.text import Text
from bgml.web.shelf.verified import Verified, rows_by

Row = dict[str, Any]
WORDS = ["topic", "band", "trend", "stage", "segment", "region", "route", "selected_by", "owner", "model", "ranking_id", "mlflow_run"]
"""Columns of few distinct values, kept as codes."""
CODED = [*WORDS, "account_id", "account_name"]
NAMED = re.compile(r"\[([^\[\]]+)\]")
"""How reasons and steps name a person: by the id in brackets."""
GROUPS_REMEMBERED = 256
MASKS_REMEMBERED = 16 * 2**20
ANSWERS_REMEMBERED = 12 * 2**20
"""In bytes."""


class Snapshot:
    """A ranking and what is joined on reading. A group is known by its position: 0 is the best."""

    def __init__(self, stored: Stored, names: Names, topics: Topics) -> None:
        """RankingError where a file of the ranking is missing or damaged."""
        self.stored, self.names, self.topics = stored, names, topics
        self.manifest = stored.manifest()
        sums = self.manifest["files"]
        held = {name: Verified(stored, name, sums) for name in ("ranking", "members", "timeline", "touches") if f"{name}.parquet" in sums}
        self._parts = {name: file for name, file in held.items() if name != "ranking"}
        self.table = pa.table({name: _column(held["ranking"], name) for name in COLUMNS})
        self.ready = False
        """Whether nothing is left to be made for all groups: what is asked for takes milliseconds then."""
        self.masks: Recent[Any, Any] = Recent(MASKS_REMEMBERED, lambda key, mask: int(mask.nbytes) + _held(key))
        """Which groups viewers may see, which a query wants and in which order: arrays by whatever tells them apart."""
        self.answers: Recent[Any, tuple[str, bytes]] = Recent(ANSWERS_REMEMBERED, lambda key, answer: len(answer[1]) + _held(key))
        """Answers as they were sent, each with its entity tag, by whatever tells them apart."""
        self._groups: Recent[int, Rows] = Recent(GROUPS_REMEMBERED)
        self._indexes: dict[str, tuple[Numbers, Places]] = {}
        self._making = threading.RLock()
        """Held while something is made for all groups: made by two at once it would take twice the memory, and longer."""
        self.steps = Steps(self.table, self._parts.get("members"), partial(self._index, "members"), names)

    def warm(self) -> None:
        """Make now what the first requests would wait for, and give back the memory that making it took.

        What is damaged meanwhile is told when it is asked for.
        """
        self.steps.make()  # What every list shows.
        _ = self.before
        with self._making:
            _ = self.text, self.keys.by_account, self.selected
        with contextlib.suppress(BgmlError):
            for name in self._parts if self.holds_members else ():
                self._index(name)
        pa.default_memory_pool().release_unused()
        self.ready = True

    @property
    def as_of(self) -> date:
        """The date of the ranking."""
        return self.stored.as_of

    @property
    def ranking_id(self) -> str:
        """The fingerprint of what it was made from."""
        return self.stored.ranking_id

    def __len__(self) -> int:
        """How many groups it ranks."""
        return len(self.table)

    @property
    def holds_members(self) -> bool:
        """Whether the ranking holds who is in its groups; those of older versions do not."""
        return "members" in self._parts

    def codes(self, column: str) -> tuple[list[str], npt.NDArray[np.int32]]:
        """The distinct values of one of WORDS as text, and each group's place among them; a missing value is ""."""
        values = coded(self.table.column(column))
        words = [str(value) for value in values.dictionary.to_pylist()]
        codes = values.indices.fill_null(-1).to_numpy().astype(np.int32)
        if "" not in words:
            words.append("")
        codes[codes < 0] = words.index("")
        return words, codes

    @cached_property
    def selected(self) -> npt.NDArray[np.bool_]:
        """By position, whether the group is to be worked this week."""
        found: npt.NDArray[np.bool_] = self.table.column("selected").fill_null(False).combine_chunks().to_numpy(zero_copy_only=False)
        return found

    @cached_property
    def text(self) -> Text:
        """What is searched: name and id of the account and the topic."""
        return Text([self.table.column(name) for name in ("account_name", "account_id", "topic")])

    @cached_property
    def keys(self) -> Keys:
        """Which group an account and a topic name."""
        return Keys(self.table.column("account_id"), self.table.column("topic"))

    @property
    def before(self) -> Numbers:
        """By position, the rank among its owner's groups in the ranking before; 0 where it was not ranked, another's or cannot be read."""
        try:
            with self._making:
                return self._before
        except BgmlError:
            return np.zeros(len(self), np.int32)

    @cached_property
    def _before(self) -> Numbers:
        before = former(self.stored, self.manifest)
        found = np.zeros(len(self), np.int32) if before is None else owner_ranks(before, self.keys, self.table.column("owner"))
        pa.default_memory_pool().release_unused()
        return found

    def of_account(self, account_id: str) -> list[int]:
        """The positions of an account's groups, best first."""
        return self.keys.of_account(account_id)

    def position(self, account_id: str, topic: str) -> int | None:
        """Where a group stands; None for one that is not ranked."""
        return self.keys.position(account_id, topic)

    def rows(self, positions: Sequence[int]) -> list[Row]:
        """Rows of the ranking, each with its chance in words ("chance") and people by their names; ids as they are stored."""
        some = self.table.take(pa.array(positions, pa.int64()))
        said = chances(some, self.manifest)
        rows = [{**row, "chance": chance} for row, chance in zip(some.to_pylist(), said, strict=True)]
        for position, row, (person, name) in zip(positions, rows, self.steps.of(positions), strict=True):
            if name is not None:
                row["next_step"] = row["next_step"].replace(f"[{person}]", name)
            row["reasons"] = self._told(position, row["reasons"] or [])
        return rows

    def _told(self, position: int, texts: Sequence[str]) -> list[str]:
        """Texts with the names of the group's members in place of their ids."""
        ids = {found for text in texts for found in NAMED.findall(text)}
        if not ids or not self.holds_members:
            return list(texts)
        members = [member for member in self.group(position).members["person_id"] if str(member) in ids]
        book = self.names.book(members)
        return [book.told(text, members) for text in texts]

    def group(self, position: int) -> Rows:
        """A group's row, members, timeline and touches, as they are stored."""
        return self._groups.get(position, lambda: self._read(position))

    def book(self, rows: Rows) -> Book:
        """What is known of the people in a group's rows."""
        return self.names.book([*rows.members["person_id"].dropna(), *rows.touches["person_id"].dropna()])

    def _read(self, position: int) -> Rows:
        row = self.table.slice(position, 1).to_pylist()[0]
        members, timeline = (_frame(self._part(name, position)) for name in ("members", "timeline"))
        touches = _frame(self._part("touches", position))
        about = touches[touches["topic"].isna() | (touches["topic"] == row["topic"])]
        return Rows(row, members, timeline, about)

    def _part(self, name: str, position: int) -> pa.Table:
        order, starts = self._index(name)
        key = int(self.keys.account[position]) if name == "touches" else position
        return self._parts[name].rows(np.sort(order[starts[key] : starts[key + 1]]).astype(np.int64))

    def _index(self, name: str) -> tuple[Numbers, Places]:
        """Which rows of a table belong to each group, or of the touches to each account."""
        with self._making:
            if name not in self._indexes:
                self._indexes[name] = self._made_index(name)
                pa.default_memory_pool().release_unused()
            return self._indexes[name]

    def _made_index(self, name: str) -> tuple[Numbers, Places]:
        if name == "touches":
            found = [self.keys.numbers(rows.column(0)) for rows in self._parts[name].pieces(["account_id"])]
            return rows_by(_joined(found), len(self.keys.accounts))
        pieces = self._parts[name].pieces(["account_id", "topic"])
        return rows_by(_joined([self.keys.places(rows.column(0), rows.column(1)) for rows in pieces]), len(self))


def _joined(parts: list[Numbers]) -> Numbers:
    return np.concatenate([np.zeros(0, np.int32), *parts])


def _held(key: object) -> int:
    """About how many bytes an entry takes beside its value; an empty list is one, too."""
    return 500 + len(repr(key))


def _column(file: Verified, name: str) -> pa.Array:
    """A column of the ranking in one piece; what reading it took is given back before the next is read."""
    read = (file.coded([name]) if name in CODED else file.plain([name])).column(0)
    column = coded(read) if name in CODED else read.combine_chunks()
    pa.default_memory_pool().release_unused()
    return column


def _frame(table: pa.Table) -> pd.DataFrame:
    """Rows as a frame, no id and no role being None."""
    rows: pd.DataFrame = table.to_pandas(date_as_object=True, integer_object_nulls=True)
    for name in ("person_id", "visitor_id", "role", "topic"):
        if name in rows:
            rows[name] = rows[name].astype("object").where(rows[name].notna(), None)
    return rows

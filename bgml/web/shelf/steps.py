"""Whom the next steps of a ranking's groups name, and by which name they are shown: that of a member of the group, of nobody else."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from bgml.errors import RankingError
from bgml.web.shelf.keys import Numbers, Places, coded
from bgml.web.shelf.names import Names
from bgml.web.shelf.verified import Verified

FEW = 200
"""Of so many groups it is looked up whom they name; of more, it is made for all."""
Key = tuple[str, str, str]
"""Account, topic and person, as text."""
Named = tuple[str | None, str | None]
"""Whom a next step names by id, and the name; None where it names nobody of the group."""


class Steps:
    """The next steps of all groups. Any number of threads may use it."""

    def __init__(self, ranking: pa.Table, members: Verified | None, index: Callable[[], tuple[Numbers, Places]], names: Names) -> None:
        """members: None where the ranking does not hold them; index: which rows of them belong to each group."""
        self.ranking, self.members, self.index, self.names = ranking, members, index, names
        self._made: tuple[pa.Array, pa.Array] | None = None
        self._making = threading.Lock()

    def of(self, positions: Sequence[int]) -> list[Named]:
        """Whom the next step of each group names.

        Where the members are damaged it is nobody: the list is shown without names then, the group's own page says what is wrong.
        """
        if self._made is None and len(positions) <= FEW:
            return self._looked_up(positions)
        self.make()
        assert self._made is not None
        ids, names = (values.take(pa.array(positions, pa.int64())).to_pylist() for values in self._made)
        return list(zip(ids, names, strict=True))

    def make(self) -> None:
        """Make it for all groups; from then on it takes no reading."""
        with self._making:
            if self._made is None:
                ids = _mentioned(self.ranking.column("next_step"))
                ids = pc.if_else(pa.array(self._are_members(ids)), ids, None)
                self._made = ids, self.names.of(ids)
        pa.default_memory_pool().release_unused()

    def _are_members(self, ids: pa.Array) -> npt.NDArray[np.bool_]:
        """By position, whether the person of an id is a member of the group."""
        found, first = np.zeros(len(ids), bool), 0
        if self.members is None:
            return found
        try:
            order, starts = self.index()
            group = np.empty(len(order), np.int32)
            group[order] = np.repeat(np.arange(len(ids)), np.diff(starts))
            for piece in self.members.pieces(["person_id"]):
                people = _plain(piece.column(0))
                own = group[first : first + len(people)]
                asked = ids.take(pa.array(own))
                same = pc.equal(people, _integers(asked) if pa.types.is_integer(people.type) else asked)
                found[own[same.fill_null(False).to_numpy(zero_copy_only=False)]] = True
                first += len(people)
        except RankingError:
            return np.zeros(len(ids), bool)
        return found

    def _looked_up(self, positions: Sequence[int]) -> list[Named]:
        some = self.ranking.select(["account_id", "topic", "next_step"]).take(pa.array(positions, pa.int64()))
        ids = _mentioned(some.column("next_step")).to_pylist()
        told = zip(_texts(some.column("account_id")), _texts(some.column("topic")), ids, strict=True)
        keys = [(account, topic, person) if person is not None else None for account, topic, person in told]
        there = self._members_among({key for key in keys if key is not None})
        book = self.names.book([person for _, _, person in there])
        return [(key[2], book.about(key[2])["name"]) if key in there else (None, None) for key in keys]

    def _members_among(self, wanted: set[Key]) -> set[Key]:
        """Those of some people who are members of their group."""
        found = set[Key]()
        if not wanted or self.members is None:
            return found
        accounts = pa.array(list({account for account, _, _ in wanted}), pa.string())
        try:
            for piece in self.members.pieces(["account_id", "topic", "person_id"]):
                codes = coded(piece.column(0))
                asked = pc.is_in(codes.dictionary.cast(pa.string()), value_set=accounts).to_numpy(zero_copy_only=False)
                rows = piece.take(pa.array(np.flatnonzero(asked[codes.indices.to_numpy()])))
                found |= wanted & set(zip(*(_texts(column) for column in rows.columns), strict=True))
        except RankingError:
            return set()
        return found


def _mentioned(steps: pa.ChunkedArray) -> pa.Array:
    """The id of whom each next step names in brackets, null where it names nobody."""
    return pc.struct_field(pc.extract_regex(steps.combine_chunks(), r"\[(?P<who>[^\[\]]+)\]"), "who")


def _texts(column: pa.ChunkedArray) -> list[str]:
    return [str(value) for value in column.to_pylist()]


def _plain(column: pa.ChunkedArray) -> pa.Array:
    return (pc.dictionary_decode(column) if pa.types.is_dictionary(column.type) else column).combine_chunks()


def _integers(texts: pa.Array) -> pa.Array:
    """Whole numbers from their texts, null for other texts."""
    return pc.cast(pc.if_else(pc.match_substring_regex(texts, r"^-?[0-9]{1,18}$"), texts, None), pa.int64())

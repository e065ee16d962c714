"""Which group an account and a topic name."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from bgml.web.shelf.verified import rows_by

Numbers = npt.NDArray[np.int32]
Places = npt.NDArray[np.int64]


class Keys:
    """The accounts and topics of a ranking's groups, by position. An account's number is its place among the distinct ones."""

    def __init__(self, accounts: pa.ChunkedArray, topics: pa.ChunkedArray) -> None:
        """Both as ids of either kind, coded or plain."""
        self._accounts, self._topics = coded(accounts), coded(topics)
        self.account: Numbers = self._accounts.indices.to_numpy()
        """By position, the number of the group's account."""

    @cached_property
    def accounts(self) -> pa.Array:
        """The id of every account as text, by its number."""
        return self._accounts.dictionary.cast(pa.string())

    @cached_property
    def by_account(self) -> tuple[Numbers, Places]:
        """The positions of all groups in order of their accounts' numbers, and where each account's begin."""
        return rows_by(self.account, len(self.accounts))

    def of_account(self, account_id: str) -> list[int]:
        """The positions of an account's groups, best first; none for an account that is not there."""
        try:
            number = pc.index(self.accounts, pa.scalar(account_id)).as_py()
        except UnicodeEncodeError:
            return []
        order, starts = self.by_account
        return [] if number < 0 else [int(place) for place in order[starts[number] : starts[number + 1]]]

    def position(self, account_id: str, topic: str) -> int | None:
        """Where a group stands; None for one that is not ranked."""
        return next((place for place in self.of_account(account_id) if str(self._topics[place].as_py()) == topic), None)

    def numbers(self, accounts: pa.ChunkedArray) -> Numbers:
        """The number of each account; -1 for one that is not there."""
        return places_among(accounts, self._accounts.dictionary)

    def places(self, accounts: pa.ChunkedArray, topics: pa.ChunkedArray) -> Numbers:
        """The position of each group; -1 for one that is not ranked."""
        own, order = self._sorted
        if not len(own):
            return np.full(len(accounts), -1, np.int32)
        number, topic = self.numbers(accounts), places_among(topics, self._topics.dictionary)
        asked = number.astype(np.int64) * len(self._topics.dictionary) + topic
        at = np.minimum(np.searchsorted(own, asked), len(own) - 1)
        there = (own[at] == asked) & (number >= 0) & (topic >= 0)
        return np.where(there, order[at], np.int32(-1))

    @cached_property
    def _sorted(self) -> tuple[Places, Numbers]:
        """Account and topic of every group as one number, the least first, and where each stands."""
        own = self.account.astype(np.int64) * len(self._topics.dictionary) + self._topics.indices.to_numpy()
        order = np.argsort(own, kind="stable").astype(np.int32)
        return own[order], order


def coded(column: pa.ChunkedArray) -> pa.DictionaryArray:
    """A column in one piece, as codes of its distinct values."""
    values = column.chunk(0) if column.num_chunks == 1 else column.unify_dictionaries().combine_chunks()
    return values if pa.types.is_dictionary(values.type) else pc.dictionary_encode(values)


def places_among(column: pa.ChunkedArray, among: pa.Array) -> Numbers:
    """The place of each value among others; -1 for one that is not there, and for none."""
    if not len(column):
        return np.zeros(0, np.int32)
    if pa.types.is_dictionary(column.type):
        codes = coded(column)
        place = np.append(places_among(pa.chunked_array([codes.dictionary]), among), np.int32(-1))
        found: Numbers = place[codes.indices.fill_null(len(place) - 1).to_numpy()]
        return found
    if not column.type.equals(among.type):
        column, among = column.cast(pa.string()), among.cast(pa.string())
    place = pc.fill_null(pc.index_in(column, value_set=among, skip_nulls=True), -1).combine_chunks()
    plain: Numbers = place.to_numpy(zero_copy_only=False).astype(np.int32)
    return plain

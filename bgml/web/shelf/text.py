"""Texts of many rows, searched at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

FEW = 5_000
"""So many places of a word are found one by one, quicker than by looking at every row."""
APART = "\n"


class Text:
    """The values of some columns of each row, in lower case, as one text with a line per value."""

    def __init__(self, columns: Sequence[pa.ChunkedArray]) -> None:
        """columns: of any kind; a missing value is empty."""
        parts = [pc.replace_substring(pc.fill_null(_texts(column), ""), APART, " ") for column in columns]
        rows = pc.utf8_lower(pc.binary_join_element_wise(*parts, "", APART))
        self._rows = rows.combine_chunks() if isinstance(rows, pa.ChunkedArray) else rows
        offsets, data = self._rows.buffers()[1:3]
        self._starts = np.frombuffer(offsets, np.int32)[: len(self._rows) + 1]
        self._blob = b"" if data is None else data.to_pybytes()

    def holding(self, word: str) -> npt.NDArray[np.bool_]:
        """Which rows hold a word within one of their values. Upper and lower case are the same.

        >>> Text([pa.chunked_array([["Alder Works", "Birch"]])]).holding("works").tolist()
        [True, False]
        """
        found = np.zeros(len(self._rows), bool)
        text = str(pc.utf8_lower(word.encode("utf-8", "replace").decode()))
        wanted = text.encode()
        if not wanted:
            return ~found
        at, places = self._blob.find(wanted), list[int]()
        while at >= 0 and len(places) < FEW:
            places.append(at)
            at = self._blob.find(wanted, at + 1)
        if at >= 0:
            every: npt.NDArray[np.bool_] = pc.match_substring(self._rows, text).to_numpy(zero_copy_only=False)
            return every
        found[np.searchsorted(self._starts, np.array(places, np.int64), side="right") - 1] = True
        return found


def _texts(column: pa.ChunkedArray) -> pa.ChunkedArray:
    plain = pc.dictionary_decode(column) if pa.types.is_dictionary(column.type) else column
    return plain.cast(pa.string())

"""A file of a ranking, verified once and then read in parts."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from bgml.errors import RankingError
from bgml.ranking.archive.store import Stored

PIECE = 1 << 20
PIECE_ROWS = 1 << 19
"""Rows read at a time where a table is gone through; looking up ids costs as much as there are groups for every piece."""
SETTLED_NS = 2 * 10**9
Rows = npt.NDArray[np.int64]
Stamp = tuple[int, int, int]


class Verified:
    """One table of a stored ranking, open: it can be read on when its folder is deleted.

    RankingError where the file is missing or not the one that the manifest names.
    """

    def __init__(self, stored: Stored, name: str, sums: dict[str, str]) -> None:
        """sums: file -> SHA-256, from the manifest."""
        file = f"{name}.parquet"
        self.path = stored.folder / file
        try:
            # Not mapped: a file that is cut short under a map ends the process.
            self._opened = pa.OSFile(str(self.path))
            if not _known(str(self.path), sums.get(file, "")).good(stamp(self.path)):
                raise RankingError(f"{self.path} is damaged: its SHA-256 is not the one in the manifest; score {stored.as_of} again")
            self._parquet = pq.ParquetFile(self._opened)
        except (OSError, pa.ArrowException) as error:
            raise RankingError(f"{self.path} cannot be read ({error}); score {stored.as_of} again") from None
        groups = self._parquet.metadata.num_row_groups
        lengths = [self._parquet.metadata.row_group(place).num_rows for place in range(groups)]
        self._ends = np.cumsum(lengths, dtype=np.int64)
        self._lock = threading.Lock()

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """One reader at a time; RankingError where the file was written over since it was verified."""
        with self._lock:
            try:
                yield
            except (OSError, pa.ArrowException) as error:
                raise RankingError(f"{self.path} was damaged while it was served ({error}); score its date again") from None

    def coded(self, columns: list[str]) -> pa.Table:
        """Some columns, text as codes of its distinct values, which takes little memory where it repeats."""
        with self._reading():
            texts = [name for name in columns if pa.types.is_string(self._parquet.schema_arrow.field(name).type)]
            return pq.ParquetFile(self._opened, read_dictionary=texts).read(columns=columns, use_threads=False)

    def plain(self, columns: list[str]) -> pa.Table:
        """Some columns as they are."""
        with self._reading():
            return self._parquet.read(columns=columns, use_threads=False)

    def pieces(self, columns: list[str]) -> Iterator[pa.Table]:
        """Some columns, text as codes, some PIECE_ROWS at a time: what is made of a long table needs memory for one piece only."""
        with self._reading():
            texts = [name for name in columns if pa.types.is_string(self._parquet.schema_arrow.field(name).type)]
            parquet = pq.ParquetFile(self._opened, read_dictionary=texts)
        for parts in self._runs():
            with self._reading():
                read = parquet.read_row_groups(parts, columns, use_threads=False)
            yield read

    def _runs(self) -> Iterator[list[int]]:
        """The parts of the file, as many together as hold about PIECE_ROWS rows."""
        run = (self._ends - 1) // PIECE_ROWS
        for number in np.unique(run):
            yield np.flatnonzero(run == number).tolist()

    def rows(self, rows: Rows, columns: list[str] | None = None) -> pa.Table:
        """Some rows, in the order given; only the parts of the file that hold them are read."""
        part = np.searchsorted(self._ends, rows, side="right")
        parts = np.unique(part)
        starts = np.concatenate([[0], self._ends])[parts]
        before = np.concatenate([[0], np.cumsum(self._ends[parts] - starts)])[:-1]
        with self._reading():
            read = self._parquet.read_row_groups(parts.tolist(), columns=columns, use_threads=False)
        at = np.searchsorted(parts, part)
        return read.take(pa.array(rows - starts[at] + before[at]))


def stamp(path: Path) -> Stamp:
    """What changes when a file is replaced or written to; OSError where it is gone."""
    found = os.stat(path)  # noqa: PTH116  (called every second)
    return found.st_ino, found.st_size, found.st_mtime_ns


@lru_cache(256)
def _known(path: str, expected: str) -> Stamps:
    """The stamps under which a file was found to have its SHA-256."""
    return Stamps(Path(path), expected)


class Stamps:
    """The states of one file that were read and found to be as expected; a new state is read once."""

    def __init__(self, path: Path, expected: str) -> None:
        """expected: the SHA-256 in hex digits."""
        self.path, self.expected = path, expected
        self._good: set[Stamp] = set()
        self._bad: Stamp | None = None

    def good(self, found: Stamp) -> bool:
        """Whether the file, in the state that a stamp tells, is as expected."""
        if found in self._good:
            return True
        if found == self._bad:
            return False
        if self._digest() == self.expected:
            self._good.add(found)
        elif time.time_ns() - found[2] > SETTLED_NS:
            # What was written to a moment ago may change again without a new stamp.
            self._bad = found
        return found in self._good

    def _digest(self) -> str:
        digest = hashlib.sha256()
        with self.path.open("rb") as file:
            while piece := file.read(PIECE):
                digest.update(piece)
        return digest.hexdigest()


def rows_by(codes: npt.NDArray[np.integer[Any]], n: int) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
    """Which rows hold each code below n: rows in order of code, and where each code's begin."""
    order = np.argsort(codes, kind="stable").astype(np.int32)
    return order, np.searchsorted(codes[order], np.arange(n + 1)).astype(np.int64)

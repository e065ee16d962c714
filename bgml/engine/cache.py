"""The matrix cache: one Arrow file per cell (a shard at a date), named by the fingerprint of everything it depends on.

A cell is never changed: what it was made from names it, so a stale one cannot be found. It is written aside and renamed,
so a killed run leaves no half of one. A matrix larger than its share of the memory is read from there, date by date.
"""

from __future__ import annotations

import contextlib
import itertools
import math
import os
import shutil
import tempfile
import threading
import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from bgml.errors import DataError
from bgml.project import Project

LAYOUT = "1"
LARGEST = 20 * 2**30
MAPPED = 8_000
"""Cells that are kept mapped at once: the system allows a process some ten thousands of maps."""
SPILL = "spill-"


class CellStore:
    """A folder of cells."""

    def __init__(self, folder: Path) -> None:
        """The store in `folder`, which is made when the first cell is kept."""
        self.folder = folder

    def get(self, key: str) -> pa.RecordBatch | None:
        """The cell of a key, memory-mapped, or None. A file that cannot be read counts as absent."""
        path = self._path(key)
        try:
            with pa.memory_map(str(path)) as source:
                batch: pa.RecordBatch = pa.ipc.open_file(source).get_batch(0)
            os.utime(path)
        except (OSError, pa.ArrowInvalid, IndexError):
            return None
        return batch

    def put(self, key: str, cell: pa.RecordBatch) -> None:
        """Keep a cell."""
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        aside = path.with_suffix(f".{os.getpid()}.part")
        try:
            with pa.OSFile(str(aside), "wb") as sink, pa.ipc.new_file(sink, cell.schema) as writer:
                writer.write_batch(cell)
            aside.replace(path)
        finally:
            aside.unlink(missing_ok=True)

    def shrink(self, largest: int = LARGEST, since: float = math.inf) -> None:
        """Delete the cells used longest ago until `largest` bytes are left; none that was used after `since`, seconds of the clock."""
        files = [(path.stat().st_mtime, path.stat().st_size, path) for path in self.folder.glob("*/*.arrow")]
        total = sum(size for _, size, _ in files)
        for used, size, path in sorted(files):
            if total <= largest or used >= since:
                return
            with contextlib.suppress(OSError):
                path.unlink()
            total -= size

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / f"{key}.arrow"


class SpillStore(CellStore):
    """A store for one run that does not use the cache; its folder goes when nothing refers to it any more."""

    def __init__(self, state: Path) -> None:
        """state: where the folder is made; what dead processes left there is removed."""
        for left in state.glob(f"{SPILL}*"):
            if not _alive(left.name.removeprefix(SPILL).split("-")[0]):
                shutil.rmtree(left, ignore_errors=True)
        super().__init__(Path(tempfile.mkdtemp(prefix=f"{SPILL}{os.getpid()}-", dir=state)))
        weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)
        self._numbers = itertools.count()

    def add(self, cell: pa.RecordBatch) -> str:
        """Keep a cell; its key."""
        number = next(self._numbers)
        key = f"{number % 256:02x}{number:08x}"
        self.put(key, cell)
        return key


@dataclass(frozen=True)
class Cell:
    """The rows of a shard at a date: at hand, or in a store until they are read."""

    rows: int
    batch: pa.RecordBatch | None = None
    store: CellStore | None = None
    key: str = ""

    def read(self) -> pa.RecordBatch:
        """The rows; DataError where somebody has removed them meanwhile."""
        if self.batch is not None:
            return self.batch
        assert self.store is not None
        found = self.store.get(self.key)
        if found is None:
            raise DataError(f"features were removed from {self.store.folder} while they were read; run the command again")
        return found


class Cells:
    """The cells of one run: in memory while there is room, else on disk. Threads may share it."""

    def __init__(self, cache: CellStore | None, project: Project, room: int) -> None:
        """cache: None to do without; room: bytes of memory, beyond which, without a cache, the project's state is used."""
        self.cache, self.project, self.room = cache, project, room
        self._spill: SpillStore | None = None
        self._mapped = 0
        self._lock = threading.Lock()

    @property
    def keyed(self) -> bool:
        """Whether there is a cache, in which cells are told apart by their keys."""
        return self.cache is not None

    def found(self, keys: Sequence[str]) -> dict[int, tuple[Cell, pa.RecordBatch]]:
        """The cells of the cache, with their rows, by the place of their key."""
        assert self.cache is not None
        there = {place: batch for place, key in enumerate(keys) if (batch := self.cache.get(key)) is not None}
        with self._lock:
            self._mapped += len(there)
            mapped = self._mapped <= MAPPED
        cells = {place: Cell(batch.num_rows, batch if mapped else None, self.cache, keys[place]) for place, batch in there.items()}
        return {place: (cell, there[place]) for place, cell in cells.items()}

    def kept(self, batches: Sequence[pa.RecordBatch], keys: Sequence[str] | None) -> list[Cell]:
        """The cells of a shard that was computed, put into the cache under their keys. They share memory, so they stay or go together."""
        for key, batch in zip(keys or (), batches, strict=keys is not None):
            assert self.cache is not None
            self.cache.put(key, batch)
        size = sum(batch.nbytes for batch in batches)
        with self._lock:
            if size <= self.room:
                self.room -= size
                return [Cell(batch.num_rows, batch) for batch in batches]
            if keys is None and self._spill is None:
                self._spill = SpillStore(self.project.state)
        if self._spill is not None:
            return [Cell(batch.num_rows, None, self._spill, self._spill.add(batch)) for batch in batches]
        return [Cell(batch.num_rows, None, self.cache, key) for key, batch in zip(keys or (), batches, strict=True)]


def _alive(process: str) -> bool:
    """Whether a process of this machine is running."""
    try:
        os.kill(int(process), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True

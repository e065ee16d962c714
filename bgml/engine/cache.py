"""The matrix cache: one Arrow file per cell (a shard at a date), named by the fingerprint of everything it depends on.

A cell is never changed: what it was made from names it, so a stale one cannot be found. It is written aside and renamed,
so a killed run leaves no half of one.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import pyarrow as pa

LAYOUT = "1"
LARGEST = 20 * 2**30


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

    def shrink(self, largest: int = LARGEST) -> None:
        """Delete the cells used longest ago until `largest` bytes are left."""
        files = [(path.stat().st_mtime, path.stat().st_size, path) for path in self.folder.glob("*/*.arrow")]
        total = sum(size for _, size, _ in files)
        for _, size, path in sorted(files):
            if total <= largest:
                return
            with contextlib.suppress(OSError):
                path.unlink()
            total -= size

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / f"{key}.arrow"

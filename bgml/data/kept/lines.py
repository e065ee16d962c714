"""A log that lasts: JSON objects, one a line, each on disk whole before the writer goes on; two writers wait for each other."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

Entry = dict[str, Any]


@contextlib.contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold the log against other writers for the block; OSError where its folder cannot be written."""
    import fcntl

    with path.with_suffix(".lock").open("a", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def append(path: Path, entry: Entry) -> None:
    """Add an entry; it is on disk when this returns. The caller holds the log."""
    handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        end = os.lseek(handle, 0, os.SEEK_END)
        torn = end > 0 and os.pread(handle, 1, end - 1) != b"\n"
        os.write(handle, (b"\n" if torn else b"") + _line(entry))
        os.fsync(handle)
    finally:
        os.close(handle)
    if not end:
        synced(path.parent)


def read(path: Path) -> tuple[list[Entry], int]:
    """The entries, oldest first, and how many lines are none; a last line without an end is one still being written."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return [], 0
    lines = [line for line in content[: content.rfind(b"\n") + 1].split(b"\n") if line.strip()]
    found = [entry for line in lines if (entry := _entry(line)) is not None]
    return found, len(lines) - len(found)


def rewrite(path: Path, entries: Sequence[Entry]) -> None:
    """Put these entries in the place of the log, whole or not at all. The caller holds the log."""
    replaced(path, b"".join(_line(entry) for entry in entries))


def replaced(path: Path, content: bytes) -> None:
    """Write aside, sync, rename; the file keeps its mode."""
    handle, made = tempfile.mkstemp(prefix=f".{path.stem}-", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            Path(made).chmod(path.stat().st_mode & 0o7777)
        Path(made).replace(path)
    finally:
        Path(made).unlink(missing_ok=True)
    synced(path.parent)


def synced(folder: Path) -> None:
    """Make what a folder lists last through a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _line(entry: Entry) -> bytes:
    return json.dumps(entry, ensure_ascii=False).encode("utf-8", "replace") + b"\n"


def _entry(line: bytes) -> Entry | None:
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None

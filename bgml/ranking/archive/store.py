"""Rankings on disk: written aside, synced, renamed, never changed; one line says which is current for its date.

rankings/as_of=2026-01-05/ranking_id=0f3a.../ranking.parquet, manifest.json
rankings/as_of=2026-01-05/current
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from bgml.errors import RankingError

MANIFEST = "manifest.json"
CURRENT = "current"
ASIDE = ".making-"
PART_ROWS = 20_000
ABANDONED = 3600
"""Seconds after which a folder written aside was left by a process that died."""


@dataclass(frozen=True)
class Stored:
    """One ranking on disk."""

    as_of: date
    ranking_id: str
    folder: Path

    def manifest(self) -> dict[str, Any]:
        """What it was made from, and the SHA-256 of its files; RankingError when it cannot be read."""
        path = self.folder / MANIFEST
        try:
            found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            if found["ranking_id"] != self.ranking_id or not isinstance(found["files"], dict):
                raise ValueError("it does not describe this ranking")
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise self._damaged(path, error) from None
        return found

    def table(self, name: str = "ranking", columns: list[str] | None = None) -> pa.Table:
        """One of its tables, verified against the manifest first; RankingError when it is missing or damaged."""
        file = f"{name}.parquet"
        path = self.folder / file
        expected = self.manifest()["files"].get(file)
        if expected is None:
            raise RankingError(f"the ranking {self.ranking_id} of {self.as_of} holds no {name}")
        try:
            content = path.read_bytes()
        except OSError as error:
            raise self._damaged(path, error) from None
        if hashlib.sha256(content).hexdigest() != expected:
            raise self._damaged(path, "its SHA-256 is not the one in the manifest")
        return pq.read_table(pa.BufferReader(content), columns=columns)

    def _damaged(self, path: Path, why: object) -> RankingError:
        return RankingError(f"{path} is damaged ({why}): move {self.folder} away and score {self.as_of} again")


def current(rankings: Path, as_of: date) -> Stored | None:
    """The ranking that counts for a date; None when it has none, RankingError when the line names none."""
    home = rankings / f"as_of={as_of}"
    try:
        ranking_id = (home / CURRENT).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise RankingError(f"{home / CURRENT} cannot be read ({error}); score {as_of} again") from None
    folder = home / f"ranking_id={ranking_id}"
    if not re.fullmatch(r"[0-9a-f]{16}", ranking_id) or not folder.is_dir():
        raise RankingError(f'{home / CURRENT} names "{ranking_id}", which is no ranking there; score {as_of} again, or remove that file')
    return Stored(as_of, ranking_id, folder)


def dates(rankings: Path) -> list[date]:
    """The dates that have a current ranking, oldest first."""
    found = []
    for path in rankings.glob(f"as_of=*/{CURRENT}"):
        with contextlib.suppress(ValueError):
            found.append(date.fromisoformat(path.parent.name.removeprefix("as_of=")))
    return sorted(found)


def latest(rankings: Path, before: date | None = None) -> Stored | None:
    """The current ranking of the newest date, of those before `before`."""
    found = [day for day in dates(rankings) if before is None or day < before]
    return current(rankings, found[-1]) if found else None


def wanted(rankings: Path, as_of: date | None) -> Stored:
    """The current ranking of a date, or of the newest that has one; RankingError when there is none, naming the nearest date."""
    found = dates(rankings)
    if not found:
        raise RankingError("there is no ranking yet: run `bgml score`")
    as_of = as_of or found[-1]
    stored = current(rankings, as_of)
    if stored is None:
        close = min(found, key=lambda day: abs((day - as_of).days))
        raise RankingError(f"there is no ranking of {as_of}; the nearest is of {close}, `bgml score --as-of {as_of}` makes one")
    return stored


def formers(rankings: Path, as_of: date, days: int) -> list[Stored]:
    """The current rankings of the `days` before a date, newest first; the latest before it in any case."""
    earlier = [day for day in reversed(dates(rankings)) if day < as_of]
    within = [day for day in earlier if day >= as_of - timedelta(days)]
    return [stored for day in within or earlier[:1] if (stored := current(rankings, day)) is not None]


def write(
    rankings: Path, as_of: date, ranking_id: str, tables: Mapping[str, pa.Table], inputs: Mapping[str, Any], *, count: bool = True
) -> Stored:
    """Store a ranking; `count` makes it the current one of its date.

    The same inputs give the same bytes; a ranking that is there already is kept as it is. Whatever fails, or dies, at any moment:
    the former ranking stays readable and current. RankingError for a full disk or a folder that cannot be written.
    """
    home = rankings / f"as_of={as_of}"
    stored = Stored(as_of, ranking_id, home / f"ranking_id={ranking_id}")
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        _clear_abandoned(home)
        if stored.folder.is_dir():
            stored.manifest()
        else:
            _place(stored, _content(ranking_id, tables, inputs))
        if count:
            _point(home, ranking_id)
    except OSError as error:
        raise RankingError(
            f"the ranking of {as_of} was not stored in {home}: {error.strerror or error}; the former one is untouched"
        ) from error
    return stored


def _content(ranking_id: str, tables: Mapping[str, pa.Table], inputs: Mapping[str, Any]) -> dict[str, bytes]:
    """The files of a ranking, without anything that differs between two runs."""
    files = {f"{name}.parquet": _parquet(table) for name, table in tables.items()}
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    rows = {name: len(table) for name, table in tables.items()}
    manifest = {"ranking_id": ranking_id, **inputs, "rows": rows, "files": sums}
    return files | {MANIFEST: (json.dumps(manifest, indent=2, ensure_ascii=False, default=str) + "\n").encode()}


def _parquet(table: pa.Table) -> bytes:
    """Parquet in parts so small that one group's rows are read quickly."""
    sink = pa.BufferOutputStream()
    pq.write_table(table.replace_schema_metadata(None), sink, compression="zstd", row_group_size=PART_ROWS)
    return bytes(sink.getvalue())


def _place(stored: Stored, files: Mapping[str, bytes]) -> None:
    """Write the files aside, sync them and rename their folder into place."""
    home = stored.folder.parent
    aside = Path(tempfile.mkdtemp(dir=home, prefix=ASIDE))
    try:
        for name, content in files.items():
            _written(aside / name, content)
        _synced(aside)
        try:
            os.rename(aside, stored.folder)  # noqa: PTH104  (fails where the folder exists, as it must)
        except OSError:
            # Another process has just stored the same inputs.
            if not stored.folder.is_dir():
                raise
        _synced(home)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _point(home: Path, ranking_id: str) -> None:
    """Make a ranking the current one of its date."""
    with _aside(home) as path:
        _written(path, f"{ranking_id}\n".encode())
        path.replace(home / CURRENT)
        _synced(home)


@contextlib.contextmanager
def _aside(home: Path) -> Iterator[Path]:
    """A new file's path in a folder, removed after the block if it is still there."""
    handle, name = tempfile.mkstemp(dir=home, prefix=ASIDE)
    os.close(handle)
    path = Path(name)
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def _written(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _synced(folder: Path) -> None:
    """Make what a folder lists last through a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _clear_abandoned(home: Path) -> None:
    """Remove what dead processes left aside."""
    for path in home.glob(f"{ASIDE}*"):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > ABANDONED:
                shutil.rmtree(path) if path.is_dir() else path.unlink()

"""The folder an import leaves: tables as Parquet, its account as JSON; written aside and renamed, so that it is whole or as before."""

from __future__ import annotations

import contextlib
import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

from bgml.errors import DataError
from bgml.sources.raw import quoted

ACCOUNT = "import.json"
ALWAYS = ("accounts", "signals", "opportunities")
"""Tables that are written even when they are empty: the others may be missing."""
ORDER = {
    "accounts": "account_id",
    "people": "person_id, valid_from",
    "signals": "occurred_at, signal_id",
    "opportunities": "opportunity_id",
    "opportunity_contacts": "opportunity_id, person_id",
    "touches": "occurred_at, touch_id",
}
"""What the rows of a written table are sorted by, no two alike: the same input gives the same bytes."""


@contextlib.contextmanager
def workroom(folder: Path) -> Iterator[Path]:
    """A private folder beside `folder` for what is on its way, removed at the end; DataError where there can be none.

    `folder` must be missing, empty, or what an import has left: nothing else is ever replaced.
    """
    _restore(folder)
    if folder.exists() and not folder.is_dir():
        raise DataError(f"{folder} is a file; DIR is the folder that gets the tables")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / ACCOUNT).is_file():
        raise DataError(f"{folder} holds something that no import wrote; name a new folder, or empty this one")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=f".{folder.name}.import-", dir=folder.parent))
    except OSError as error:
        raise DataError(f"{folder.parent} cannot be written: {error.strerror}; DIR and its working folder are made there") from None
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _restore(folder: Path) -> None:
    """Bring back the former tables when an import ended between the two renames of `publish`."""
    if not folder.exists() and folder.parent.is_dir():
        for left in sorted(folder.parent.glob(f".{folder.name}.import-*/former")):
            left.rename(folder)
            break


def write_table(connection: duckdb.DuckDBPyConnection, name: str, target: Path) -> int:
    """The rows of final_NAME as one Parquet file, in the order of ORDER; returns how many."""
    select = f"FROM final_{name} ORDER BY {ORDER[name]}"
    written = connection.execute(f"COPY ({select}) TO {quoted(str(target))} (FORMAT parquet, COMPRESSION zstd)").fetchone()
    return int(written[0]) if written else 0


def write_merges(connection: duckdb.DuckDBPyConnection, built: Path) -> tuple[int, int]:
    """Every merge of records as merges.csv, with a column to undo it; returns how many, and how many matches were not made.

    Beside it unsure.csv, matches that were not made, and apart.csv and together.csv, what a person decided.
    """
    queries = {
        "unsure": "FROM unsure ORDER BY ALL",
        "apart": "FROM apart ORDER BY ALL",
        "together": "FROM together ORDER BY ALL",
        "merges": "SELECT *, NULL AS undo FROM merges ORDER BY ALL",
    }
    rows = {}
    for name, query in queries.items():
        written = connection.execute(f"COPY ({query}) TO {quoted(str(built / f'{name}.csv'))} (FORMAT csv, HEADER)").fetchone()
        rows[name] = int(written[0]) if written else 0
    return rows["merges"], rows["unsure"]


def publish(built: Path, folder: Path, account: dict[str, Any]) -> None:
    """Put a built folder in the place of the former one, its account beside the tables."""
    (built / ACCOUNT).write_text(json.dumps(account, indent=2, ensure_ascii=False, default=str) + "\n", encoding="utf-8")
    if folder.exists():
        folder.rename(built.parent / "former")
    built.rename(folder)

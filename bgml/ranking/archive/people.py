"""Names of the people in rankings: one file beside them, joined on reading, so that rankings hold ids alone.

rankings/people.parquet: person_id, name, email, title, department
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from bgml.errors import RankingError

FILE = "people.parquet"
LOCK = ".people.lock"
ASIDE = ".people-"
PART_ROWS = 5_000
"""The file is sorted by id and written in such parts, so that a few people are found quickly."""
FIELDS = ("name", "email", "title", "department")


@dataclass(frozen=True)
class Book:
    """What is known of people by id: `frame` has person_id and FIELDS, texts or None."""

    frame: pd.DataFrame

    @cached_property
    def _rows(self) -> dict[Any, dict[Any, Any]]:
        return {row["person_id"]: dict(row) for row in self.frame.to_dict("records")}

    def about(self, person_id: Any) -> dict[str, Any]:  # noqa: ANN401  (an id is text or an integer)
        """FIELDS of a person, None each where nothing is known."""
        return {field: self._rows.get(person_id, {}).get(field) for field in FIELDS}

    def name(self, person_id: Any) -> str:  # noqa: ANN401
        """The name, else the id."""
        return self.about(person_id)["name"] or str(person_id)

    def told(self, text: str, person_ids: Iterable[Any]) -> str:
        """A sentence that names people by "[id]", with their names in place of it."""
        for person_id in person_ids:
            text = text.replace(f"[{person_id}]", self.name(person_id))
        return text


def read(rankings: Path) -> Book:
    """The book beside the rankings; empty when there is none, RankingError when it cannot be read."""
    path = rankings / FILE
    try:
        rows = pq.read_table(path).to_pandas() if path.exists() else pd.DataFrame(columns=["person_id", *FIELDS])
    except (OSError, pa.ArrowException) as error:
        raise RankingError(f"{path} cannot be read ({error}); remove it and score again, which writes it anew") from None
    rows = rows.astype("object")
    return Book(rows.where(rows.notna(), None))


def record(rankings: Path, people: pd.DataFrame, person_ids: Iterable[Any]) -> None:
    """Enter what is known today of these people, keeping the others that are there.

    people: the table of people; of several rows of a person the one that begins last counts. RankingError when it cannot be written.
    """
    wanted = people[people["person_id"].isin(set(person_ids))]
    latest = wanted.sort_values("valid_from", na_position="first", kind="stable").drop_duplicates("person_id", keep="last")
    if latest.empty:
        return
    with _held(rankings):
        former = read(rankings).frame
        kept = former[~former["person_id"].isin(set(latest["person_id"]))]
        _replace(rankings, pd.concat([kept, latest[["person_id", *FIELDS]].astype("object")], ignore_index=True))


def forget(rankings: Path, person_id: Any) -> bool:  # noqa: ANN401
    """Take a person out of the book; whether it was there. The id stays in rankings, which stay valid."""
    with _held(rankings):
        found = read(rankings).frame
        kept = found[found["person_id"].astype(str) != str(person_id)]
        if len(kept) == len(found):
            return False
        _replace(rankings, kept)
        return True


@contextlib.contextmanager
def _held(rankings: Path) -> Iterator[None]:
    """One writer at a time; whoever comes second waits. What a dying one left aside is removed: it holds names."""
    try:
        rankings.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (rankings / LOCK).open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for left in rankings.glob(f"{ASIDE}*"):
                left.unlink(missing_ok=True)
            yield
    except OSError as error:
        raise RankingError(f"{rankings / FILE} was not written: {error.strerror or error}; rankings show ids until it is") from error


def _replace(rankings: Path, rows: pd.DataFrame) -> None:
    """Write the whole book aside, synced, and put it in place of the former one."""
    rows = rows.where(rows.notna(), None)
    ordered = rows.iloc[rows["person_id"].astype(str).argsort(kind="stable")]
    ids = pa.array(ordered["person_id"].tolist())
    texts = {field: pa.array(ordered[field].tolist(), pa.string()) for field in FIELDS}
    handle, name = tempfile.mkstemp(dir=rankings, prefix=ASIDE)
    aside = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            pq.write_table(pa.table({"person_id": ids, **texts}), file, row_group_size=PART_ROWS)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(rankings / FILE)
    finally:
        aside.unlink(missing_ok=True)

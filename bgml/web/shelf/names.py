"""The names of people in rankings, looked up where they lie: the file is sorted by id, and only the parts that are asked for are read."""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from bgml.errors import RankingError
from bgml.ranking.archive.people import FIELDS, Book

REMEMBERED = 10_000
"""How many people are kept in memory."""
Known = dict[str, Any]


class Names:
    """`rankings/people.parquet` as it was when it was opened."""

    def __init__(self, path: Path) -> None:
        """RankingError where the file cannot be read; one that is missing names nobody."""
        self._parquet: pq.ParquetFile | None = None
        self._first: list[str] = []
        self._seen: dict[str, Known | None] = {}
        self._lock = threading.Lock()
        try:
            if path.exists():
                self._parquet = pq.ParquetFile(pa.OSFile(str(path)))
                parts = range(self._parquet.metadata.num_row_groups)
                self._first = [str(self._parquet.read_row_group(part, ["person_id"]).column(0)[0].as_py()) for part in parts]
        except (OSError, pa.ArrowException) as error:
            raise RankingError(f"{path} cannot be read ({error}); remove it and score again, which writes it anew") from None

    def book(self, person_ids: Iterable[Any]) -> Book:
        """What is known of these people."""
        ids = list(dict.fromkeys(person_ids))
        with self._lock:
            self._look_up({str(person_id) for person_id in ids} - self._seen.keys())
            found = [(person_id, self._seen.get(str(person_id))) for person_id in ids]
            while len(self._seen) > REMEMBERED:
                self._seen.pop(next(iter(self._seen)))
        rows = [{"person_id": person_id, **known} for person_id, known in found if known is not None]
        return Book(pd.DataFrame(rows, columns=["person_id", *FIELDS], dtype=object))

    def of(self, ids: pa.Array) -> pa.Array:
        """The name of each person by id as text, null where none is known."""
        if self._parquet is None:
            return pa.nulls(len(ids), pa.string())
        with self._lock:
            known = self._parquet.read(["person_id", "name"], use_threads=False).combine_chunks()
        place = pc.index_in(ids, value_set=known.column("person_id").cast(pa.string()).combine_chunks(), skip_nulls=True)
        return known.column("name").combine_chunks().take(place)

    def _look_up(self, ids: set[str]) -> None:
        parts: dict[int, set[str]] = {}
        for person_id in ids:
            self._seen[person_id] = None
            if (part := bisect_right(self._first, person_id) - 1) >= 0:
                parts.setdefault(part, set()).add(person_id)
        for part, wanted in parts.items():
            assert self._parquet is not None
            table = self._parquet.read_row_group(part, use_threads=False)
            text = table.column("person_id").cast(pa.string()).to_pylist()
            rows = [place for place, person_id in enumerate(text) if person_id in wanted]
            for place, known in zip(rows, table.take(pa.array(rows, pa.int64())).to_pylist(), strict=True):
                self._seen[text[place]] = {field: known[field] for field in FIELDS}

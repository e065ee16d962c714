"""What bounds a step from below, each alone in a process: reading, grouping, sorting, predicting, writing.

python -m measured.limits scan|group|sort|write|predict PATH [MODEL.txt]      # in benchmarks/

PATH is the signals' file (scan, group, sort) or a matrix (write, predict). Prints the seconds of the work itself, without imports.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

THREADS = 2
QUERIES = {
    "scan": """SELECT max(account_id), max(topic), max(person_id), max(visitor_id), max(category), max(action), max(occurred_at),
        max(recorded_at) FROM '{path}'""",
    "group": "SELECT account_id, topic, date_trunc('week', occurred_at) AS week, count(*) AS n FROM '{path}' GROUP BY ALL",
    "sort": "SELECT account_id, topic, person_id, visitor_id, category, action, occurred_at, recorded_at FROM '{path}' ORDER BY ALL",
}


def query(name: str, path: Path) -> float:
    """A statement in DuckDB, its result kept as a table, within 6 GB and the disk."""
    import duckdb

    with tempfile.TemporaryDirectory(dir=path.parent) as aside:
        database = duckdb.connect(config={"threads": THREADS, "memory_limit": "6GB", "temp_directory": aside})
        began = time.perf_counter()
        database.execute(f"CREATE TABLE found AS {QUERIES[name].format(path=path)}")
        return time.perf_counter() - began


def write(path: Path) -> float:
    """The bytes of a file written anew and synced to disk."""
    with tempfile.NamedTemporaryFile(dir=path.parent) as target, path.open("rb") as source:
        began = time.perf_counter()
        shutil.copyfileobj(source, target, 2**24)
        target.flush()
        os.fsync(target.fileno())
        return time.perf_counter() - began


def predict(path: Path, model: Path) -> float:
    """Booster.predict on the columns of a matrix, as many as the model has: how long does not depend on which values stand where."""
    import lightgbm
    import numpy as np
    import pyarrow.parquet as pq
    import pyarrow.types as kinds

    booster = lightgbm.Booster(model_file=str(model))
    schema = pq.read_schema(path)
    numbers = [field.name for field in schema if kinds.is_integer(field.type) or kinds.is_floating(field.type)]
    table = pq.read_table(path, columns=[name for name in numbers if name not in ("account_id", "topic")])
    wide = booster.num_feature()
    values = np.empty((len(table), wide), np.float32)
    for place in range(wide):
        values[:, place] = table.column(place % table.num_columns).to_numpy()
    began = time.perf_counter()
    booster.predict(values, raw_score=True, num_threads=THREADS)
    return time.perf_counter() - began


LIMITS: dict[str, Callable[..., float]] = {name: (lambda path, name=name: query(name, path)) for name in QUERIES}
LIMITS |= {"write": write, "predict": predict}

if __name__ == "__main__":
    print(json.dumps({"work": LIMITS[sys.argv[1]](*map(Path, sys.argv[2:]))}))

"""The feature matrix against what bounds it and what one would write otherwise, in one run on one machine.

    python benchmarks/matrix.py                      # 1 M and 10 M sparse signals, 104 weekly dates; 10 M dense, 26 dates
    python benchmarks/matrix.py --rows 1000000       # quick

For each case: the bare `GROUP BY account, topic, week` of the same file in DuckDB, a Polars loop that aggregates the
window once per date, and bgml (matrix written to Parquet, without its cache). Every contender runs in a process of its own.
Polars and bgml compute the same 21 columns (windows 7/28/91: actions, actions by category, people, visitors); their results
are compared cell by cell.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

WINDOWS = (7, 28, 91)
CATEGORIES = ("named", "anonymous", "qualified_lead", "third_party_intent")
MEASURES = ("actions", *(f"actions_{category}" for category in CATEGORIES), "people", "visitors")
COLUMNS = [f"{measure}_{days}d" for measure in MEASURES for days in WINDOWS]
LAST = date(2024, 12, 23)


def as_of_dates(n: int) -> list[date]:
    """The newest n Mondays of the made-up data."""
    return [LAST - timedelta(7 * (n - 1 - place)) for place in range(n)]


def group_by(folder: Path, dates: int, out: Path) -> dict[str, float]:
    """The floor: one scan and one hash aggregation."""
    import duckdb

    began = time.perf_counter()
    duckdb.sql("SET threads=2")
    query = f"SELECT account_id, topic, date_trunc('week', occurred_at) AS week, count(*) AS n FROM '{folder}/signals.parquet' GROUP BY ALL"
    duckdb.sql(f"CREATE TABLE weeks AS {query}")
    return {"seconds": time.perf_counter() - began}


def polars_loop(folder: Path, dates: int, out: Path) -> dict[str, float]:
    """What one would write: for every date filter the window, aggregate, write."""
    import polars as pl

    began = time.perf_counter()
    out.mkdir(exist_ok=True)
    known = pl.max_horizontal("occurred_at", "recorded_at")
    columns = ["account_id", "topic", "person_id", "visitor_id", "category", "occurred_at", "recorded_at"]
    signals = pl.read_parquet(folder / "signals.parquet", columns=columns).with_columns(known.alias("known_at"))
    rows = 0
    for as_of in as_of_dates(dates):
        recent_enough = pl.col("occurred_at") >= as_of - timedelta(max(WINDOWS))
        window = signals.filter(recent_enough & (pl.col("occurred_at") < as_of) & (pl.col("known_at") < as_of))
        wanted = []
        for days in WINDOWS:
            recent = pl.col("occurred_at") >= as_of - timedelta(days)
            person = pl.col("person_id").filter(recent & pl.col("person_id").is_not_null())
            visitor = pl.col("visitor_id").filter(recent & pl.col("person_id").is_null() & pl.col("visitor_id").is_not_null())
            wanted += [person.n_unique().alias(f"people_{days}d"), visitor.n_unique().alias(f"visitors_{days}d")]
            wanted.append(recent.sum().alias(f"actions_{days}d"))
            wanted += [(recent & (pl.col("category") == category)).sum().alias(f"actions_{category}_{days}d") for category in CATEGORIES]
        wanted.append(pl.col("person_id").is_not_null().any().alias("people") | pl.col("visitor_id").is_not_null().any())
        frame = window.group_by("account_id", "topic").agg(wanted).filter(pl.col("people")).drop("people").sort("account_id", "topic")
        frame.select("account_id", "topic", *COLUMNS).write_parquet(out / f"{as_of}.parquet", compression="lz4")
        rows += len(frame)
    return {"seconds": time.perf_counter() - began, "rows": rows}


def bgml(folder: Path, dates: int, out: Path) -> dict[str, float]:
    """Ours: tables opened and checked (timed apart), matrix built and written to one file."""
    from bgml.config import settings_from
    from bgml.data.dataset import open_dataset
    from bgml.engine.build import build
    from bgml.project import Project

    with tempfile.TemporaryDirectory() as state:
        settings = settings_from({"project": {"name": "bench"}, "data": {"url": str(folder)}, "engine": {"threads": 2}}, "benchmark")
        project = Project(root=Path(state), settings=settings)
        began = time.perf_counter()
        dataset = open_dataset(project)
        checked = time.perf_counter()
        matrix = build(project, dataset, as_of_dates(dates), only=COLUMNS, cached=False)
        built = time.perf_counter()
        matrix.write(out)
        done = time.perf_counter()
    return {"seconds": done - checked, "rows": len(matrix), "check": checked - began, "build": built - checked, "write": done - built}


CONTENDERS: dict[str, Callable[[Path, int, Path], dict[str, float]]] = {"group by": group_by, "polars loop": polars_loop, "bgml": bgml}


def measured(name: str, folder: Path, dates: int, out: Path) -> dict[str, float]:
    """Run one contender in a process of its own."""
    command = [sys.executable, __file__, "--contender", name, "--folder", str(folder), "--dates", str(dates), "--out", str(out)]
    return dict(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1]))


def compare(ours: Path, theirs: Path, dates: int) -> bool:
    """Whether bgml's file and Polars' files hold equal cells."""
    import polars as pl

    for as_of in as_of_dates(dates):
        mine = pl.scan_parquet(ours).filter(pl.col("as_of") == as_of).select("account_id", "topic", *COLUMNS).collect()
        other = pl.read_parquet(theirs / f"{as_of}.parquet")
        if not mine.with_columns(pl.col(COLUMNS).cast(pl.Int64)).equals(other.with_columns(pl.col(COLUMNS).cast(pl.Int64))):
            return False
    return True


def case(folder: Path, rows: int, shape: str, dates: int, contenders: list[str]) -> None:
    """One row of the table per contender."""
    if not (folder / "signals.parquet").exists():
        generator = Path(__file__).with_name("bursty.py")
        subprocess.run([sys.executable, str(generator), str(folder), "--rows", str(rows), "--shape", shape], check=True)
    outs = {"bgml": folder / "bgml.parquet", "polars loop": folder / "polars", "group by": folder / "none"}
    measured("bgml", folder, 1, outs["bgml"])
    found = {name: measured(name, folder, dates, outs[name]) for name in contenders}
    print(f"\n{rows:,} signals, {shape}, {dates} dates, {int(found['bgml']['rows']):,} rows x {len(COLUMNS)} columns")
    print(f"{'':14}{'wall s':>8}{'CPU s':>8}{'peak GiB':>10}{'x group by':>12}")
    for name, figures in found.items():
        ratio = figures["seconds"] / found["group by"]["seconds"]
        print(f"{name:14}{figures['seconds']:8.2f}{figures['cpu']:8.1f}{figures['peak']:10.2f}{ratio:12.1f}")
    ours = found["bgml"]
    print(f"bgml: build {ours['build']:.2f} s, write {ours['write']:.2f} s; opening and checking the tables before: {ours['check']:.2f} s")
    if "polars loop" in found:
        ratio = ours["seconds"] / found["polars loop"]["seconds"]
        print(f"bgml / polars loop: {ratio:.2f}; equal cells: {compare(outs['bgml'], outs['polars loop'], dates)}")


def main() -> None:
    """Run the cases, or one contender of one case."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, help="only this many sparse signals")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "bgml-benchmarks")
    parser.add_argument("--dates", type=int, default=104)
    parser.add_argument("--contender", choices=CONTENDERS)
    parser.add_argument("--without", nargs="*", default=[], choices=CONTENDERS)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    if options.contender:
        figures = CONTENDERS[options.contender](options.folder, options.dates, options.out)
        usage = resource.getrusage(resource.RUSAGE_SELF)
        print(json.dumps(figures | {"cpu": usage.ru_utime + usage.ru_stime, "peak": usage.ru_maxrss / 2**20}))
        return
    contenders = [name for name in CONTENDERS if name not in options.without]
    if options.rows:
        case(options.folder / f"sparse-{options.rows}", options.rows, "sparse", options.dates, contenders)
        return
    for rows, shape, dates in ((1_000_000, "sparse", 104), (10_000_000, "sparse", 104), (10_000_000, "dense", 26)):
        case(options.folder / f"{shape}-{rows}", rows, shape, dates, contenders)


if __name__ == "__main__":
    main()

"""bgml side by side with what one would otherwise write or install: the same rows and columns, equal cell by cell.

    python benchmarks/peers.py                                   # the whole grid, up to ten million signals
    python benchmarks/peers.py --signals 1e5,1e6 --dates 4,26 --at-signals 1e6      # smaller
    python benchmarks/peers.py --python peers/bin/python --results peers.jsonl --picture docs/images/peers.png

Contenders: bgml; a loop over as-of dates in pandas and in Polars; a DuckDB query per date; featuretools with a cutoff time per group
and date (up to `--featuretools-most` signals). Each runs in a fresh process, measured from outside, imports included; bgml opens and
checks its tables in that time as well. Peers are not dependencies: install them where you like and name that Python (`--python`, several
times if they do not get along; featuretools 1.31 needs pandas 2). What no Python has is listed and left out.

The grid: every number of signals at `--at-dates` dates, every number of dates at `--at-signals` signals, for each shape. What is in the
results file is not run again; delete the file, or a line, to have it anew.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from measured.fresh import TooMuch, run

HERE = Path(__file__).resolve().parent
PROBES = {
    "Polars": "import polars",
    "pandas": "import pandas, pyarrow",
    "DuckDB": "import duckdb",
    "featuretools": "import featuretools, pandas, pyarrow; assert pandas.__version__ < '3'",
}
INSTALL = {
    "Polars": "pip install polars",
    "pandas": "pip install pandas pyarrow",
    "DuckDB": "pip install duckdb",
    "featuretools": "pip install featuretools 'pandas<3' pyarrow",
}
THREADS = {name: "2" for name in ("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")}


@dataclass(frozen=True)
class Case:
    """One size of the question."""

    shape: str
    signals: int
    dates: int


def pythons(named: list[str], without: list[str]) -> dict[str, str]:
    """Each contender wanted with the first Python that can run it; says what is missing and how to get it."""
    found = {"bgml": sys.executable}
    for peer, probe in ((peer, probe) for peer, probe in PROBES.items() if peer not in without):
        able = (python for python in [*named, sys.executable] if not subprocess.run([python, "-c", probe], capture_output=True).returncode)
        if python := next(able, None):
            found[peer] = python
        else:
            print(f"{peer}: not installed, left out; {INSTALL[peer]}")
    return found


def cases(options: argparse.Namespace) -> Iterator[Case]:
    """The grid, small cases first."""
    for shape in options.shape:
        pairs = {(signals, options.at_dates) for signals in options.signals} | {(options.at_signals, dates) for dates in options.dates}
        yield from (Case(shape, signals, dates) for signals, dates in sorted(pairs))


class Results:
    """Runs that are done, one JSON object a line: contender, case, and figures or `over` (seconds)."""

    def __init__(self, path: Path) -> None:
        """Those kept in a file, if there is one."""
        self.path = path
        self.rows: list[dict[str, Any]] = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def of(self, contender: str, case: Case) -> dict[str, Any] | None:
        """The run of a contender on a case, if it is done."""
        wanted = {"contender": contender} | asdict(case)
        return next((row for row in self.rows if wanted.items() <= row.items()), None)

    def too_long(self, contender: str, case: Case, limit: float) -> bool:
        """Whether the contender ran out of time on a case that is no larger than this one."""
        return any(
            row["contender"] == contender and row["shape"] == case.shape and row.get("over", 0) >= limit
            and row["signals"] <= case.signals and row["dates"] <= case.dates
            for row in self.rows
        )  # fmt: skip

    def add(self, contender: str, case: Case, figures: dict[str, Any]) -> None:
        """Keep a run at once."""
        row = {"contender": contender} | asdict(case) | figures
        self.rows.append(row)
        with self.path.open("a") as file:
            file.write(json.dumps(row) + "\n")
        told = f"over {row['over']:.0f} s" if "over" in row else f"{row['wall']:.1f} s, CPU {row['cpu']:.1f} s, {row['peak']:.2f} GiB"
        print(f"{contender:12} {case.signals:>11,} signals, {case.shape}, as-of dates {case.dates:>3}: {told}", flush=True)


def module(python: str, name: str, *words: object, limit: float = 7200) -> Any:  # noqa: ANN401  (what `run` returns)
    """Run a module of this folder in a fresh process."""
    path = {"PYTHONPATH": str(HERE.parent)} if python == sys.executable else {"PYTHONPATH": ""}
    quiet = ["-W", "ignore"]  # featuretools warns at every cutoff time
    return run([python, *quiet, "-m", name, *map(str, words)], cwd=HERE, env=THREADS | path, limit=limit)


def measure(case: Case, able: dict[str, str], results: Results, options: argparse.Namespace) -> None:
    """Run what is not done of a case; every peer's output is compared with bgml's before its figures are kept."""
    todo = [name for name in able if results.of(name, case) is None and not results.too_long(name, case, options.limit)]
    if case.signals > options.featuretools_most:
        todo = [name for name in todo if name != "featuretools"]
    if not todo:
        return
    data = options.folder / f"{case.shape}-{case.signals}"
    if not (data / "opportunities.parquet").exists():
        generator = [sys.executable, HERE / "bursty.py", data, "--rows", case.signals, "--shape", case.shape]
        subprocess.run(list(map(str, generator)), check=True)
    with tempfile.TemporaryDirectory(dir=options.folder) as made:
        ours = Path(made) / "bgml"
        if case == next(cases(options)):
            module(able["bgml"], "measured.loops", "bgml", data, 1, ours)  # The first run of a fresh checkout compiles: not counted.
        again = module(able["bgml"], "measured.loops", "bgml", data, case.dates, ours, limit=options.limit)
        if "bgml" in todo:
            results.add("bgml", case, again.figures() | {"work": json.loads(again.said)["seconds"]})
        for name in (name for name in todo if name != "bgml"):
            theirs = Path(made) / name
            try:
                spent = module(able[name], "measured.loops", name, data, case.dates, theirs, limit=options.limit)
            except TooMuch:
                results.add(name, case, {"over": options.limit})
                continue
            equal = module(able["bgml"], "measured.equality", ours, theirs, case.dates)
            results.add(name, case, spent.figures() | {"equal_cells": int(equal.said)})
            shutil.rmtree(theirs)


def markdown(results: Results, grid: list[Case]) -> str:
    """A table each for wall time, CPU time and peak memory: figures, and in brackets their ratio to bgml's."""
    contenders = [name for name in ("bgml", *PROBES) if any(results.of(name, case) for case in grid)]
    heads = " | ".join(f"{case.signals:,} {case.shape} x {case.dates}" for case in grid)
    lines = []
    for measure, title in (("wall", "wall seconds"), ("cpu", "CPU seconds"), ("peak", "peak GiB")):
        lines += [f"| {title} (x bgml), signals x dates | {heads} |", "|---" * (len(grid) + 1) + "|"]
        lines += [f"| {name} | {' | '.join(cell(results, name, case, measure) for case in grid)} |" for name in contenders]
        lines.append("")
    compared = [row["equal_cells"] for case in grid for name in PROBES if (row := results.of(name, case)) and "equal_cells" in row]
    lines.append(f"Equal cell by cell: all {len(compared)} runs of peers, {sum(compared):,} cells.")
    return "\n".join([*lines, *start(grid, results)])


def cell(results: Results, name: str, case: Case, measure: str) -> str:
    """One figure with its ratio to bgml's; nothing where the contender did not run."""
    row, base = results.of(name, case), results.of("bgml", case)
    if row is None or base is None:
        return ""
    if "over" in row:
        return f"over {row['over']:.0f} s" if measure == "wall" else ""
    return f"{row[measure]:.2f} ({row[measure] / base[measure]:.2f})"


def start(grid: list[Case], results: Results) -> list[str]:
    """What of bgml's time is not the matrix."""
    runs = [row for case in grid if (row := results.of("bgml", case))]
    fixed = sorted(row["wall"] - row["work"] for row in runs)
    if not fixed:
        return []
    return [f"Of bgml's wall time {fixed[0]:.1f} to {fixed[-1]:.1f} s are its start: imports, opening and checking the tables."]


def whole(text: str) -> list[int]:
    """Numbers such as 1e6,10000000."""
    return [int(float(part)) for part in text.split(",")]


def main() -> None:
    """Measure the grid, print the table, draw the picture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--signals", type=whole, default=whole("1e5,1e6,1e7"))
    parser.add_argument("--dates", type=whole, default=whole("1,4,13,26,52,104"), help="at most 104")
    parser.add_argument("--at-signals", type=lambda text: whole(text)[0], default=10_000_000)
    parser.add_argument("--at-dates", type=int, default=26)
    parser.add_argument("--shape", type=lambda text: text.split(","), default=["sparse"], help="sparse, dense or sparse,dense")
    parser.add_argument("--python", action="append", default=[], help="a Python that has peers; may be given several times")
    parser.add_argument("--without", action="append", default=[], choices=list(PROBES))
    parser.add_argument("--featuretools-most", type=lambda text: whole(text)[0], default=1_000_000, help="signals")
    parser.add_argument("--limit", type=float, default=1800, help="seconds after which a contender is ended, and larger cases left out")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "bgml-benchmarks")
    parser.add_argument("--results", type=Path, help="JSON lines; what is in it is not run again")
    parser.add_argument("--picture", type=Path, help="a PNG to draw from the results")
    parser.add_argument("--picture-of", choices=("wall", "cpu"), default="wall", help="cpu where the machine is busy")
    options = parser.parse_args()
    options.folder = options.folder.resolve()
    options.folder.mkdir(parents=True, exist_ok=True)
    results = Results(options.results or options.folder / "peers.jsonl")
    able = pythons(options.python, options.without)
    grid = list(cases(options))
    for case in grid:
        measure(case, able, results, options)
    print("\n" + markdown(results, grid))
    if options.picture:
        where, size = (results.path.resolve(), options.picture.resolve()), (options.at_signals, options.at_dates)
        module(sys.executable, "measured.picture", *where, *size, options.picture_of)


if __name__ == "__main__":
    main()

"""Where time and memory go: every step of a project at growing sizes, beside what bounds it from below.

    python benchmarks/steps.py --signals 1e6                     # about ten minutes on two quiet cores
    python benchmarks/steps.py --signals 1e6,1e7,1e8 --results steps.jsonl
    python benchmarks/steps.py --signals 1e6 --only check,features --again

A step is a fresh process on a made project (people, accounts, deals; no cache), measured from outside: wall and CPU seconds, peak of
memory. Limits are one plain statement or call each: a scan of the signals in DuckDB, one GROUP BY, one sort, `Booster.predict` on as
many rows as are ranked, the bytes of the matrix written and synced; their time is that of the work alone. With two sizes or more the
growth is the exponent of a log-log fit: 1 is as the data, 0 is constant. Runs are kept in the results file and not done again (`--again`
does). A step over `--limit` seconds or `--memory` GiB is ended, said so, and left out at larger sizes; a size without a model of its own
ranks with that of another.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matrix import COLUMNS
from measured.fresh import Failed, Spent, TooMuch, run

HERE = Path(__file__).resolve().parent
BGML = [sys.executable, "-m", "bgml"]
SINCE, UNTIL, NEWEST = "2024-07-01", "2024-12-23", "2024-12-23"
"""26 weekly dates, and the newest of them."""


@dataclass(frozen=True)
class Step:
    """A row of the table: what runs on a project, and whether it is a limit."""

    name: str
    title: str
    command: Callable[[Path], Sequence[str | Path]]
    limit: bool = False


def bgml(*words: str) -> Callable[[Path], Sequence[str | Path]]:
    """A command of bgml on the project."""
    return lambda project: [*BGML, *words, "--project", project, "--quiet"]


def limit(name: str, *files: str) -> Callable[[Path], Sequence[str | Path]]:
    """One of measured/limits.py on files of the project; a pattern stands for the newest that fits."""
    return lambda project: [sys.executable, "-m", "measured.limits", name, *(_newest(project, file) for file in files)]


def features(*words: str) -> Callable[[Path], Sequence[str | Path]]:
    """The matrix of 26 dates, written beside the project's tables."""
    return lambda project: [*bgml("features", "--since", SINCE, "--until", UNTIL, *words)(project), "--out", project / "matrix.parquet"]


def one_date(project: Path) -> Sequence[str | Path]:
    """All columns of the newest date."""
    return [*bgml("features", "--as-of", NEWEST)(project), "--out", project / "newest.parquet"]


STEPS = (
    Step("help", "`bgml --help`", lambda project: [*BGML, "--help"]),
    Step("check", "`bgml check`", bgml("check")),
    Step("scan", "limit: scan of the signals", limit("scan", "data/signals.parquet"), limit=True),
    Step("group", "limit: `GROUP BY` account, topic, week", limit("group", "data/signals.parquet"), limit=True),
    Step("sort", "limit: sort by account, topic, person", limit("sort", "data/signals.parquet"), limit=True),
    Step("core", "`features`, 21 core columns, 26 dates", features("--only", ",".join(COLUMNS))),
    Step("features", "`features`, all families, 26 dates", features()),
    Step("write", "limit: bytes of that matrix to disk", limit("write", "matrix.parquet"), limit=True),
    Step("train", "`train propensity`", bgml("train", "propensity")),
    Step("evaluate", "`evaluate propensity`, 5 folds and baselines", bgml("evaluate", "propensity")),
    Step("newest", "`features`, all families, one date", one_date),
    Step("predict", "limit: `Booster.predict` of that date", limit("predict", "newest.parquet", "mlruns/**/model.txt"), limit=True),
    Step("score", "`score`", bgml("score")),
)
RATIOS = (
    ("core columns / bare GROUP BY", "core", ("group",)),
    ("all families / core columns", "features", ("core",)),
    ("score / (its features + Booster.predict)", "score", ("newest", "predict")),
)
DEMO = Step("demo", "`bgml demo`, whatever the size", lambda folder: [*BGML, "demo", folder / "demo", "--quiet"])


def _newest(project: Path, pattern: str) -> Path:
    found = sorted(project.glob(pattern), key=lambda path: path.stat().st_mtime)
    if not found:
        raise Failed(f"needs {pattern}, which an earlier step makes")
    return found[-1]


class Results:
    """Runs that are done, one JSON object a line: step, signals, and figures or `problem`."""

    def __init__(self, path: Path, again: bool) -> None:
        """Those kept in a file, if there is one and they are not wanted anew."""
        self.path = path
        kept = path.read_text(encoding="utf-8").splitlines() if path.exists() and not again else []
        self.rows: dict[tuple[str, int], dict[str, Any]] = {(row["step"], row["signals"]): row for row in map(json.loads, kept)}

    def add(self, step: str, signals: int, figures: dict[str, Any]) -> None:
        """Keep a run at once."""
        self.rows[step, signals] = row = {"step": step, "signals": signals} | figures
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
        print(f"{signals:>12,} {step:10} {told(row)}", flush=True)

    def too_much(self, step: str, signals: int) -> bool:
        """Whether a smaller size was too much already."""
        return any(name == step and size < signals and "problem" in row for (name, size), row in self.rows.items())


def told(row: dict[str, Any]) -> str:
    """A run in short."""
    if "problem" in row:
        return str(row["problem"])
    work = f", the work itself {row['work']:.2f} s" if "work" in row else ""
    return f"{row['wall']:.1f} s, CPU {row['cpu']:.1f} s, {row['peak']:.2f} GiB{work}"


def project_of(folder: Path, signals: int) -> Path:
    """The made project of a size."""
    project = folder / f"steps-{signals}"
    if not (project / "bgml.toml").exists():
        in_process(["-m", "measured.made_project", project, signals])
    return project


def in_process(words: Sequence[object], **bounds: float) -> Spent:
    """A module of this folder in a fresh process."""
    return run([sys.executable, *map(str, words)], cwd=HERE, env=paths(), **bounds)


def paths() -> dict[str, str]:
    """Where a fresh process finds bgml and these scripts; nothing is sent to MLflow's makers."""
    places = [str(HERE.parent), str(HERE), os.environ.get("PYTHONPATH", "")]
    return {"PYTHONPATH": os.pathsep.join(places), "OMP_WAIT_POLICY": "passive", "MLFLOW_DISABLE_TELEMETRY": "true"}


def measure(step: Step, project: Path, signals: int, results: Results, options: argparse.Namespace) -> None:
    """One step in a fresh process, without a cache, unless it is done."""
    if (step.name, signals) in results.rows or results.too_much(step.name, signals):
        return
    shutil.rmtree(project / ".bgml" / "cache", ignore_errors=True)
    if step.name in ("predict", "score"):
        borrow(project)
    try:
        spent = run(step.command(project), env=paths(), limit=options.limit, most=options.memory)
    except (TooMuch, Failed) as problem:
        results.add(step.name, signals, {"problem": str(problem).strip().splitlines()[-1].rpartition(" ended with ")[2][:200]})
        return
    work = json.loads(spent.said) if step.limit else {}
    results.add(step.name, signals, spent.figures() | work)


def borrow(project: Path) -> None:
    """Where training was too much, or left out, the models of another size, so that ranking can be measured."""
    others = [other for other in project.parent.glob("steps-*") if any(other.glob("mlruns/**/model.txt"))]
    if others and project not in others:
        shutil.copytree(others[0] / "mlruns", project / "mlruns", dirs_exist_ok=True)
        print(f"{project.name} ranks with the models of {others[0].name}", flush=True)


def growth(points: Sequence[tuple[float, float]]) -> float:
    """The slope of a least-squares line through log sizes and log values."""
    logs = [(math.log(size), math.log(max(value, 1e-9))) for size, value in points]
    middle, height = (sum(part) / len(logs) for part in zip(*logs, strict=True))
    return sum((x - middle) * (y - height) for x, y in logs) / sum((x - middle) ** 2 for x, _ in logs)


def markdown(results: Results, steps: Sequence[Step], sizes: Sequence[int]) -> str:
    """One row per step: wall / CPU seconds / GiB per size, and the exponents with which they grow."""
    lines = [
        "| step: wall s / CPU s / peak GiB | " + " | ".join(f"{size:,} signals" for size in sizes) + " | growth: wall, CPU, peak |",
        "|---|" + "---|" * (len(sizes) + 1),
    ]
    for step in steps:
        rows = [results.rows.get((step.name, size)) for size in sizes]
        cells = [_cell(row) for row in rows]
        measured = [(size, row) for size, row in zip(sizes, rows, strict=True) if row and "problem" not in row]
        grown = ""
        if len(measured) > 1:
            keys = ("work" if step.limit else "wall", "cpu", "peak")
            grown = ", ".join(f"{growth([(size, row[key]) for size, row in measured]):.2f}" for key in keys)
        lines.append(f"| {step.title} | {' | '.join(cells)} | {grown} |")
    return "\n".join(lines)


def ratios(results: Results, sizes: Sequence[int]) -> list[str]:
    """How far the main steps are from what bounds them, in wall and CPU time; a limit's time is that of its work alone."""
    lines = []
    for title, step, bounds in RATIOS:
        found = []
        for size in sizes:
            rows = [results.rows.get((name, size)) for name in (step, *bounds)]
            if all(row and "problem" not in row for row in rows):
                (above, *below) = [(row.get("work", row["wall"]), row["cpu"]) for row in rows if row]
                wall, cpu = (above[place] / sum(one[place] for one in below) for place in (0, 1))
                found.append(f"{wall:.2f} wall, {cpu:.2f} CPU at {size:,}")
        if found:
            lines.append(f"- {title}: {'; '.join(found)}")
    return lines


def _cell(row: dict[str, Any] | None) -> str:
    if row is None:
        return ""
    if "problem" in row:
        return str(row["problem"])
    return f"{row.get('work', row['wall']):.2f} / {row['cpu']:.2f} / {row['peak']:.2f}"


def main() -> None:
    """Measure every step at every size and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    sizes = {"type": lambda text: sorted(int(float(part)) for part in text.split(",")), "default": [1_000_000]}
    parser.add_argument("--signals", **sizes)
    names = ",".join(step.name for step in (*STEPS, DEMO))
    parser.add_argument("--only", type=lambda text: text.split(","), metavar="STEPS", help=f"some of {names}")
    parser.add_argument("--limit", type=float, default=3600, help="seconds a step may take")
    parser.add_argument("--memory", type=float, default=16, help="GiB a step may hold")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "bgml-benchmarks")
    parser.add_argument("--results", type=Path, help="JSON lines; what is in it is not run again")
    parser.add_argument("--again", action="store_true", help="run all anew; the newest figures of a step count")
    options = parser.parse_args()
    folder = options.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    results = Results(options.results or folder / "steps.jsonl", options.again)
    steps = [step for step in STEPS if options.only is None or step.name in options.only]
    for signals in options.signals:
        project = project_of(folder, signals)
        if signals == options.signals[0]:
            run(one_date(project), env=paths())  # The first run of a fresh checkout compiles: not counted.
        for step in steps:
            measure(step, project, signals, results, options)
    if options.only is None or DEMO.name in options.only:
        shutil.rmtree(folder / "demo", ignore_errors=True)
        measure(DEMO, folder, options.signals[0], results, options)
        steps.append(DEMO)
    print("\n".join(["", markdown(results, steps, options.signals), "", *ratios(results, options.signals)]))


if __name__ == "__main__":
    main()

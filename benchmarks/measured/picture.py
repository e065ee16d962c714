"""Draws the peers' picture: seconds against the number of as-of dates and of signals, both scales logarithmic.

python -m measured.picture RESULTS.jsonl OUT.png AT_SIGNALS AT_DATES wall|cpu      # in benchmarks/
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib import pyplot, rc_context
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from bgml.evaluation.report.plots.style import ACCENT, BASELINE, INK, MUTED, SETTINGS

matplotlib.use("Agg")
DASHED = (0, (5, 1, 1, 1, 1, 1))
LOOKS = {"bgml": ("-", "o"), "Polars": ("--", "s"), "DuckDB": ("-.", "^"), "pandas": (":", "D"), "featuretools": (DASHED, "v")}
"""Line and mark of each contender: told apart without colour as well."""


def panel(axes: Axes, rows: list[dict[str, Any]], key: str, label: str, measure: str) -> None:
    """Seconds (wall or CPU) of every contender against one size, its name at the end of its line."""
    ends = []
    for name, (line, mark) in LOOKS.items():
        points = sorted((row[key], row[measure]) for row in rows if row["contender"] == name and measure in row)
        if not points:
            continue
        colour, width = (ACCENT, 2.4) if name == "bgml" else (BASELINE, 1.4)
        sizes, seconds = zip(*points, strict=True)
        axes.plot(sizes, seconds, linestyle=line, marker=mark, color=colour, linewidth=width, markersize=4.5)
        ends.append((sizes[-1], seconds[-1], name, INK if name == "bgml" else MUTED))
    axes.set(xscale="log", yscale="log", xlabel=label)
    for size, seconds, name, colour in _apart(ends):
        axes.annotate(
            name, (size, seconds), (7, 0), textcoords="offset points", va="center", color=colour, fontsize=9,
            fontweight="bold" if name == "bgml" else "normal", annotation_clip=False,
        )  # fmt: skip
    axes.set_xticks(sorted({row[key] for row in rows}))
    axes.xaxis.set_major_formatter(FuncFormatter(_size))
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 3)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g} s"))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_minor_formatter(NullFormatter())
    axes.grid(visible=True, axis="y")


def _apart(ends: list[tuple[int, float, str, str]]) -> list[tuple[int, float, str, str]]:
    """Names of lines that end at one size, moved up where they would stand on each other."""
    moved: list[tuple[int, float, str, str]] = []
    for size, seconds, name, colour in sorted(ends):
        below = [height for place, height, _, _ in moved if place == size]
        moved.append((size, max([seconds, *(1.28 * height for height in below)]), name, colour))
    return moved


def _size(value: float, _: int) -> str:
    for unit, name in ((1e6, " M"), (1e3, " k")):
        if value >= unit:
            return f"{value / unit:g}{name}"
    return f"{value:g}"


def draw(rows: list[dict[str, Any]], target: Path, at_signals: int, at_dates: int, measure: str) -> None:
    """Both panels side by side, for sparse data."""
    rows = [row for row in rows if row["shape"] == "sparse"]
    with rc_context(SETTINGS):
        figure, (left, right) = pyplot.subplots(1, 2, figsize=(9.4, 3.9), dpi=150, sharey=True)
        panel(left, [row for row in rows if row["signals"] == at_signals], "dates", f"as-of dates, {_size(at_signals, 0)} signals", measure)
        panel(right, [row for row in rows if row["dates"] == at_dates], "signals", f"signals, {at_dates} as-of dates", measure)
        right.tick_params(labelleft=True)
        left.set_ylabel({"wall": "seconds", "cpu": "CPU seconds"}[measure])
        figure.tight_layout(w_pad=6)
        figure.subplots_adjust(right=0.9)
        figure.savefig(target, metadata={"Software": None})


if __name__ == "__main__":
    read = [json.loads(line) for line in Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()]
    draw(read, Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), sys.argv[5])

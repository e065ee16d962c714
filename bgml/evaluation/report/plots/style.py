"""How every picture looks: few colours, told apart by the colour-blind too, names beside what they name, the finding as the title."""

from __future__ import annotations

import io
import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib.dates
import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

INK, MUTED, LINE, PAPER = "#1f2933", "#66707b", "#dfe3e8", "#fdfdfe"
ACCENT, SECOND, BASELINE, OTHER = "#0072b2", "#5aa9d6", "#7b8794", "#b4bcc6"
VARIABLES = {
    INK: "--ink", MUTED: "--muted", LINE: "--line", PAPER: "--paper", ACCENT: "--accent", SECOND: "--second", BASELINE: "--baseline",
    OTHER: "--other",
}  # fmt: skip
"""The report's own variable for each colour, so that a picture in it follows light and dark."""

SETTINGS: Any = {
    "font.family": ["DejaVu Sans"], "font.size": 10, "text.color": INK, "text.parse_math": False, "axes.edgecolor": LINE,
    "axes.labelcolor": MUTED, "axes.labelsize": 9.5, "axes.facecolor": PAPER, "axes.spines.top": False, "axes.spines.right": False,
    "axes.linewidth": 1, "figure.facecolor": PAPER, "xtick.color": LINE, "ytick.color": LINE, "xtick.labelcolor": MUTED,
    "ytick.labelcolor": MUTED, "xtick.labelsize": 9.5, "ytick.labelsize": 9.5, "grid.color": LINE, "grid.linewidth": 0.8,
    "lines.solid_capstyle": "round", "svg.fonttype": "path",
}  # fmt: skip
WIDTH, DPI = 7.4, 150
ABOVE = 0.3
"""Inches above the axes where no title stands, for what is written over them."""
LONGEST = 30


@dataclass(frozen=True)
class Picture:
    """A drawn picture: `name` is its file's, `title` what it finds, `told` what it shows; `svg` is for inside a page of HTML."""

    name: str
    title: str
    told: str
    png: bytes
    svg: str


@dataclass(frozen=True)
class Drawing:
    """A figure with the finding it is titled by and what it shows, not yet written into it."""

    figure: Figure
    title: str
    told: str


def figure(height: float = 4.4) -> Figure:
    """An empty figure in the common width (inches)."""
    return Figure(figsize=(WIDTH, height))


def finished(name: str, drawing: Drawing) -> Picture:
    """The figure as PNG under its title, and as SVG in the report's colours without one, as the page says it in words of its own."""
    drawn, height = drawing.figure, float(drawing.figure.get_size_inches()[1])
    title, told = _lines(drawing.title, 68), _lines(drawing.told, 98)
    heading = 0.42 + 0.235 * len(title) + 0.2 * len(told)
    _resize(drawn, height - heading + ABOVE, ABOVE)
    svg = io.StringIO()
    with rc_context({"svg.hashsalt": name}):
        drawn.savefig(svg, format="svg", metadata=dict.fromkeys(("Creator", "Date", "Format", "Type")))
    _resize(drawn, height, heading)
    drawn.text(0.02, 1 - 0.12 / height, "\n".join(title), va="top", fontsize=12.5, fontweight="bold", linespacing=1.25)
    under = 1 - (0.2 + 0.235 * len(title)) / height
    drawn.text(0.02, under, "\n".join(told), va="top", fontsize=9.5, color=MUTED, linespacing=1.3)
    png = io.BytesIO()
    drawn.savefig(png, format="png", dpi=DPI, metadata={"Software": None})
    return Picture(name, drawing.title, drawing.told, png.getvalue(), _inline(svg.getvalue(), name))


def _resize(drawn: Figure, height: float, above: float) -> None:
    """The figure at another height (inches), with so much room above its axes and as much below as before."""
    grid: Any = drawn.axes[0].get_gridspec()
    below = grid.get_subplot_params(drawn).bottom * float(drawn.get_size_inches()[1])
    drawn.set_size_inches(WIDTH, height)
    grid.update(bottom=below / height, top=1 - above / height)
    for axes in drawn.axes:
        if (place := axes.get_subplotspec()) is not None:
            axes.set_subplotspec(place)


def _lines(text: str, width: int) -> list[str]:
    """The text on as few lines as it needs, of about equal length."""
    needed = len(textwrap.wrap(text, width))
    return next(lines for room in range(len(text) // needed, width + 1) if len(lines := textwrap.wrap(text, room)) == needed)


def _inline(svg: str, name: str) -> str:
    """The svg element alone, without addresses, ids of its own, and with the report's variables for colours."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.S)
    svg = re.sub(r'\s(xmlns(:xlink)?|version|width|height)="[^"]*"', "", svg[: svg.index(">")]) + svg[svg.index(">") :]
    svg = re.sub(r'(\sid="|href="#|url\(#)', rf"\g<1>{name}-", svg)
    for colour, variable in VARIABLES.items():
        svg = svg.replace(colour, f"var({variable})")
    return svg.replace("<svg", '<svg aria-hidden="true"', 1).strip()


def named(text: object, longest: int = LONGEST) -> str:
    """A name as a label: on one line, what cannot be printed left out, shortened where it is long."""
    told = " ".join("".join(letter if letter.isprintable() else " " for letter in str(text)).split())
    return told if len(told) <= longest else f"{told[: longest - 1]}…"


def percent(axis: Any, decimals: int | None = 0) -> None:  # noqa: ANN401  (XAxis or YAxis)
    """Shares along an axis as percent."""
    axis.set_major_formatter(PercentFormatter(1, decimals=decimals))


def days(dates: Sequence[str]) -> list[float]:
    """ISO dates as matplotlib counts days."""
    return [float(day) for day in np.array([date[:10] for date in dates], "datetime64[D]").astype(np.int64)]


def calendar(axes: Axes) -> None:
    """Dates along the lower edge, as few as can be read."""
    untyped: Any = matplotlib.dates
    places = untyped.AutoDateLocator(minticks=3, maxticks=8)
    axes.xaxis.set_major_locator(places)
    axes.xaxis.set_major_formatter(untyped.ConciseDateFormatter(places, show_offset=False))


def end_labels(axes: Axes, labels: Sequence[tuple[float, str, str]], *, weight: str = "normal") -> None:
    """Names right of the axes at the heights (in data) their lines end, moved apart where they would overlap: (height, name, colour)."""
    low, high = axes.get_ylim()
    room = 0.22 * (high - low) / (axes.get_window_extent().height / axes.figure.dpi)
    placed = spread([height for height, _, _ in labels], room, low, high)
    for height, (_, name, colour) in zip(placed, labels, strict=True):
        axes.annotate(
            name, (1, height), (6, 0), xycoords=("axes fraction", "data"), textcoords="offset points", va="center", color=colour,
            fontsize=9.5, fontweight=weight, annotation_clip=False,
        )  # fmt: skip


def spread(heights: Sequence[float], room: float, low: float, high: float) -> list[float]:
    """The heights moved as little as needed, in their order, to stand `room` apart between `low` and `high`.

    >>> spread([1.0, 1.0, 5.0], 2.0, 0.0, 10.0)
    [1.0, 3.0, 5.0]
    """
    order = sorted(range(len(heights)), key=lambda place: heights[place])
    placed = list(heights)
    for before, place in zip([None, *order], order, strict=False):
        placed[place] = max(heights[place], low if before is None else placed[before] + room)
    ceiling = high
    for place in reversed(order):
        placed[place] = min(placed[place], ceiling)
        ceiling = placed[place] - room
    return placed

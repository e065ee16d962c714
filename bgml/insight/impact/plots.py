"""The pictures of an impact report, drawn from its document."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from bgml.evaluation.report.plots.style import (
    ACCENT,
    BASELINE,
    INK,
    LINE,
    MUTED,
    SETTINGS,
    Drawing,
    Picture,
    figure,
    finished,
    named,
    percent,
)  # fmt: skip

Document = Mapping[str, Any]
TICKS = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50)
PANELS = ("conversion", "win_rate", "amount_mean", "cycle_won")
"""The measures that a ladder is drawn for, at most three, in this order."""

BESIDE: dict[str, Any] = {"xycoords": ("axes fraction", "data"), "textcoords": "offset points", "ha": "right", "va": "center"}


def pictures(document: Document) -> list[Picture]:
    """Every picture the document has the numbers for, named ratios, breadth, roles, pilot."""
    trial = document["pilot"] or {}
    drawings = {
        "ratios": ratios(document["headline"], "with an engaged group", "without"),
        "breadth": ladder(document["breadth"], "known people active before", "people"),
        "roles": ladder(document["roles"], "required roles engaged before", "roles"),
        "pilot": ratios(trial.get("since") or [], "in the pilot", "the control"),
    }
    drawn = []
    with rc_context(SETTINGS), warnings.catch_warnings():
        # Names of currencies may be in a script that matplotlib's own font lacks: boxes then, and no noise.
        warnings.filterwarnings("ignore", "Glyph .* missing")
        for name, draw in drawings.items():
            if draw is not None:
                drawn.append(finished(name, draw))
    return drawn


def ratios(rows: Sequence[Document], over: str, under: str) -> Drawing | None:
    """A dot with its interval per measure on a doubling scale: the ratio as it is in grey, at the same mix in blue."""
    known = [row for row in rows if not row["too_few"] and _positive(row["crude"])]
    if not known:
        return None
    height = 1.6 + 0.42 * len(known)
    with rc_context(SETTINGS):
        drawn = figure(height)
        axes = drawn.subplots(gridspec_kw={"left": 0.31, "right": 0.97, "bottom": 0.5 / height})
        ends = [1.0]
        for place, row in enumerate(known):
            label = named(row["title"], 34)
            axes.annotate(label, (0, place), (-6, 0), color=INK, **BESIDE)
            for found, colour, shift in ((row["crude"], BASELINE, 0.13), (row["adjusted"], ACCENT, -0.13)):
                if found and _positive(found):
                    ends += _dot(axes, found, place + shift, colour)
        _ratio_axis(axes, ends, len(known))
    clear = sum((row["adjusted"] or row["crude"])["low"] is not None and _clear(row["adjusted"] or row["crude"]) for row in known)
    title = f"{clear or 'None'} of {len(known)} measures differ{'s' if clear == 1 else ''} beyond chance {over} against {under}"
    return Drawing(drawn, title, "Ratios with 95% intervals: blue at the same mix, grey as they are. 1 is no difference.")


def ladder(rows: Sequence[Document], noun: str, kind: str) -> Drawing | None:
    """Up to three measures side by side, by steps of breadth or roles, each with its interval."""
    by_measure = {row["measure"]: row for row in rows}
    shown = [by_measure[name] for name in PANELS if name in by_measure][:3]
    if not shown:
        return None
    with rc_context(SETTINGS):
        drawn = figure(3.6)
        panels = drawn.subplots(1, len(shown), squeeze=False, gridspec_kw={"left": 0.07, "right": 0.98, "bottom": 0.17, "wspace": 0.32})
        for axes, row in zip(panels[0], shown, strict=True):
            _panel(axes, row)
    lead = shown[0]
    known = [step for step in lead["steps"] if step["value"] is not None]
    first, last = known[0], known[-1]
    title = f"{_sentence(lead['title'])}: {_told(lead, first)} with {first['name']}, {_told(lead, last)} with {last['name']} {kind}"
    return Drawing(drawn, title, f"By {noun}, with 95% intervals; hollow: too few to tell.")


def _panel(axes: Axes, row: Document) -> None:
    share = row["statistic"] == "share"
    for place, step in enumerate(row["steps"]):
        if step["value"] is None:
            continue
        sure = step["low"] is not None
        if sure and step["high"] is not None:
            axes.plot([place, place], [step["low"], step["high"]], color=ACCENT, linewidth=1.6)
        face = ACCENT if sure else axes.get_facecolor()
        axes.plot([place], [step["value"]], "o", markersize=6, markeredgecolor=ACCENT, markerfacecolor=face)
    axes.set_xticks(range(len(row["steps"])), [step["name"] for step in row["steps"]])
    axes.set_xlim(-0.5, len(row["steps"]) - 0.5)
    axes.set_ylim(0, None)
    axes.grid(axis="y")
    axes.set_axisbelow(True)
    axes.annotate(named(row["title"], 30), (0, 1), (0, 5), xycoords="axes fraction", textcoords="offset points", color=INK, fontsize=9.5)
    if share:
        percent(axes.yaxis, None)
    else:
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _short(value)))


def _dot(axes: Axes, found: Document, height: float, colour: str) -> list[float]:
    """A ratio with its interval; the ends that must be on the axis."""
    low, high = found["low"], found["high"]
    ends = [found["value"], *(end for end in (low, high) if end)]
    if low and high:
        axes.plot([low, high], [height, height], color=colour, linewidth=1.6, zorder=2)
    axes.plot([found["value"]], [height], "o", markersize=6, color=colour, zorder=3)
    return ends


def _ratio_axis(axes: Axes, ends: Sequence[float], rows: int) -> None:
    axes.set_xscale("log")
    low, high = max(min(ends) / 1.15, TICKS[0]), min(max(ends) * 1.15, TICKS[-1])
    axes.set_xlim(low, high)
    axes.xaxis.set_major_locator(FixedLocator(list(TICKS)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}×"))
    axes.axvline(1, color=MUTED, linewidth=1, zorder=1)
    axes.set_ylim(rows - 0.5, -0.5)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x")
    axes.set_axisbelow(True)
    for place in range(1, rows):
        axes.axhline(place - 0.5, color=LINE, linewidth=0.6, zorder=0)


def _positive(found: Document) -> bool:
    return found["value"] is not None and found["value"] > 0


def _clear(found: Document) -> bool:
    return found["low"] > 1 or (found["high"] is not None and found["high"] < 1)


def _told(row: Document, step: Document) -> str:
    value = step["value"] or 0.0
    return f"{value:.0%}" if row["statistic"] == "share" else _short(value)


def _short(value: float) -> str:
    """A number in few digits: 1.2M, 340k, 57."""
    for size, letter in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:.3g}{letter}"
    return f"{value:.0f}" if math.isfinite(value) else ""


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]

"""Slices: the headline metric of the best model and the best baseline for every part of the market."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matplotlib.axes import Axes

from bgml.evaluation.report.plots.runners import Document, main
from bgml.evaluation.report.plots.style import ACCENT, BASELINE, INK, LINE, MUTED, Drawing, figure, named, percent

MOST = 8
"""Values drawn of one fact: those with the most wins."""

Row = Mapping[str, Any]


def slices(document: Document) -> Drawing | None:
    """A dot with its interval per slice, the best model above the best baseline, under the name of each fact."""
    facts: Mapping[str, list[Row]] = (document.get("slices") or {}).get("facts") or {}
    best, rival = main(document)
    shown = {fact: _most(rows, best) for fact, rows in facts.items() if best is not None and _most(rows, best)}
    if best is None or not shown:
        return None
    places = sum(len(rows) + 1.2 for rows in shown.values())
    drawn = figure(1.5 + 0.29 * places)
    axes = drawn.subplots(gridspec_kw={"left": 0.3, "right": 0.97, "bottom": 0.5 / (1.5 + 0.29 * places)})
    _draw(axes, shown, document["headline"], best, rival)
    axes.set_ylim(places - 0.4, -0.8)
    axes.set_xlim(0, None)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_xlabel(f"{document['headline'].replace('_at_', '@')} within the slice")
    percent(axes.xaxis)
    axes.grid(axis="x")
    told = f"{named(best)} in blue" + (f", {named(rival)} in grey" if rival else "") + ", with 95% intervals; hollow: too few wins to tell"
    return Drawing(drawn, _title(facts, best, rival), f"{told}. In brackets: distinct wins.")


def _draw(axes: Axes, shown: Mapping[str, list[Row]], metric: str, best: str, rival: str | None) -> None:
    """All slices from top to bottom."""
    beside: dict[str, Any] = {"xycoords": ("axes fraction", "data"), "textcoords": "offset points", "ha": "right", "va": "center"}
    place = 0.0
    for fact, rows in shown.items():
        axes.annotate(named(fact), (0, place), (-6, 0), fontweight="bold", color=INK, **beside)
        place += 1
        for row in rows:
            label = f"{named(row['value'], 24)} ({row.get('won_opportunities') or 0:,})"
            axes.annotate(label, (0, place), (-6, 0), color=MUTED, fontsize=9.5, **beside)
            for name, colour, shift in ((rival, BASELINE, 0.14), (best, ACCENT, -0.14)):
                _dot(axes, (row["models"].get(name) or {}).get(metric) or {}, place + shift, colour, bool(row.get("too_small")))
            place += 1
        axes.axhline(place - 0.4, color=LINE, linewidth=0.8, zorder=0)
        place += 0.2


def _dot(axes: Axes, found: Row, height: float, colour: str, hollow: bool) -> None:
    """A value with its interval; hollow where it should not be trusted."""
    if found.get("value") is None:
        return
    if found.get("low") is not None and found.get("high") is not None:
        axes.plot([found["low"], found["high"]], [height, height], color=colour, linewidth=1.4, alpha=0.4 if hollow else 1, zorder=2)
    face = axes.get_facecolor() if hollow else colour
    axes.plot([found["value"]], [height], "o", markersize=5.5, markeredgecolor=colour, markerfacecolor=face, zorder=3)


def _most(rows: list[Row], best: str | None) -> list[Row]:
    """The slices in which the best model has a value, at most MOST of them by wins, in their order."""
    known = [row for row in rows if best in (row.get("models") or {})]
    least = sorted((row.get("won_opportunities") or 0 for row in known), reverse=True)[:MOST]
    chosen = [row for row in known if (row.get("won_opportunities") or 0) >= least[-1]] if least else []
    return chosen[:MOST]


def _title(facts: Mapping[str, list[Row]], best: str, rival: str | None) -> str:
    """In how many slices the difference is beyond doubt."""
    large = [row for rows in facts.values() for row in rows if not row.get("too_small")]
    if rival is None or not large:
        return f"{named(best)} in parts of the market"
    ends = [(row.get("difference") or {}) for row in large]
    ahead = sum((end.get("low") or 0) > 0 for end in ends)
    behind = sum((end.get("high") or 0) < 0 for end in ends)
    among = f"{ahead} of {len(large)} slices with enough wins"
    return f"{named(best)} is clearly ahead of {named(rival)} in {among}, clearly behind in {behind or 'none'}"


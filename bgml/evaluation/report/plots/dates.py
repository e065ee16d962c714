"""The headline metric date by date: is the lead there all the time, or was it one good month."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from bgml.evaluation.report.plots.runners import TRUTH, Document, main, runners
from bgml.evaluation.report.plots.style import MUTED, Drawing, calendar, days, end_labels, figure, named, percent


def dates(document: Document) -> Drawing | None:
    """The headline metric of the best model, the best baseline and the truth on every as-of date, the folds marked."""
    best, rival = main(document)
    metric, rows = document["headline"], document.get("dates") or []
    series: dict[str, dict[str, float]] = {}
    for row in rows:
        series.setdefault(row["model"], {})[row["as_of"]] = np.nan if row[metric] is None else float(row[metric])
    if best is None or len(series.get(best, {})) < 2:
        return None
    drawn = figure()
    axes = drawn.subplots(gridspec_kw={"left": 0.085, "right": 0.78, "bottom": 0.105})
    labels = []
    for looks in runners(document):
        if looks.name in series and looks.name in (best, rival, TRUTH):
            along = days(list(series[looks.name]))
            values = list(series[looks.name].values())
            axes.plot(along, values, **{**looks.looks, "linewidth": looks.width * 0.7})
            labels.append((float(np.nanmean(values)), f"{looks.label} {np.nanmean(values):.1%}", looks.colour))
    axes.set(xlim=(along[0], along[-1]), ylabel=f"{_shown(metric)}")
    axes.set_ylim(0, None)
    calendar(axes)
    percent(axes.yaxis)
    axes.grid(axis="y")
    _folds(axes, document)
    end_labels(axes, labels)
    axes.annotate("mean", (1, 1.0), (6, 4), xycoords="axes fraction", textcoords="offset points", color=MUTED, fontsize=9.5)
    return Drawing(drawn, _title(series, best, rival), f"{_shown(metric).capitalize()} on every as-of date; vertical lines: a new fold.")


def _folds(axes: Axes, document: Document) -> None:
    """A line where each fold's test dates begin, its number above."""
    blocks = sorted((block["test_first"], block["number"]) for block in document["blocks"] if not block["left_out"])
    for place, (first, (_, number)) in enumerate(zip(days([day for day, _ in blocks]), blocks, strict=True)):
        if place:
            axes.axvline(first, color=MUTED, linewidth=0.8, linestyle=(0, (1, 2)), zorder=1)
        axes.annotate(
            f"fold {number}", (first, 1), (3, 4), xycoords=("data", "axes fraction"), textcoords="offset points",
            color=MUTED, fontsize=9,
        )  # fmt: skip


def _title(series: dict[str, dict[str, float]], best: str, rival: str | None) -> str:
    """On how many dates the best model is ahead."""
    if rival not in series:
        return f"{named(best)}, date by date"
    pairs = [(value, series[rival][day]) for day, value in series[best].items() if day in series[rival]]
    ahead, behind = sum(own > other for own, other in pairs), sum(own < other for own, other in pairs)
    return f"{named(best)} is ahead of {named(rival)} on {ahead} of {len(pairs)} dates, behind on {behind}"


def _shown(metric: str) -> str:
    return metric.replace("_at_", "@")

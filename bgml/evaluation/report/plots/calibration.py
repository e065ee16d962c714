"""Reliability: what was promised against what happened, with the rows behind every point."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from bgml.evaluation.report.plots.runners import Document, best_model
from bgml.evaluation.report.plots.style import ACCENT, MUTED, OTHER, Drawing, figure, named

TICKS = (0, 0.001, 0.01, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1)


def calibration(document: Document) -> Drawing | None:
    """Observed against predicted share of winners in bins of the best model's propensity, and a histogram of the groups below."""
    models = (document.get("calibration") or {}).get("models") or {}
    name = best_model(document)
    if name not in models:
        name = next(iter(models), None)
    bins = [part for part in (models.get(name) or {}).get("bins", []) if _known(part)]
    if name is None or len(bins) < 2:
        return None
    drawn = figure(5.4)
    room = {"left": 0.1, "right": 0.97, "bottom": 0.1, "hspace": 0.08}
    upper, lower = drawn.subplots(2, 1, sharex=True, height_ratios=(3.4, 1), gridspec_kw=room)
    predicted, observed, low, high = (np.array([part[key] for part in bins], float) for key in ("predicted", "observed", "low", "high"))
    limit = min(1.0, 1.12 * float(max(predicted.max(), observed.max(), np.nanmax(high, initial=0))))
    root = (lambda share: np.sqrt(np.maximum(share, 0)), np.square)
    upper.set_xscale("function", functions=root)
    upper.set_yscale("function", functions=root)
    for axis in (upper.xaxis, upper.yaxis):
        _ticks(axis, limit)
    upper.set(xlim=(0, limit), ylim=(0, limit), ylabel="share that won")
    upper.plot([0, limit], [0, limit], color=MUTED, linewidth=1, linestyle=":", zorder=1)
    bars = np.maximum([observed - low, high - observed], 0)
    upper.errorbar(predicted, observed, bars, fmt="o", color=ACCENT, ecolor=ACCENT, markersize=6, elinewidth=1.4, zorder=3)
    upper.annotate("as promised", (0.985, 0.85), xycoords="axes fraction", color=MUTED, fontsize=9.5, ha="right", va="top")
    upper.grid()
    _histogram(lower, bins, predicted)
    told = "Groups in bins of the propensity they were given, both axes by square root; bars: 95% intervals."
    return Drawing(drawn, _title(document, name), told)


def _histogram(axes: Axes, bins: list[dict[str, Any]], predicted: np.ndarray) -> None:
    """The candidates behind every point, by the root of their number so that the few at the top can be seen; their wins above."""
    rows = np.array([part.get("rows") or 0 for part in bins], float)
    root = np.sqrt(predicted)
    width = 0.6 * float(np.min(np.diff(np.sort(root)), initial=0.05)) or 0.01
    width = max(width, 0.008)
    left, right = np.maximum(root - width / 2, 0) ** 2, (root + width / 2) ** 2
    axes.bar(left, np.sqrt(rows), width=right - left, align="edge", color=OTHER, linewidth=0)
    axes.set(xlabel="propensity given", ylabel="groups", ylim=(0, 1.5 * float(np.sqrt(rows.max(initial=1)))))
    axes.yaxis.set_major_locator(NullLocator())
    told = dict(zip(predicted.tolist(), rows.tolist(), strict=True))
    for place in apart(sorted(told), 0.055 * axes.get_xlim()[1] ** 0.5):
        count = told[place]
        axes.annotate(_short(count), (place, np.sqrt(count)), (0, 2), textcoords="offset points", ha="center", color=MUTED, fontsize=8)


def _title(document: Document, name: str) -> str:
    """Whether the promised wins add up to those that came."""
    ratio = document["models"].get(name, {}).get("predicted_over_observed") or {}
    value, low, high = (ratio.get(part) for part in ("value", "low", "high"))
    if value is None:
        return f"What {named(name)} promised, and what came"
    told = f"{named(name)} promises {value:.2f} wins for each that comes"
    if low is None or high is None:
        return told
    verdict = "" if low <= 1 <= high else ": too many" if value > 1 else ": too few"
    return f"{told}, 95% interval {low:.2f} to {high:.2f}{verdict}"


def _ticks(axis: Any, limit: float) -> None:  # noqa: ANN401  (XAxis or YAxis)
    """Round shares up to the limit, which an axis by square root (small shares apart, a place for 0) would not choose itself."""
    axis.set_major_locator(FixedLocator(apart([tick for tick in TICKS if tick <= limit], 0.075 * limit**0.5)))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda share, _: f"{share:.1%}" if 0 < share < 0.01 else f"{share:.0%}"))


def apart(shares: list[float], least: float) -> list[float]:
    """Those of the rising shares whose square roots are at least so far from the one before.

    >>> apart([0, 0.001, 0.01, 0.05], 0.08)
    [0, 0.01, 0.05]
    """
    kept = shares[:1]
    for share in shares[1:]:
        if share**0.5 - kept[-1] ** 0.5 >= least:
            kept.append(share)
    return kept


def _known(part: dict[str, Any]) -> bool:
    return all(part.get(key) is not None for key in ("predicted", "observed", "low", "high"))


def _short(count: float) -> str:
    """A count in few letters: 950, 1.2k, 34k."""
    return f"{count:.0f}" if count < 1000 else f"{count / 1000:.1f}k" if count < 10_000 else f"{count / 1000:.0f}k"

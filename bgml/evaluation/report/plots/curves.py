"""Curves: winners found by share of the list, precision by length of the list, wins met week by week."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from bgml.evaluation.report.plots.runners import TRUTH, Document, main, runner, runners
from bgml.evaluation.report.plots.style import MUTED, Drawing, calendar, days, end_labels, figure, named, percent

TENTH = 0.1
BAND: dict[str, Any] = {"linewidth": 0, "alpha": 0.16, "zorder": 2}


def gains(document: Document) -> Drawing | None:
    """The share of winners found by the share of the list worked."""
    found = document.get("gains") or {}
    curves, shares = found.get("curves") or {}, _numbers(found.get("shares") or [])
    best, rival = main(document)
    if best not in curves or len(shares) < 2:
        return None
    drawn = figure()
    axes = drawn.subplots(gridspec_kw={"left": 0.105, "right": 0.79, "bottom": 0.125})
    axes.plot([0, 1], [0, 1], color=MUTED, linewidth=1, linestyle=":", zorder=2)
    axes.annotate("any order", (0.74, 0.705), color=MUTED, fontsize=9.5, rotation=0, ha="left", va="top")
    value, labels = {}, []
    for name, curve in curves.items():
        looks, found_there = runner(document, name, best, rival), _numbers(curve["found"])
        axes.plot(shares, found_there, **looks.looks)
        if name in (best, rival):
            axes.fill_between(shares, _numbers(curve["low"]), _numbers(curve["high"]), color=looks.colour, **BAND)
        value[name] = float(np.interp(TENTH, shares, found_there))
        axes.plot([TENTH], [value[name]], "o", color=looks.colour, markersize=5, zorder=6)
        labels.append((value[name], f"{looks.label} {value[name]:.0%}", looks.colour))
    axes.axvline(TENTH, color=MUTED, linewidth=0.8, zorder=1)
    axes.set(xlim=(0, 1), ylim=(0, 1.02), xlabel="share of the list worked", ylabel="share of that date's winners found")
    percent(axes.xaxis)
    percent(axes.yaxis)
    axes.grid(axis="y")
    # All lines end in the same corner: the names stand at the heights of the first tenth, with its values.
    end_labels(axes, [(max(value.values()) + 0.001, "at 10%:", MUTED), *labels][::-1])
    than = f", with {named(rival)} {value[rival]:.0%}" if rival in value else ""
    title = f"The first 10% of the list hold {value[best]:.0%} of the winners with {named(best)}{than}"
    return Drawing(drawn, title, f"Mean over {found['dates']:,} as-of dates with a winner. Bands: 95% intervals by account.")


def precision(document: Document) -> Drawing | None:
    """Precision at K of every entry, with the interval of the best model and the best baseline."""
    best, rival = main(document)
    ks = sorted({int(metric.rpartition("_")[2]) for metric in _metrics(document, best) if re.fullmatch(r"precision_at_\d+", metric)})
    if best is None or len(ks) < 2:
        return None
    drawn = figure()
    axes = drawn.subplots(gridspec_kw={"left": 0.085, "right": 0.785, "bottom": 0.125})
    labels = []
    for looks in runners(document):
        rows = [_metrics(document, looks.name).get(f"precision_at_{k}") or {} for k in ks]
        values = _numbers([row.get("value") for row in rows])
        axes.plot(ks, values, marker="o" if looks.name in (best, rival) else "", markersize=5, **looks.looks)
        if looks.name in (best, rival):
            low, high = (_numbers([row.get(end) for row in rows]) for end in ("low", "high"))
            axes.fill_between(ks, low, high, color=looks.colour, **BAND)
        labels += [(float(values[-1]), looks.label, looks.colour)] if looks.name in (best, rival, TRUTH) else []
    axes.set(xlim=(ks[0] - 2, ks[-1]), xticks=ks, xlabel="K: groups taken from the top of the list", ylabel="share of them that win")
    axes.set_ylim(0, None)
    percent(axes.yaxis)
    axes.grid(axis="y")
    end_labels(axes, labels)
    others = " Thin lines: other models in blue, other baselines in grey." if len(document["order"]) > 2 else ""
    return Drawing(drawn, _of_fifty(document, best, rival), f"Mean over all as-of dates. Bands: 95% intervals by account.{others}")


def capacity(document: Document) -> Drawing | None:
    """Distinct wins met by working the list week after week, a deal counted once."""
    found = document.get("capacity") or {}
    curves, weeks = found.get("curves") or {}, found.get("weeks") or []
    best, rival = main(document)
    if best not in curves or len(weeks) < 2 or not curves[best]:
        return None
    telling = str(found.get("telling", 50))
    size = telling if telling in curves[best] else max(curves[best], key=int)
    drawn = figure()
    axes = drawn.subplots(gridspec_kw={"left": 0.085, "right": 0.785, "bottom": 0.125})
    labels, along = [], _along(weeks)
    for looks in runners(document):
        met = (curves.get(looks.name) or {}).get(size)
        if met and len(met) == len(weeks):
            axes.plot(along, met, **looks.looks)
            labels += [(float(met[-1]), f"{looks.label} {met[-1]:,.0f}", looks.colour)] if looks.name in (best, rival, TRUTH) else []
    axes.set(xlim=(along[0], along[-1]), ylabel="distinct wins met so far")
    if isinstance(weeks[0], str):
        calendar(axes)
    axes.set_ylim(0, None)
    axes.grid(axis="y")
    end_labels(axes, labels)
    wins = found.get("wins")
    of = f" of {wins:,}" if wins else ""
    second = (curves.get(rival) or {}).get(size) if rival else None
    than = f", {named(rival)} {second[-1]:,.0f}" if second else ""
    title = f"Working {size} groups a week, {named(best)} meets {curves[best][size][-1]:,.0f}{of} wins{than}"
    return Drawing(drawn, title, "A deal counts once, in the first week in which its group is in the worked part of the list.")


def _of_fifty(document: Document, best: str, rival: str | None) -> str:
    """How many of the first fifty win."""
    k = 50 if "precision_at_50" in _metrics(document, best) else 10
    held = [(name, (_metrics(document, name).get(f"precision_at_{k}") or {}).get("value")) for name in (best, rival) if name]
    told = [f"{k * value:.1f} win with {named(name)}" for name, value in held if value is not None]
    return f"Of the first {k} groups {', '.join(told)}"


def _metrics(document: Document, name: str | None) -> dict[str, Any]:
    return dict(document["models"].get(name, {}).get("metrics", {}))


def _along(weeks: Sequence[Any]) -> list[float]:
    """Weeks as days where they are dates, else in their order."""
    return days(weeks) if isinstance(weeks[0], str) else [float(week) for week in range(1, len(weeks) + 1)]


def _numbers(values: Sequence[Any]) -> np.ndarray:
    """JSON numbers, null as NaN."""
    return np.array([np.nan if value is None else value for value in values], dtype=float)

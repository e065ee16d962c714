"""`/quality`: whether to believe the list."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import Response

from bgml.web.access.viewer import viewer_of
from bgml.web.api.metrics import ALL_ONLY, NOT_IN_USE
from bgml.web.page.charts import Line, line_chart
from bgml.web.page.render import page
from bgml.web.problems import Problem
from bgml.web.quality.evaluation import Bin, Curve, Gains
from bgml.web.quality.quality import Quality
from bgml.web.service import service_of

router = APIRouter(include_in_schema=False)
SIZE = (520, 260)
EVERY = 5
"""Weeks that one point of the picture by week stands for."""
SHARES = (0.01, 0.05, 0.1, 0.2, 0.3, 0.5)
"""Parts of the list that the table of gains shows."""


@router.get("/quality")
def quality(request: Request) -> Response:
    """Calibration, gains, precision by week and impact of the model in use."""
    service = service_of(request)
    if not viewer_of(request).sees_all:
        raise Problem(403, ALL_ONLY, kind="forbidden")
    evaluation, impact, newest = service.results.evaluation(), service.results.impact(), service.shelf.newest()
    found = None if isinstance(evaluation, str) else Quality.of(evaluation, newest)
    said = evaluation if isinstance(evaluation, str) else f"{NOT_IN_USE[0].upper()}{NOT_IN_USE[1:]}."
    service.audit.record(request, "quality")
    shown = {} if found is None else _shown(found)
    return page(
        request, "quality.html", quality=found, missing="" if found else said, stale_version=bool(found and newest and found.stale(newest)),
        impact=[] if isinstance(impact, str) else impact.sentences, no_impact=impact if isinstance(impact, str) else "", **shown,
    )  # fmt: skip


def _shown(quality: Quality) -> dict[str, Any]:
    calibration, gains, parts = quality.calibration(), quality.gains(), quality.by_part(EVERY)
    return {
        "at": quality.at(), "difference": quality.difference(), "calibration": calibration, "summary": quality.evaluation.summary,
        "reliability": Markup(_reliability(calibration.bins) if calibration and calibration.bins else ""),
        "gains": Markup(_gains(quality, gains) if gains else ""), "gained": _gained(gains) if gains else [],
        "gained_names": list(gains.curves) if gains else [],
        "weeks": Markup(_weeks(quality, parts)), "parts": parts, "every": EVERY,
    }  # fmt: skip


def _reliability(bins: list[Bin]) -> str:
    """Predicted against observed."""
    at, observed = [one.predicted for one in bins], [one.observed for one in bins]
    low = [one.observed if one.low is None else one.low for one in bins]
    high = [one.observed if one.high is None else one.high for one in bins]
    about = f"{len(bins)} bins, from {at[0]:.1%} predicted and {observed[0]:.1%} observed to {at[-1]:.1%} and {observed[-1]:.1%}."
    line = Line("observed", at, observed, low, high, dots=True)
    return line_chart([line], title="Observed share of wins by predicted chance", about=about, percent=True, diagonal=True, size=SIZE)


def _gains(quality: Quality, gains: Gains) -> str:
    """The share of winners in the first part of the list, the model and the best rule."""
    lines = [_gain(name, gains, f"s{place}") for place, name in enumerate(quality.names, 1) if name in gains.curves]
    own = gains.curves[quality.model]
    lines[0] = Line(quality.model, gains.shares, lines[0].values, *_band(own))
    held = next((value for share, value in zip(gains.shares, lines[0].values, strict=True) if share >= 0.1), 0.0)
    return line_chart(
        list(reversed(lines)), title="Share of winners found by share of the list", percent=True, diagonal=True, size=SIZE,
        about=f"The first tenth of the list holds {held:.0%} of the winners with {quality.model}.",
    )  # fmt: skip


def _gain(name: str, gains: Gains, kind: str) -> Line:
    return Line(name, gains.shares, [value or 0.0 for value in gains.curves[name].found], kind=kind)


def _band(curve: Curve) -> tuple[list[float], list[float]]:
    """The ends of the interval; none where one of them is not known."""
    low, high = ([value for value in ends if value is not None] for ends in (curve.low, curve.high))
    return (low, high) if len(low) == len(high) == len(curve.found) else ([], [])


def _gained(gains: Gains) -> list[tuple[float, list[float | None]]]:
    """The curves at SHARES, as a table shows them."""
    places = sorted({_nearest(gains.shares, share) for share in SHARES})
    return [(gains.shares[place], [curve.found[place] for curve in gains.curves.values()]) for place in places]


def _nearest(shares: list[float], share: float) -> int:
    return min(range(len(shares)), key=lambda place: abs(shares[place] - share))


def _weeks(quality: Quality, parts: Sequence[tuple[date, Sequence[float | None]]]) -> str:
    """The headline over the test, a mean of EVERY dates a point."""
    lines = []
    for place, name in enumerate(quality.names):
        known = [(day, value) for day, values in parts if (value := values[place]) is not None]
        if len(known) > 1:
            lines.append(Line(name, [day for day, _ in known], [value for _, value in known], kind=f"s{place + 1}"))
    if not lines:
        return ""
    ends = " and ".join(f"{line.name} from {line.values[0]:.0%} to {line.values[-1]:.0%}" for line in lines)
    return line_chart(
        list(reversed(lines)), title=f"{quality.headline.replace('_at_', ' at ')} week by week", about=f"{ends}.", percent=True, size=SIZE
    )

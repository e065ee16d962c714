"""`/quality`: whether to believe the list."""

from __future__ import annotations

import datetime
from typing import Any

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import Response

from bgml.web.access.viewer import viewer_of
from bgml.web.api.metrics import ALL_ONLY
from bgml.web.page.charts import Line, line_chart
from bgml.web.page.render import page
from bgml.web.problems import Problem
from bgml.web.quality.quality import Quality
from bgml.web.service import service_of

router = APIRouter(include_in_schema=False)
SIZE = (520, 260)
EVERY = 5
"""Weeks that one point of the picture by week stands for."""


@router.get("/quality")
def quality(request: Request) -> Response:
    """Calibration, gains, precision by week and impact of the model in use."""
    service = service_of(request)
    if not viewer_of(request).sees_all:
        raise Problem(403, ALL_ONLY, kind="forbidden")
    document, impact, newest = service.results.evaluation(), service.results.impact(), service.shelf.newest()
    found = None if isinstance(document, str) else Quality.of(document, newest)
    said = document if isinstance(document, str) else "The last evaluation is not of the model in use: `bgml evaluate` makes one that is."
    service.audit.record(request, "quality")
    shown = {} if found is None else _shown(found)
    return page(
        request, "quality.html", quality=found, missing="" if found else said, stale_version=bool(found and newest and found.stale(newest)),
        impact=[] if isinstance(impact, str) else impact.get("sentences", []), no_impact=impact if isinstance(impact, str) else "", **shown,
    )  # fmt: skip


def _shown(quality: Quality) -> dict[str, Any]:
    calibration = quality.calibration()
    return {
        "at": quality.at(), "difference": quality.difference(), "calibration": calibration, "summary": quality.document.get("summary", []),
        "reliability": Markup("" if not calibration else _reliability(calibration["bins"])), "gains": Markup(_gains(quality)),
        "weeks": Markup(_weeks(quality)),
    }  # fmt: skip


def _reliability(bins: list[dict[str, Any]]) -> str:
    """Predicted against observed."""
    at, observed = [row["predicted"] for row in bins], [row["observed"] for row in bins]
    low, high = ([row[name] if row[name] is not None else row["observed"] for row in bins] for name in ("low", "high"))
    line = Line("observed", at, observed, low, high, dots=True)
    return line_chart([line], title="Observed share of wins by predicted chance", percent=True, diagonal=True, size=SIZE)


def _gains(quality: Quality) -> str:
    """The share of winners in the first part of the list, the model and the best rule."""
    found = quality.gains()
    if found is None:
        return ""
    names = [quality.model, *([quality.rival] if quality.rival in found["curves"] and quality.rival != quality.model else [])]
    lines = [Line(str(name), found["shares"], found["curves"][name]["found"], kind=f"s{place}") for place, name in enumerate(names, 1)]
    own = found["curves"][quality.model]
    lines[0] = Line(quality.model, found["shares"], own["found"], own.get("low") or (), own.get("high") or ())
    return line_chart(list(reversed(lines)), title="Share of winners found by share of the list", percent=True, diagonal=True, size=SIZE)


def _weeks(quality: Quality) -> str:
    """The headline over the test, a mean of EVERY dates a point."""
    names = [quality.model, *([quality.rival] if quality.rival and quality.rival != quality.model else [])]
    lines = []
    for place, (_, rows) in enumerate(quality.by_week(names).items(), 1):
        known = [(datetime.date.fromisoformat(row["as_of"][:10]), float(row["value"])) for row in rows if row["value"] is not None]
        parts = [known[start : start + EVERY] for start in range(0, len(known), EVERY)]
        if len(parts) > 1:
            means = [sum(value for _, value in part) / len(part) for part in parts]
            lines.append(Line(names[place - 1], [part[0][0] for part in parts], means, kind=f"s{place}"))
    return line_chart(list(reversed(lines)), title=f"{quality.headline} week by week", percent=True, size=SIZE) if lines else ""

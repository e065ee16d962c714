"""`/v1/metrics`: how good the model in use is, as last evaluated."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from bgml.web.access.viewer import viewer_of
from bgml.web.api.answers import answer, encoded
from bgml.web.api.asked import known_only
from bgml.web.api.schemas.problem import problems
from bgml.web.problems import Problem
from bgml.web.quality.quality import Quality
from bgml.web.seen.listing import etag_of
from bgml.web.service import service_of

router = APIRouter(prefix="/v1", tags=["quality"])
ALL_ONLY = "the quality of the model is told to those who see all accounts, because it speaks of all of them"


class Estimate(BaseModel):
    """A number with its 95% interval."""

    value: float | None = Field(description="The value.", examples=[0.23])
    low: float | None = Field(description="The interval's lower end.", examples=[0.19])
    high: float | None = Field(description="The interval's upper end.", examples=[0.28])


class AtK(Estimate):
    """A metric of the first k groups of a list."""

    k: int = Field(description="How many groups.", examples=[50])


class Bin(BaseModel):
    """Groups of about the same predicted probability."""

    predicted: float = Field(description="The mean predicted probability.")
    observed: float = Field(description="The share that reached the outcome.")
    low: float | None = Field(description="The interval's lower end.")
    high: float | None = Field(description="The interval's upper end.")
    rows: int = Field(description="Groups and dates in the bin.")
    won_opportunities: int = Field(description="Distinct won deals behind it.")


class Calibration(BaseModel):
    """How far predicted probabilities can be trusted."""

    bins: list[Bin] = Field(description="By predicted probability.")
    slope: Estimate = Field(description="1 where probabilities are neither too bold nor too timid.")
    top_1: Estimate = Field(description="Predicted over observed in the top 1%.")
    top_10: Estimate = Field(description="Predicted over observed in the top 10%.")
    overall: Estimate = Field(description="Predicted over observed of all.")


class Metrics(BaseModel):
    """The quality of the model in use, as it was last evaluated on dates that came after its training."""

    model: str = Field(description="The model in use.", examples=["propensity"])
    model_version: int | None = Field(description="The version in use.", examples=[3])
    evaluated_until: str | None = Field(description="Until when the evaluation saw data.", examples=["2026-01-04"])
    stale: bool = Field(description="Whether the version in use was trained on later data than the evaluation saw.")
    headline: str = Field(description="The metric that models are compared by.", examples=["precision_at_50"])
    best_baseline: str | None = Field(description="The best rule that does not learn.", examples=["people_count"])
    difference: Estimate | None = Field(description="The headline, above the best rule's.")
    at_k: dict[str, list[AtK]] = Field(description="precision, recall, lift and won amount of the first k groups.")
    calibration: Calibration | None = Field(description="How far probabilities can be trusted.")
    by_week: list[dict[str, Any]] = Field(description="The headline at every date of the test.")
    summary: list[str] = Field(description="What to read first, in sentences.")
    impact: list[str] = Field(description="What goes with engaged groups, in sentences; empty before `bgml impact` was run.")


@router.get("/metrics", response_model=Metrics, responses=problems(401, 403, 404, 422, 429, 503), summary="The quality of the model in use")
def metrics(request: Request) -> Response:
    """Calibration, precision at k and the difference to the best rule, as last evaluated. For viewers who see all accounts."""
    known_only(request.query_params, set())
    service = service_of(request)
    if not viewer_of(request).sees_all:
        raise Problem(403, ALL_ONLY, kind="forbidden")
    snapshot, document = service.shelf.snapshot(), service.results.evaluation()
    if isinstance(document, str):
        raise Problem(404, document.rstrip("."), kind="no-evaluation")
    quality = Quality.of(document, snapshot)
    if quality is None:
        raise Problem(404, "the last evaluation is not of the model in use: `bgml evaluate` makes one that is", kind="no-evaluation")
    service.audit.record(request, "quality")
    impact = service.results.impact()
    model = snapshot.manifest["model"]
    body = encoded({
        "model": quality.model, "model_version": model.get("version"), "evaluated_until": document.get("data_until"),
        "stale": quality.stale(snapshot), "headline": quality.headline, "best_baseline": quality.rival, "difference": quality.difference(),
        "at_k": quality.at(), "calibration": quality.calibration(), "by_week": quality.by_week([quality.model])[quality.model],
        "summary": document.get("summary", []), "impact": [] if isinstance(impact, str) else impact.get("sentences", []),
    })  # fmt: skip
    return answer(request, etag_of(body), body)

"""`/v1/metrics`: how good the model in use is, as last evaluated."""

from __future__ import annotations

import datetime

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from bgml.web.access.viewer import viewer_of
from bgml.web.api.answers import answer, encoded
from bgml.web.api.asked import known_only
from bgml.web.api.schemas.problem import problems
from bgml.web.problems import Problem
from bgml.web.quality.evaluation import AtK, Calibration, Estimate, Week
from bgml.web.quality.impact import Ratio
from bgml.web.quality.quality import Quality
from bgml.web.service import service_of

router = APIRouter(prefix="/v1", tags=["quality"])
ALL_ONLY = "the quality of the model is told to those who see all accounts, because it speaks of all of them"
NOT_IN_USE = "the last evaluation is not of the model in use: `bgml evaluate` makes one that is"


class Metrics(BaseModel):
    """The quality of the model in use, as it was last evaluated on dates that came after its training."""

    model: str = Field(description="The model in use.", examples=["propensity"])
    model_version: int | None = Field(description="The version in use.", examples=[3])
    evaluated_until: datetime.date | None = Field(description="Until when the evaluation saw data.", examples=["2026-01-04"])
    stale: bool = Field(description="Whether the version in use was trained on later data than the evaluation saw.")
    headline: str = Field(description="The metric that models are compared by.", examples=["precision_at_50"])
    best_baseline: str | None = Field(description="The best rule that does not learn.", examples=["people_count"])
    difference: Estimate | None = Field(description="The headline, above the best rule's.")
    at_k: dict[str, list[AtK]] = Field(description="precision, recall, lift and won amount of the first k groups.")
    calibration: Calibration | None = Field(description="How far probabilities can be trusted.")
    by_week: list[Week] = Field(description="The headline at every date of the test.")
    summary: list[str] = Field(description="What to read first, in sentences.")
    impact: list[str] = Field(description="What goes with engaged groups, in sentences; empty before `bgml impact` was run.")
    impact_ratios: list[Ratio] = Field(description="The same in numbers.")


@router.get("/metrics", response_model=Metrics, responses=problems(401, 403, 404, 422, 429, 503), summary="The quality of the model in use")
def metrics(request: Request) -> Response:
    """Calibration, precision at k and the difference to the best rule, as last evaluated. For viewers who see all accounts."""
    known_only(request.query_params, set())
    service = service_of(request)
    if not viewer_of(request).sees_all:
        raise Problem(403, ALL_ONLY, kind="forbidden")
    snapshot, evaluation = service.shelf.snapshot(), service.results.evaluation()
    if isinstance(evaluation, str):
        raise Problem(404, evaluation.rstrip("."), kind="no-evaluation")
    quality = Quality.of(evaluation, snapshot)
    if quality is None:
        raise Problem(404, NOT_IN_USE, kind="no-evaluation")
    service.audit.record(request, "quality")
    impact = service.results.impact()
    found = None if isinstance(impact, str) else impact
    told = Metrics(
        model=quality.model, model_version=snapshot.manifest["model"].get("version"), evaluated_until=evaluation.data_until,
        stale=quality.stale(snapshot), headline=quality.headline, best_baseline=evaluation.best_baseline, difference=quality.difference(),
        at_k=quality.at(), calibration=quality.calibration(), by_week=quality.by_week(), summary=evaluation.summary,
        impact=found.sentences if found else [], impact_ratios=found.headline if found else [],
    )  # fmt: skip
    return answer(request, encoded(told.model_dump(mode="json", by_alias=True)))

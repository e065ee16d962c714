"""`/healthz`, `/readyz`, `/metrics`: what machines ask a service."""

from __future__ import annotations

import os
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from bgml.web.access.viewer import viewer_of
from bgml.web.api.answers import JSON, encoded
from bgml.web.api.schemas.problem import problems
from bgml.web.operations.figures import CONTENT_TYPE, exposition
from bgml.web.problems import Problem
from bgml.web.service import Service, service_of

router = APIRouter(tags=["operations"])


class Health(BaseModel):
    """Whether the process answers."""

    status: str = Field(description="ok", examples=["ok"])


class Readiness(BaseModel):
    """Whether rankings can be served, and the newest is the one that is."""

    ready: bool = Field(description="Whether requests should be sent here.")
    as_of: str | None = Field(description="The date of the ranking that is served.", examples=["2026-01-05"])
    problems: list[str] = Field(description="What is wrong, in short.", examples=[[]])


@router.get("/healthz", response_model=Health, summary="The process answers")
async def healthz() -> dict[str, str]:
    """200 as long as the process answers."""
    return {"status": "ok"}


@router.get("/readyz", response_model=Readiness, responses={503: {"model": Readiness, "description": "Not ready."}}, summary="It can serve")
def readyz(request: Request) -> Response:
    """200 when the newest ranking is served and verdicts can be kept; 503 with what is wrong otherwise."""
    found = _readiness(service_of(request))
    return Response(encoded(found), 200 if found["ready"] else 503, media_type=JSON)


def _readiness(service: Service) -> dict[str, Any]:
    newest, wrong = service.shelf.newest(), []
    if newest is None:
        wrong.append("there is no ranking yet" if not service.shelf.trouble else "no ranking can be read")
    elif service.shelf.trouble:
        wrong.append("the newest ranking cannot be read; an earlier state of it, or an older one, is served")
    if not os.access(service.project.verdicts, os.W_OK):
        wrong.append("verdicts cannot be kept: their folder is not writable")
    return {"ready": not wrong, "as_of": None if newest is None else str(newest.as_of), "problems": wrong}


@router.get("/metrics", responses={**problems(401, 403), 200: {"content": {"text/plain": {}}}}, summary="Figures for Prometheus")
def metrics(request: Request) -> Response:
    """Requests, latencies, the age of the ranking. Where people sign in, admins only."""
    if viewer_of(request).role != "admin":
        raise Problem(403, "operators' figures are for admins", kind="forbidden")
    service = service_of(request)
    return Response(exposition(service), media_type=CONTENT_TYPE)

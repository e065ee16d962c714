"""`/v1/rankings`: which rankings there are, and one of them filtered, ordered, part by part."""

from __future__ import annotations

import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import JSONResponse, Response

from bgml.web.access.viewer import viewer_of
from bgml.web.service import service_of
from bgml.web.shelf import groups, listing
from bgml.web.shelf import query as asked

router = APIRouter(prefix="/v1", tags=["rankings"])


@router.get("/rankings")
def rankings(request: Request) -> dict[str, Any]:
    """The dates that have a ranking."""
    return {"rankings": [{"as_of": day} for day in reversed(service_of(request).shelf.dates())]}


@router.get("/rankings/{as_of}")
def ranking(request: Request, as_of: datetime.date, limit: Annotated[int, Query(ge=1, le=500)] = 50, cursor: str | None = None) -> Response:
    """A ranking's groups."""
    service, viewer = service_of(request), viewer_of(request)
    snapshot = service.shelf.snapshot(as_of)
    part = listing.listed(service.shelf, snapshot, viewer, asked.Query(), limit=limit, cursor=cursor)
    rows = [groups.row(snapshot, viewer, place) for place in part.positions]
    service.audit.record(request, "list", as_of=as_of, ranking_id=snapshot.ranking_id, groups=len(rows))
    document = {"as_of": str(as_of), "total": part.total, "next_cursor": part.next_cursor, "groups": rows}
    return JSONResponse(_plain(document))


def _plain(value: Any) -> Any:  # noqa: ANN401
    import json

    return json.loads(json.dumps(value, default=str))

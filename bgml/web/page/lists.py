"""`/`: this week's list."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from bgml.web.access.viewer import viewer_of
from bgml.web.page.render import page
from bgml.web.seen import listing
from bgml.web.seen.query import Query
from bgml.web.seen.rows import rows as rows_of
from bgml.web.service import service_of

router = APIRouter(include_in_schema=False)


@router.get("/")
def this_week(request: Request) -> Response:
    """The list, filtered and ordered as the address says."""
    service, viewer = service_of(request), viewer_of(request)
    snapshot = service.shelf.snapshot()
    part = listing.listed(service.shelf, snapshot, viewer, Query(), limit=50, counted=True)
    rows = rows_of(service.shelf, snapshot, viewer, part.positions)
    service.audit.record(request, "list", as_of=snapshot.as_of, ranking_id=snapshot.ranking_id, groups=len(rows))
    return page(request, "list.html", snapshot=snapshot, part=part, rows=rows)

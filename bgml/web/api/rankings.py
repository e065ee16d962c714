"""`/v1/rankings`: which rankings there are, and one of them filtered, ordered, part by part."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from bgml.errors import BgmlError
from bgml.ranking.archive import store
from bgml.web.access.viewer import Viewer, viewer_of
from bgml.web.api.answers import answer, encoded, etag_of
from bgml.web.api.asked import as_of_date, asked, known_only, list_parameters
from bgml.web.api.schemas.lists import AS_OF, Listing, Rankings, group_row
from bgml.web.api.schemas.problem import problems
from bgml.web.seen import listing
from bgml.web.seen.rows import rows
from bgml.web.service import Service, service_of
from bgml.web.shelf.snapshot import Snapshot

router = APIRouter(prefix="/v1", tags=["rankings"])
LISTED = 520
"""Dates that /v1/rankings names: ten years of weeks."""


@router.head("/rankings", include_in_schema=False)
@router.get("/rankings", response_model=Rankings, responses=problems(401, 422, 429), summary="The rankings there are")
def rankings(request: Request) -> Response:
    """The dates that have a ranking, newest first; the newest is the current one."""
    known_only(request.query_params, set())
    service, viewer = service_of(request), viewer_of(request)
    newest = service.shelf.newest()
    found = []
    for day in reversed(service.shelf.dates()[-LISTED:]):
        try:
            stored = store.current(service.project.rankings, day)
            model = {} if stored is None else stored.manifest()["model"]
        except (BgmlError, KeyError):
            continue
        if stored is not None:
            current = newest is not None and newest.as_of == day
            seen = listing.totals(service.shelf, newest, viewer) if current and newest is not None else None
            counts = {} if seen is None else {"groups": seen[0], "selected": seen[1]}
            told = {"as_of": day, "ranking_id": stored.ranking_id, "model": model.get("name"), "model_version": model.get("version")}
            found.append({**told, "current": current, **counts})
    body = encoded({"rankings": found})
    return answer(request, body)


@router.head("/rankings/{as_of}", include_in_schema=False)
@router.get(
    "/rankings/{as_of}", response_model=Listing, responses=problems(400, 401, 404, 422, 429, 503),
    summary="A ranking's groups", openapi_extra={"parameters": [AS_OF, *list_parameters()]}, operation_id="ranking",
)  # fmt: skip
async def ranking(request: Request) -> Response:
    """The groups of a ranking, filtered, ordered, part by part. `as_of` is a date or `latest`.

    `total` counts the groups of the list, `next_cursor` leads to the following part. The entity tag changes when the answer may.
    """
    service, viewer = service_of(request), viewer_of(request)
    day = as_of_date(request.path_params["as_of"])
    snapshot = service.shelf.newest() if day is None else None
    snapshot = snapshot or service.shelf.snapshot(day)
    newest = service.shelf.newest() or snapshot
    key = "listing", viewer.owner, newest.ranking_id, request.scope["query_string"]
    made = snapshot.answers.there(key)
    if made is None and snapshot.ready:
        # A few milliseconds; a thread that shares the interpreter with the event loop would take longer, and hold up all others.
        made = snapshot.answers.get(key, lambda: _made(service, snapshot, viewer, request))
    elif made is None:
        made = await run_in_threadpool(snapshot.answers.get, key, lambda: _made(service, snapshot, viewer, request))
    service.audit.record(request, "list", as_of=str(snapshot.as_of), ranking_id=snapshot.ranking_id, asked=request.url.query[:500])
    tag, body = made
    return answer(request, body, tag)


def _made(service: Service, snapshot: Snapshot, viewer: Viewer, request: Request) -> tuple[str, bytes]:
    """The answer and its tag."""
    wanted = asked(request.query_params)
    shelf, query = service.shelf, wanted.query
    part = listing.listed(shelf, snapshot, viewer, query, limit=wanted.limit, cursor=wanted.cursor, counted=wanted.facets)
    groups = [group_row(row) for row in rows(snapshot, viewer, part.positions)]
    head = {"as_of": snapshot.as_of, "ranking_id": snapshot.ranking_id, "total": part.total, "next_cursor": part.next_cursor}
    body = encoded({**head, **({"facets": part.counts} if wanted.facets else {}), "groups": groups})
    return etag_of(body), body

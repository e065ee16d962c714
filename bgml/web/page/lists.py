"""`/`: a week's list, filtered and ordered as the address says."""

from __future__ import annotations

import datetime
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import Response

from bgml.web.access.viewer import viewer_of
from bgml.web.api.asked import Asked, as_of_date, asked
from bgml.web.page.render import page
from bgml.web.problems import Problem
from bgml.web.seen import listing
from bgml.web.seen.query import FILTERS, SORTS
from bgml.web.seen.rows import rows
from bgml.web.service import service_of

router = APIRouter(include_in_schema=False)
PER_PAGE = 50
FURTHER = {"segment", "region", "band", "route", "trend"}
"""Filters that are folded away while none of them is in force."""
WEEKS = 26
MANY = 60
"""More values than this are not offered in a menu."""


@router.get("/")
def this_week(request: Request) -> Response:
    """The list."""
    service, viewer = service_of(request), viewer_of(request)
    if service.shelf.newest() is None:
        return page(request, "none_yet.html", status=503, headers={"Retry-After": "60"})
    snapshot = service.shelf.snapshot(_day(request))
    wanted = asked(request.query_params, lenient=True)
    try:
        part = listing.listed(service.shelf, snapshot, viewer, wanted.query, limit=PER_PAGE, cursor=wanted.cursor, counted=True)
    except Problem:
        part = listing.listed(service.shelf, snapshot, viewer, wanted.query, limit=PER_PAGE, counted=True)
    found = rows(snapshot, viewer, part.positions)
    service.audit.record(request, "list", as_of=str(snapshot.as_of), ranking_id=snapshot.ranking_id, asked=request.url.query[:500])
    newest = service.shelf.newest()
    as_of = None if newest is snapshot else snapshot.as_of
    kept = _kept(wanted, as_of)
    return page(
        request, "list.html", snapshot=snapshot, part=part, rows=found, query=wanted.query, menus=_menus(wanted, part.counts),
        chips=_chips(wanted, kept), weeks=_weeks(service.shelf.dates(), snapshot.as_of),
        newest=newest and newest.as_of, as_of=as_of, sorts=SORTS,
        following=None if part.next_cursor is None else _address({**kept, "cursor": [part.next_cursor]}),
        top=_address(kept),
        first=wanted.cursor is None, work=listing.totals(service.shelf, snapshot, viewer)[1],
        further=bool(as_of or {name for name, _ in wanted.query.filters} & FURTHER),
        topics={name: topic.name for name, topic in snapshot.topics.topics.items()},
    )  # fmt: skip


def _day(request: Request) -> Any:  # noqa: ANN401
    """The date of the address; one that cannot be is the newest."""
    try:
        return as_of_date(request.query_params.get("as_of"))
    except Problem:
        return None


def _weeks(dates: list[datetime.date], shown: datetime.date) -> list[datetime.date]:
    """The weeks that the menu offers, newest first; the one that is shown is among them."""
    return sorted({*dates[-WEEKS:], shown}, reverse=True)


def _menus(wanted: Asked, counts: dict[str, dict[str, int]]) -> dict[str, list[tuple[str, int, bool]]]:
    """What each filter offers: value, groups, whether it is chosen."""
    chosen = dict(wanted.query.filters)
    found = {}
    for name in FILTERS:
        values = {value: n for value, n in counts.get(name, {}).items() if value}
        offered = list(values.items())[:MANY] + [(value, 0) for value in chosen.get(name, ()) if value not in values]
        if len(values) > 1 or name in chosen:
            found[name] = [(value, n, value in chosen.get(name, ())) for value, n in offered]
    return found


def _kept(wanted: Asked, as_of: Any) -> dict[str, list[str]]:  # noqa: ANN401
    """The address of the list as names and values, the cursor aside."""
    query = wanted.query
    found = {name: list(values) for name, values in query.filters}
    found |= {"q": [query.text]} if query.text else {}
    found |= {"selected": [str(query.selected).lower()]} if query.selected is not None else {}
    found |= {"sort": [query.sort]} if query.sort != "rank" else {}
    return found | ({"as_of": [str(as_of)]} if as_of is not None else {})


def _chips(wanted: Asked, kept: dict[str, list[str]]) -> list[tuple[str, str, str]]:
    """What is in force: its name, its value, and the address without it."""
    found = []
    for name, values in kept.items():
        for value in values if name not in ("sort", "as_of") else ():
            rest = {**kept, name: [other for other in values if other != value]}
            found.append((name, value, _address(rest)))
    return found


def _address(kept: dict[str, list[str]]) -> str:
    pairs = [(name, value) for name, values in kept.items() for value in values]
    return f"/?{urlencode(pairs)}" if pairs else "/"


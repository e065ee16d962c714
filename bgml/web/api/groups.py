"""`/v1/group` and `/v1/account`: who is in a group, why it stands there, how it moved, what to do."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from bgml.web.access.viewer import viewer_of
from bgml.web.api.answers import answer, encoded
from bgml.web.api.asked import as_of_date, known_only, required
from bgml.web.api.schemas.groups import AccountDocument, GroupDocument, group_document
from bgml.web.api.schemas.lists import group_row
from bgml.web.api.schemas.problem import problems
from bgml.web.problems import Problem
from bgml.web.seen import scope
from bgml.web.seen.groups import Shown
from bgml.web.seen.rows import rows
from bgml.web.service import service_of
from bgml.web.shelf.snapshot import Snapshot

router = APIRouter(prefix="/v1", tags=["groups"])
UNKNOWN = "there is no such group in this ranking"
UNKNOWN_ACCOUNT = "there is no such account in this ranking"


def _parameter(name: str, description: str, *, needed: bool = True) -> dict[str, Any]:
    schema = {"type": "string", "maxLength": 500} | ({"minLength": 1} if needed else {})
    return {"name": name, "in": "query", "required": needed, "schema": schema, "description": description}


ACCOUNT, TOPIC = _parameter("account_id", "The account's id."), _parameter("topic", "The topic; any character may be in it.")
DAY = _parameter("as_of", "The date of the ranking; the newest by default.", needed=False)
ANSWERS = problems(401, 404, 422, 429, 503)


@router.get(
    "/group", response_model=GroupDocument, responses=ANSWERS, summary="A group", openapi_extra={"parameters": [ACCOUNT, TOPIC, DAY]},
    operation_id="group",
)  # fmt: skip
def group(request: Request) -> Response:
    """Everything about one group: members, roles, coverage, reasons, the way through the weeks, next steps, verdicts."""
    known_only(request.query_params, {"account_id", "topic", "as_of"})
    snapshot, shown = asked_group(request)
    position = snapshot.position(str(shown.row["account_id"]), str(shown.row["topic"]))
    assert position is not None
    timeline = snapshot.group(position).timeline[["person_id", "visitor_id", "week", "category", "actions"]].to_dict("records")
    return answer(request, encoded(group_document(shown, timeline)))


def asked_group(request: Request) -> tuple[Snapshot, Shown]:
    """The group that the address names, and the ranking it stands in; recorded. Problem 404 for none that the viewer may know of."""
    service, viewer = service_of(request), viewer_of(request)
    account_id, topic = required(request.query_params, "account_id"), required(request.query_params, "topic")
    snapshot = service.shelf.snapshot(as_of_date(request.query_params.get("as_of")))
    shown = service.groups.group(snapshot, viewer, account_id, topic)
    if shown is None:
        raise Problem(404, UNKNOWN, kind="unknown-group")
    service.audit.record(request, "group", as_of=str(snapshot.as_of), ranking_id=snapshot.ranking_id, account_id=account_id, topic=topic)
    return snapshot, shown


@router.get(
    "/account", response_model=AccountDocument, responses=ANSWERS, summary="An account", openapi_extra={"parameters": [ACCOUNT, DAY]},
    operation_id="account",
)  # fmt: skip
def account(request: Request) -> Response:
    """An account with all its groups, one per topic."""
    known_only(request.query_params, {"account_id", "as_of"})
    service, viewer = service_of(request), viewer_of(request)
    account_id = required(request.query_params, "account_id")
    snapshot = service.shelf.snapshot(as_of_date(request.query_params.get("as_of")))
    found = rows(snapshot, viewer, scope.of_account(service.shelf, snapshot, viewer, account_id))
    if not found:
        raise Problem(404, UNKNOWN_ACCOUNT, kind="unknown-account")
    service.audit.record(request, "account", as_of=str(snapshot.as_of), ranking_id=snapshot.ranking_id, account_id=account_id)
    about = {name: found[0][name] for name in ("account_name", "owner", "segment", "region")}
    groups = [group_row(row) for row in found]
    return answer(request, encoded({"as_of": snapshot.as_of, "account_id": account_id, **about, "groups": groups}))

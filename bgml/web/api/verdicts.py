"""`/v1/verdicts`: what sales says of a ranked group."""

from __future__ import annotations

import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from bgml.errors import RankingError
from bgml.ranking.feedback import verdicts as kept
from bgml.web.access.viewer import Viewer, viewer_of
from bgml.web.api.answers import JSON, answer, encoded
from bgml.web.api.asked import known_only, required
from bgml.web.api.groups import ACCOUNT, TOPIC, UNKNOWN
from bgml.web.api.schemas.groups import VerdictDocument, verdict_document
from bgml.web.api.schemas.problem import problems
from bgml.web.operations.figures import VERDICTS
from bgml.web.problems import Problem
from bgml.web.seen import scope
from bgml.web.service import Service, service_of

router = APIRouter(prefix="/v1", tags=["verdicts"])
LONGEST_REASON = 2_000
KEY = "A name of your own for this verdict: sent again under it, it is kept once."


class NewVerdict(BaseModel):
    """What to keep."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [
        {"account_id": "A000017", "topic": "Data/AI", "verdict": "rejected", "reason": "bought last month"},
    ]})  # fmt: skip

    account_id: str = Field(min_length=1, max_length=500, description="The account of the group.")
    topic: str = Field(min_length=1, max_length=500, description="What the group looks into.")
    as_of: datetime.date | None = Field(None, description="The date of the ranking that is judged; the newest by default.")
    verdict: Literal["accepted", "rejected"] = Field(description="What is said.")
    reason: str = Field("", max_length=LONGEST_REASON, description="Why.")


class Verdicts(BaseModel):
    """The verdicts on a group, newest first."""

    verdicts: list[VerdictDocument] = Field(description="What was said.")


@router.post(
    "/verdicts", status_code=201, response_model=VerdictDocument, responses=problems(401, 403, 404, 409, 413, 422, 429, 503),
    summary="Accept or reject a group", operation_id="new_verdict",
)  # fmt: skip
def new_verdict(
    request: Request, said: NewVerdict, idempotency_key: Annotated[str | None, Header(max_length=200, description=KEY)] = None,
) -> Response:  # fmt: skip
    """Keep a verdict; it is on disk when the answer comes. The latest verdict on a group counts."""
    service, viewer = service_of(request), viewer_of(request)
    verdict, again = give(service, viewer, request, said, idempotency_key or "")
    headers = {"Idempotent-Replayed": "true"} if again else {}
    return Response(encoded(verdict), 201, headers=headers, media_type=JSON)


def give(service: Service, viewer: Viewer, request: Request, said: NewVerdict, key: str = "") -> tuple[dict[str, Any], bool]:
    """Keep a verdict of a viewer's on a group that they may see; and whether it was there already under its key."""
    if not viewer.judges:
        raise Problem(403, "a viewer reads only; an editor or admin may accept and reject", kind="forbidden")
    if any(not char.isprintable() and char not in "\n\t" for char in said.reason + key):
        raise Problem(422, "reason: holds characters that cannot be shown", kind="bad-verdict")
    snapshot = service.shelf.snapshot(said.as_of)
    if scope.position(service.shelf, snapshot, viewer, said.account_id, said.topic) is None:
        raise Problem(404, UNKNOWN, kind="unknown-group")
    facts = {"as_of": str(snapshot.as_of), "account_id": said.account_id, "topic": said.topic, "verdict": said.verdict}
    service.audit.record(request, "verdict", **facts)
    now = datetime.datetime.now(datetime.UTC).replace(tzinfo=None)
    try:
        made = kept.write(
            service.project, said.account_id, said.topic, said.verdict, snapshot.as_of, by=viewer.name, reason=said.reason, at=now,
            key=f"{viewer.key}:{key}" if key else "",
        )  # fmt: skip
    except RankingError as error:
        # The sentence may name other groups.
        if key and "the key" in str(error):
            raise Problem(409, "the key was used for another verdict; use a new one", kind="key-used") from None
        raise Problem(503, "the verdict was not kept; try again, and tell whoever runs the service if it goes on") from None
    VERDICTS.labels(made.verdict).inc()
    return verdict_document(made.entry()), made.at != now


@router.get(
    "/verdicts", response_model=Verdicts, responses=problems(401, 404, 422, 429, 503), summary="The verdicts on a group",
    openapi_extra={"parameters": [ACCOUNT, TOPIC]}, operation_id="verdicts",
)  # fmt: skip
def verdicts(request: Request) -> Response:
    """What was said of a group of the newest ranking."""
    known_only(request.query_params, {"account_id", "topic"})
    service, viewer = service_of(request), viewer_of(request)
    account_id, topic = required(request.query_params, "account_id"), required(request.query_params, "topic")
    snapshot = service.shelf.snapshot()
    if scope.position(service.shelf, snapshot, viewer, account_id, topic) is None:
        raise Problem(404, UNKNOWN, kind="unknown-group")
    return answer(request, encoded({"verdicts": [verdict_document(entry) for entry in service.groups.verdicts(account_id, topic)]}))

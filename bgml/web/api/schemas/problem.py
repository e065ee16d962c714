"""Problem details (RFC 9457), and the problems that an endpoint may answer with."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from bgml.web.problems import MEDIA_TYPE

MEANINGS = {
    400: "The cursor belongs to another list, or the request is not valid.",
    401: "Nobody is signed in, or the token is not valid.",
    403: "The viewer may not do this, or may not do it from there.",
    404: "There is no such thing, or none that the viewer may know of.",
    409: "The key was used for something else.",
    413: "The body is too large.",
    422: "A parameter is unknown or cannot be what was given.",
    429: "Too many failed sign-ins; Retry-After says when to try again.",
    503: "There is no ranking yet, or it cannot be read at the moment.",
}


class ProblemDocument(BaseModel):
    """What went wrong."""

    model_config = ConfigDict(extra="allow", json_schema_extra={"examples": [{
        "type": "urn:bgml:problem:unknown-group", "title": "Not Found", "status": 404, "detail": "there is no such group in this ranking",
        "request_id": "5f0c1d2e3a4b",
    }]})  # fmt: skip

    type: str = Field(description="What programs tell the problem by; about:blank where the status says it all.")
    title: str = Field(description="The name of the status.")
    status: int = Field(description="The status.")
    detail: str = Field(description="One sentence for people.")


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problems that an endpoint declares; 400, 421 and 500 may come from any."""
    found = sorted({400, *statuses})
    shape = {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}
    return {status: {"description": MEANINGS[status], "content": {MEDIA_TYPE: shape}} for status in found}

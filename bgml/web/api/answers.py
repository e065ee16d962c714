"""Answers with an entity tag: who has the same one already is told so in a few bytes."""

from __future__ import annotations

import datetime
import hashlib
import json
import math
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

JSON = "application/json"


def plain(value: Any) -> Any:  # noqa: ANN401  (any value of a ranking)
    """A value as JSON has it: no NaN, dates in ISO form."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value.item() if hasattr(value, "item") else value


def encoded(value: Any) -> bytes:  # noqa: ANN401
    """A value as JSON in UTF-8: numbers of numpy and dates as such, NaN as null."""
    try:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=plain, allow_nan=False)
    except ValueError:
        # Looking at every number is slow, and rankings hold hardly a NaN.
        text = json.dumps(plain(value), ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace")


def etag_of(body: bytes) -> str:
    """A strong entity tag, quoted: the answer's fingerprint, so that it tells nothing but that the answer is the same."""
    return f'"{hashlib.sha256(body).hexdigest()[:24]}"'


def answer(request: Request, body: bytes, tag: str | None = None) -> Response:
    """JSON, or 304 where the asker has it. tag: the body's, where it is known already."""
    tag = tag or etag_of(body)
    headers = {"ETag": tag, "Vary": "Authorization, Cookie"}
    if tag in (part.strip().removeprefix("W/") for part in request.headers.get("if-none-match", "").split(",")):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type=JSON)

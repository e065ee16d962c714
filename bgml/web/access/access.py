"""Who somebody is: by a token, a session or the trusted proxy, or nobody in particular where only this machine can ask."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

from starlette.requests import HTTPConnection

from bgml.errors import ProjectError
from bgml.project import Project
from bgml.web.access.proxy import Proxy
from bgml.web.access.sessions import COOKIE, Sessions
from bgml.web.access.throttle import Throttle
from bgml.web.access.tokens import Token, TokenBook
from bgml.web.access.viewer import LOCAL, Viewer
from bgml.web.problems import Problem

log = logging.getLogger("bgml.web")
FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip")
"""Who asks by these is not on this machine, wherever the connection comes from."""


class Access:
    """The ways into one service. `strict`: people have to sign in even where there is neither a token nor a proxy."""

    def __init__(self, project: Project, *, strict: bool = False) -> None:
        """Tokens are read when somebody asks, and again when they change."""
        self.tokens, self.sessions, self.proxy = TokenBook(project), Sessions(project), Proxy(project.settings.web)
        self.throttle, self._guarded = Throttle(), strict

    @property
    def guarded(self) -> bool:
        """Whether people have to sign in: from the first token on, or with a trusted proxy; never again not, while the service runs."""
        self._guarded = self._guarded or bool(self.proxy.networks) or self.tokens.any()
        return self._guarded

    def viewer(self, connection: HTTPConnection) -> Viewer | None:
        """Who asks; None where nobody is signed in. Problem 401 for a token that is not good, 429 after too many of them."""
        if not self.guarded:
            if any(name in connection.headers for name in FORWARDED):
                raise Problem(403, "requests passed on by a proxy need somebody to be signed in: see docs/access.md", kind="forbidden")
            return LOCAL
        said = connection.headers.getlist("authorization")
        if said:
            scheme, _, text = said[0].partition(" ") if len(said) == 1 else ("", "", "")
            token = self.token(text.strip()) if scheme.lower() == "bearer" else None
            if token is None:
                self.refuse(connection)
                raise Problem(401, "the token is not valid", {"WWW-Authenticate": 'Bearer error="invalid_token"'}, kind="bad-token")
            return token.viewer()
        if (found := self.proxy.viewer(connection)) is not None:
            return found
        cookie = connection.cookies.get(COOKIE)
        identity = self.sessions.token_of(cookie) if cookie else None
        session = None if identity is None else self._stated(lambda: self.tokens.of_id(identity))
        return None if session is None else replace(session.viewer(), by="session")

    def token(self, text: str) -> Token | None:
        """The good token of this text."""
        return self._stated(lambda: self.tokens.of_text(text))

    def refuse(self, connection: HTTPConnection) -> None:
        """Note a failed sign-in; Problem 429 where there were too many from its address."""
        if wait := self.throttle.failed(self.proxy.address(connection)):
            raise Problem(429, "too many failed sign-ins from this address", {"Retry-After": str(wait)}, kind="too-many-failures")

    def _stated(self, find: Callable[[], Token | None]) -> Token | None:
        """What is found; Problem 503 where the file of tokens is damaged, which keeps everybody out."""
        try:
            return find()
        except ProjectError as error:
            log.error("%s", error)
            raise Problem(503, "nobody can sign in at the moment; the service's log says why") from None

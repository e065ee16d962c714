"""Who asks: a name, a role, and whose accounts they see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from starlette.requests import HTTPConnection

Role = Literal["viewer", "editor", "admin"]
ROLES: tuple[Role, ...] = ("viewer", "editor", "admin")
"""From the least to the most: viewers read, editors also give verdicts, admins also read the operators' figures."""
SCOPE = "bgml.viewer"
"""Under which name the ASGI scope holds the viewer."""


@dataclass(frozen=True)
class Viewer:
    """Somebody who was let in.

    owner: whose accounts they see; None: every account. key: what tells this viewer from all others, safe to be logged.
    by: how they got in; a "session" or a "proxy" can be used by another site's page in their browser, so writes check the origin.
    """

    name: str
    role: Role
    owner: str | None = None
    key: str = "local"
    by: Literal["nobody", "token", "session", "proxy"] = "nobody"

    @property
    def judges(self) -> bool:
        """Whether they may accept and reject."""
        return self.role != "viewer"

    @property
    def sees_all(self) -> bool:
        """Whether every account is theirs to see."""
        return self.owner is None


LOCAL = Viewer("local", "admin")
"""Whoever uses a service that only this machine can reach, without signing in."""


def viewer_of(connection: HTTPConnection) -> Viewer:
    """The viewer whom the guard let in; KeyError on a path that is open to everybody."""
    found: Viewer = connection.scope[SCOPE]
    return found

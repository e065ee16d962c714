"""A proxy that signs people in: its headers count only when it is one that the settings name."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from starlette.requests import HTTPConnection

from bgml.config import WebSection
from bgml.web.access.viewer import ROLES, Viewer
from bgml.web.problems import Problem

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Proxy:
    """Who comes through the trusted proxy, and from which address."""

    def __init__(self, settings: WebSection) -> None:
        """settings: [web] of the project."""
        self.settings = settings
        self.networks: Sequence[Network] = [ipaddress.ip_network(text, strict=False) for text in settings.trusted_proxy]

    def trusts(self, address: str | None) -> bool:
        """Whether an address is the proxy's."""
        if not self.networks:
            return False
        try:
            found = ipaddress.ip_address(address or "")
        except ValueError:
            return False
        mapped = getattr(found, "ipv4_mapped", None)
        return any((mapped or found) in network for network in self.networks)

    def viewer(self, connection: HTTPConnection) -> Viewer | None:
        """Who the proxy says it is; None where the request is not the proxy's or names nobody. Problem 403 where it says too little."""
        if not self.trusts(peer(connection)):
            return None
        user = _one(connection, self.settings.user_header)
        if not user:
            return None
        role = _one(connection, self.settings.role_header) if self.settings.role_header else self.settings.proxy_role
        known = next((name for name in ROLES if name == role), None)
        if known is None:
            raise Problem(403, "the proxy names no role that there is", kind="forbidden")
        return Viewer(user, known, self._owner(connection, user), key=f"proxy:{user}", by="proxy")

    def _owner(self, connection: HTTPConnection, user: str) -> str | None:
        """Whose accounts they see; None for all, which only the settings can say."""
        if self.settings.owner_header:
            owner = _one(connection, self.settings.owner_header)
            if not owner:
                raise Problem(403, "the proxy does not say whose accounts these are", kind="forbidden")
            return owner
        return user if self.settings.proxy_sees == "own" else None

    def address(self, connection: HTTPConnection) -> str:
        """Where a request comes from: behind the proxy, the last hop that is not the proxy's own."""
        found = peer(connection) or "unknown"
        hops = [hop.strip() for hop in ",".join(connection.headers.getlist("x-forwarded-for")).split(",") if hop.strip()]
        while self.trusts(found) and hops:
            found = hops.pop()
        return found[:64]

    def secure(self, connection: HTTPConnection) -> bool:
        """Whether the browser speaks TLS."""
        if connection.scope.get("scheme") == "https":
            return True
        said = connection.headers.get("x-forwarded-proto", "").rpartition(",")[2].strip().lower()
        return said == "https" and self.trusts(peer(connection))


def peer(connection: HTTPConnection) -> str | None:
    """The address at the other end of the connection."""
    return connection.client.host if connection.client else None


def _one(connection: HTTPConnection, name: str) -> str:
    """The value of a header; Problem 403 where it is there twice."""
    values = connection.headers.getlist(name)
    if len(values) > 1:
        raise Problem(403, f"the header {name} is there twice", kind="forbidden")
    # Headers arrive as Latin-1; proxies write UTF-8.
    text = values[0].encode("latin-1").decode("utf-8", "replace") if values else ""
    return text.strip()

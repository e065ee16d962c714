"""Where a service may listen, and who then gets in."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass

from bgml.errors import ProjectError
from bgml.project import Project
from bgml.web.access.access import Access
from bgml.web.access.tokens import FILE, read

PORT = 8640
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


@dataclass(frozen=True)
class Plan:
    """How a service will run. hosts: the names it answers to; guarded: whether people have to sign in."""

    host: str
    port: int
    workers: int
    hosts: tuple[str, ...]
    guarded: bool

    @property
    def url(self) -> str:
        """Where to look."""
        return f"http://{_bracketed(self.host)}:{self.port}/"


def plan(project: Project, host: str = "127.0.0.1", port: int = PORT, workers: int = 1) -> Plan:
    """The plan for an address. ProjectError where it would let in people who should not be: see docs/access.md."""
    read(project.state / FILE)
    guarded, named = Access(project).guarded, project.settings.web.hosts
    loopback, everywhere = is_loopback(host), host in ("0.0.0.0", "::", "")
    if not loopback and not guarded:
        raise ProjectError(
            f"{host or 'every address'} can be reached by others, and there is nothing to sign in with: make a token with "
            "`bgml token create NAME --role viewer`, or set [web] trusted_proxy; without either the service listens on 127.0.0.1 only"
        )
    if everywhere and not named:
        raise ProjectError(
            f'{host or "every address"} has no name of its own: write the names by which people reach the service into bgml.toml, '
            '[web] hosts = ["bgml.example.com"]'
        )
    own = () if everywhere else (*(LOOPBACK if loopback else ()), _bracketed(host))
    return Plan(host, port, workers, tuple(dict.fromkeys([*own, *named])), guarded)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address.

    >>> is_loopback("127.0.0.1"), is_loopback("::1"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, True, False)
    """
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_port(plan: Plan) -> None:
    """ProjectError where the address is not this machine's, or something listens there already."""
    kind = socket.AF_INET6 if ":" in plan.host else socket.AF_INET
    with socket.socket(kind, socket.SOCK_STREAM) as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((plan.host, plan.port))
        except OSError as error:
            raise ProjectError(f"{plan.host} port {plan.port} cannot be used ({error.strerror}); choose another with --port") from None


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host

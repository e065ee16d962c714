"""What every request shares: the project, its rankings, who gets in."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import HTTPConnection

from bgml.project import Project
from bgml.web.access.access import Access
from bgml.web.access.audit import Audit
from bgml.web.quality.results import Results
from bgml.web.seen.groups import Groups
from bgml.web.shelf.shelf import Shelf


@dataclass(frozen=True)
class Service:
    """One running service."""

    project: Project
    shelf: Shelf
    groups: Groups
    audit: Audit
    access: Access
    results: Results


def service_of(connection: HTTPConnection) -> Service:
    """The service a request came to."""
    found: Service = connection.app.state.service
    return found

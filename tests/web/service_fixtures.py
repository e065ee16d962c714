"""A service over a small ranked project, and clients to ask it with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from starlette.testclient import TestClient

from bgml.project import Project
from bgml.web.app import create_app


@contextmanager
def client_of(project: Project, **options: object) -> Iterator[TestClient]:
    """A client of a running service, as somebody on the same machine."""
    with TestClient(create_app(project, **options), base_url="http://127.0.0.1") as client:  # type: ignore[arg-type]
        yield client

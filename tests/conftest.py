"""What holds for all tests: no clock decides, and under CI the same examples are tried every time."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.postgres_server import Server, running
from tests.postgres_server import database as new_database

settings.register_profile("bgml", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("bgml")


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test depends on what the user has set for bgml."""
    monkeypatch.delenv("BGML_TRACEBACK", raising=False)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server for the session."""
    with running() as server:
        yield server


@pytest.fixture
def database(postgres: Server) -> Iterator[str]:
    """A database of the test's own on that server."""
    with new_database(postgres) as name:
        yield name

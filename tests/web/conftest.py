from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from bgml.project import Project
from tests.shown_project import shown_project
from tests.web.service_fixtures import client_of


@pytest.fixture(scope="session")
def ranked(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project with three weekly rankings, for tests that only read; who writes takes a copy."""
    root: Path = tmp_path_factory.mktemp("ranked")
    return shown_project(root)


@pytest.fixture
def client(ranked: Project) -> Iterator[TestClient]:
    with client_of(ranked) as found:
        yield found

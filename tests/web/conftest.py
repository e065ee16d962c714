from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from bgml.project import Project
from tests.web.made_ranking import WEEKS, groups, made_project
from tests.web.service_fixtures import client_of


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Three weeks of twelve groups, of Ann, Bob and nobody."""
    return made_project(tmp_path / "acme", {day: groups()[place:] + groups()[:place] for place, day in enumerate(WEEKS)})


@pytest.fixture
def client(project: Project) -> Iterator[TestClient]:
    """Somebody on the same machine, with nothing to sign in with."""
    with client_of(project) as found:
        yield found

"""Services in processes of their own, and a page of one that fails its test where it does what it should not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, Page

from bgml.project import Project
from bgml.web.access import tokens
from tests.web.browser import chromium
from tests.web.browser.chromium import Watch
from tests.web.evaluated import keep_both
from tests.web.made_ranking import WEEKS, groups, made_project
from tests.web.service_fixtures import served


class Guarded(NamedTuple):
    """A service into which tokens let: of an editor who sees all, and of a viewer who sees Bob's accounts."""

    url: str
    editor: str
    bob: str


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium.running() as found:
        yield found


def _project(root) -> Project:
    project = made_project(root, {day: groups()[place:] + groups()[:place] for place, day in enumerate(WEEKS)})
    keep_both(project)
    return project


@pytest.fixture(scope="session")
def service(browser, tmp_path_factory) -> Iterator[str]:
    """Three weeks of twelve groups, an evaluation and an impact; nobody has to sign in."""
    root = tmp_path_factory.mktemp("open")
    with (root / "log").open("w") as log, served(_project(root / "acme"), log=log) as (_, url):
        yield url


@pytest.fixture(scope="session")
def guarded(browser, tmp_path_factory) -> Iterator[Guarded]:
    root = tmp_path_factory.mktemp("guarded")
    project = _project(root / "acme")
    editor, bob = tokens.create(project, "Eve", "editor")[1], tokens.create(project, "Bob", "viewer", "Bob")[1]
    with (root / "log").open("w") as log, served(project, log=log) as (_, url):
        yield Guarded(url, editor, bob)


@pytest.fixture
def watched(request, browser) -> Iterator[tuple[Page, Watch]]:
    """A page of the service, or of the guarded one where the test has that, and the watch over it."""
    url = request.getfixturevalue("guarded").url if "guarded" in request.fixturenames else request.getfixturevalue("service")
    with chromium.looking(browser, url) as (page, watch):
        yield page, watch
        assert watch.found == []


@pytest.fixture
def page(watched) -> Page:
    return watched[0]


@pytest.fixture
def watch(watched) -> Watch:
    return watched[1]

"""The application: endpoints and pages put together, the guard before them, the rankings watched behind them."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from importlib.resources import files

from fastapi import APIRouter, FastAPI
from starlette.staticfiles import StaticFiles

from bgml.project import Project
from bgml.web import handlers
from bgml.web.access.access import Access
from bgml.web.access.audit import Audit
from bgml.web.access.guard import Guard
from bgml.web.api import document, exports, groups, health, metrics, rankings, verdicts
from bgml.web.operations.requests import Requests
from bgml.web.page import groups as group_pages
from bgml.web.page import lists, quality, signin
from bgml.web.page import verdicts as verdict_form
from bgml.web.quality.results import Results
from bgml.web.seen.groups import Groups
from bgml.web.serve import LOOPBACK
from bgml.web.service import Service
from bgml.web.shelf.shelf import Shelf

POLL_SECONDS = 1.0


def create_app(project: Project, *, strict: bool = False, hosts: Iterable[str] = LOOPBACK, shelf: Shelf | None = None) -> FastAPI:
    """The service of a project. strict: people have to sign in whatever there is to sign in with; hosts: the names that it answers to.

    shelf: the project's rankings where reading them has begun already.
    """
    shelf = shelf or Shelf(project)
    service = Service(project, shelf, Groups(shelf), Audit(project), Access(project, strict=strict), Results(project))
    app = FastAPI(title="bgml", summary="This week's buying groups.", version="1", docs_url=None, redoc_url=None, lifespan=_lifespan)
    app.state.service = service
    handlers.install(app)
    document.install(app)
    for router in _routers():
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=str(files("bgml.web.page") / "static")), name="static")
    app.add_middleware(Guard, service=service, hosts=frozenset(name.lower() for name in hosts))
    app.add_middleware(Requests)
    return app


def _routers() -> list[APIRouter]:
    """The API's first, then the pages'."""
    api = [rankings, groups, verdicts, exports, metrics, health]
    pages = [lists, group_pages, verdict_form, quality, signin]
    return [module.router for module in (*api, *pages)]


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Read the newest ranking, then look for newer ones until the service stops."""
    service: Service = app.state.service
    service.shelf.poll()
    ended = threading.Event()
    watch = threading.Thread(target=_watch, args=(service, ended), daemon=True, name="rankings")
    watch.start()
    yield
    ended.set()
    watch.join()


def _watch(service: Service, ended: threading.Event) -> None:
    """Take up new rankings, each made ready before many ask for it."""
    ready = None
    while True:
        newest = service.shelf.newest()
        if newest is not None and newest is not ready:
            ready = newest
            newest.warm()
            service.groups.history.warm(newest.as_of)
        if ended.wait(POLL_SECONDS):
            return
        service.shelf.poll()

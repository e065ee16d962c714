"""Templates to pages: what every page knows, and how values are put into words."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from bgml.ranking.chances import behind
from bgml.web.access.viewer import SCOPE
from bgml.web.page import words
from bgml.web.service import service_of

if TYPE_CHECKING:
    from bgml.web.problems import Problem
    from bgml.web.shelf.snapshot import Snapshot


@lru_cache(1)
def environment() -> Environment:
    """The templates; whatever is put into them is escaped."""
    made = Environment(
        loader=PackageLoader("bgml.web.page", "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    made.filters |= words.FILTERS
    made.globals |= {"count": words.count, "link": link, "behind": behind}
    return made


def link(path: str, **values: Any) -> str:  # noqa: ANN401  (ids and dates)
    """An address of this site; values of None are left out.

    >>> link("/group", account_id=7, topic="Data/AI", as_of=None)
    '/group?account_id=7&topic=Data%2FAI'
    """
    given = urlencode({name: str(value) for name, value in values.items() if value is not None})
    return f"{path}?{given}" if given else path


def page(request: Request, template: str, *, status: int = 200, headers: dict[str, str] | None = None, **values: Any) -> Response:  # noqa: ANN401
    """A template filled in. `viewer` is None on pages that are open to everybody; `snapshot` is the ranking that is shown, if one is."""
    service, viewer = service_of(request), request.scope.get(SCOPE)
    newest = service.shelf.newest() if viewer is not None else None
    snapshot: Snapshot | None = values.pop("snapshot", newest)
    stale = bool(viewer is not None and viewer.sees_all and service.shelf.trouble and newest is not None)
    about = {"path": request.url.path, "project": service.project.settings.project.name}
    known = {**about, "viewer": viewer, "snapshot": snapshot, "stale": stale}
    return HTMLResponse(environment().get_template(template).render(**known, **values), status, headers=headers)


def problem_page(request: Request, problem: Problem) -> Response:
    """A problem as a page."""
    from bgml.web.problems import REQUEST_ID, title

    told = {"heading": title(problem.status), "detail": problem.detail, "request_id": request.scope.get(REQUEST_ID)}
    return page(request, "problem.html", status=problem.status, headers=problem.headers, **told)

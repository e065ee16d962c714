"""Templates to pages: what every page knows, and how values are put into words."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

if TYPE_CHECKING:
    from bgml.web.problems import Problem


@lru_cache(1)
def environment() -> Environment:
    """The templates, everything put into them escaped."""
    return Environment(
        loader=PackageLoader("bgml.web.page", "templates"), autoescape=select_autoescape(default=True), undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip


def page(request: Request, template: str, *, status: int = 200, headers: dict[str, str] | None = None, **values: Any) -> Response:  # noqa: ANN401
    """A template filled in; `viewer` is None on pages that are open to everybody."""
    from bgml.web.access.viewer import SCOPE
    from bgml.web.service import service_of

    known = {"request": request, "viewer": request.scope.get(SCOPE), "service": service_of(request)}
    return HTMLResponse(environment().get_template(template).render(**known, **values), status, headers=headers)


def problem_page(request: Request, problem: Problem) -> Response:
    """A problem as a page."""
    from bgml.web.problems import title

    told = {"heading": title(problem.status), "detail": problem.detail}
    return page(request, "problem.html", status=problem.status, headers=problem.headers, **told)

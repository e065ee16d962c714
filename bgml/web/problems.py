"""What went wrong, as RFC 9457 problem details: for machines a document, for people a page."""

from __future__ import annotations

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

REQUEST_ID = "bgml.request_id"
"""Under which name the ASGI scope holds the request's id."""
MEDIA_TYPE = "application/problem+json"


class Problem(Exception):
    """A stated problem of a request: a status and one sentence that holds nothing the viewer may not see."""

    def __init__(self, status: int, detail: str, headers: dict[str, str] | None = None, kind: str = "") -> None:
        """kind: what programs tell it by, beside the status; "about:blank" without."""
        super().__init__(detail)
        self.status, self.detail, self.headers, self.kind = status, detail, headers or {}, kind


def respond(request: Request, problem: Problem) -> Response:
    """A problem as the asker can read it: HTML for the page's paths, problem details for the rest."""
    from bgml.web.page.render import problem_page

    if wants_page(request):
        return problem_page(request, problem)
    return document(problem, request.scope.get(REQUEST_ID))


def document(problem: Problem, request_id: str | None = None) -> Response:
    """A problem as RFC 9457 has it, with the id under which the log tells more."""
    kind = f"urn:bgml:problem:{problem.kind}" if problem.kind else "about:blank"
    content = {"type": kind, "title": title(problem.status), "status": problem.status, "detail": problem.detail, "request_id": request_id}
    return JSONResponse(content, problem.status, headers=problem.headers, media_type=MEDIA_TYPE)


def title(status: int) -> str:
    """The short name of a status.

    >>> title(404)
    'Not Found'
    """
    return HTTPStatus(status).phrase


def wants_page(request: Request) -> bool:
    """Whether somebody looks with a browser: not under /v1, and HTML is asked for."""
    return not request.url.path.startswith("/v1/") and "text/html" in request.headers.get("accept", "")

"""Every error of the application ends as a problem."""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from bgml.errors import BgmlError
from bgml.web.problems import Problem, respond


def install(app: FastAPI) -> None:
    """Let whatever a request raises be answered as a problem."""

    @app.exception_handler(Problem)
    async def _(request: Request, error: Problem) -> Response:
        return respond(request, error)

    @app.exception_handler(RequestValidationError)
    async def _(request: Request, error: RequestValidationError) -> Response:
        return respond(request, Problem(422, _sentence(error)))

    @app.exception_handler(HTTPException)
    async def _(request: Request, error: HTTPException) -> Response:
        return respond(request, Problem(error.status_code, str(error.detail), dict(error.headers or {})))

    @app.exception_handler(BgmlError)
    async def _(request: Request, error: BgmlError) -> Response:
        return respond(request, Problem(503, "the service cannot answer this now; its log says why"))


def _sentence(error: RequestValidationError) -> str:
    """The first of the faults in a request, without echoing what was sent."""
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"][1:]) or str(first["loc"][0])
    return f"{where}: {first['msg']}"

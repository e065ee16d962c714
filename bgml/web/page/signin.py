"""`/signin`, `/signout`: a token is pasted once, and a cookie stands for it until the session ends."""

from __future__ import annotations

from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from bgml.web.access.sessions import COOKIE
from bgml.web.access.viewer import SCOPE
from bgml.web.page.render import page
from bgml.web.problems import Problem
from bgml.web.service import service_of

router = APIRouter(include_in_schema=False)


@router.get("/signin")
def form(request: Request) -> Response:
    """Where to paste a token."""
    access = service_of(request).access
    if not access.guarded:
        return RedirectResponse("/", 303)
    return page(request, "signin.html", target=_inside(request.query_params.get("next", "/")), problem="")


@router.post("/signin")
async def sign_in(request: Request) -> Response:
    """Begin a session with the token of the form."""
    service, fields = service_of(request), await form_fields(request)
    target = _inside(fields.get("next", "/"))
    token = service.access.token(fields.get("token", "").strip())
    if token is None:
        service.access.refuse(request)
        service.audit.record(request, "refused", status=401, path="/signin", why="the token is not valid")
        problem = "This token is not valid. It may have been revoked, or be over."
        return page(request, "signin.html", status=401, target=target, problem=problem)
    request.scope[SCOPE] = token.viewer()
    service.audit.record(request, "sign-in")
    response = RedirectResponse(target, 303)
    sessions = service.access.sessions
    response.set_cookie(
        COOKIE, sessions.begin(token.id), max_age=sessions.seconds, path="/", httponly=True, samesite="strict",
        secure=service.access.proxy.secure(request),
    )  # fmt: skip
    return response


@router.post("/signout")
def sign_out(request: Request) -> Response:
    """End the session."""
    service_of(request).audit.record(request, "sign-out")
    response = RedirectResponse("/signin", 303)
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
    return response


async def form_fields(request: Request) -> dict[str, str]:
    """The fields of a form, the last of each name. Problem 415 for another kind of body."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise Problem(415, "a form is expected: application/x-www-form-urlencoded")
    body = (await request.body()).decode("utf-8", "replace")
    try:
        return {name: values[-1] for name, values in parse_qs(body, keep_blank_values=True, max_num_fields=20).items()}
    except ValueError:
        raise Problem(400, "the form has too many fields") from None


def _inside(target: str) -> str:
    """A path of this site; the list for anything that could lead elsewhere.

    >>> _inside("/group?account_id=7"), _inside("//evil.example"), _inside("/\\\\evil.example")
    ('/group?account_id=7', '/', '/')
    """
    inside = target.startswith("/") and not target.startswith("//") and "\\" not in target and target.isprintable()
    return target if inside else "/"

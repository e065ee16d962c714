"""`POST /verdict`: the buttons of a group's page."""

from __future__ import annotations

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from bgml.web.access.viewer import viewer_of
from bgml.web.api.answers import JSON, encoded
from bgml.web.api.verdicts import NewVerdict, give
from bgml.web.page.render import link
from bgml.web.page.signin import form_fields
from bgml.web.problems import Problem
from bgml.web.service import service_of

router = APIRouter(include_in_schema=False)


@router.post("/verdict")
async def verdict(request: Request) -> Response:
    """Keep what the form says, and go back to the group; a script gets the verdict itself."""
    fields = {name: value for name, value in (await form_fields(request)).items() if name in NewVerdict.model_fields and value}
    try:
        said = NewVerdict.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        raise Problem(422, f"{'.'.join(map(str, first['loc']))}: {first['msg']}", kind="bad-verdict") from None
    kept, _ = await run_in_threadpool(give, service_of(request), viewer_of(request), request, said)
    if JSON in request.headers.get("accept", ""):
        return Response(encoded(kept), 201, media_type=JSON)
    as_of = said.as_of if "as_of" in fields else None
    return RedirectResponse(link("/group", account_id=said.account_id, topic=said.topic, as_of=as_of), 303)

"""The OpenAPI document: what FastAPI makes of the endpoints, and what holds for all of them."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from bgml.web.api.schemas.problem import ProblemDocument

OPEN = ("/healthz", "/readyz")
TAGS = [
    {"name": "rankings", "description": "Which rankings there are, and their groups."},
    {"name": "groups", "description": "Who is in a group, why it stands where it does, how it moved, what to do."},
    {"name": "verdicts", "description": "What sales says of a group."},
    {"name": "export", "description": "Lists as files."},
    {"name": "quality", "description": "How good the model in use is."},
    {"name": "operations", "description": "What machines ask a service."},
]
ABOUT = """\
This week's buying groups. Ids are strings; times are UTC. Errors are problem details (RFC 9457). Answers carry an entity tag: send it back
as If-None-Match. Where people sign in, send a token: `Authorization: Bearer bgml_...`; somebody limited to an owner's accounts sees, counts
and exports those alone.
"""
BEARER = {"type": "http", "scheme": "bearer", "description": "A token made with `bgml token create`."}


def install(app: FastAPI) -> None:
    """Let the application describe itself."""

    def described() -> dict[str, Any]:
        if not app.openapi_schema:
            made = get_openapi(title=app.title, version=app.version, summary=app.summary, description=ABOUT, routes=app.routes, tags=TAGS)
            app.openapi_schema = _completed(made)
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]


def _completed(made: dict[str, Any]) -> dict[str, Any]:
    """With how to sign in and what a problem looks like."""
    components = made["components"]
    components["securitySchemes"] = {"token": BEARER}
    components["schemas"] = {name: shape for name, shape in components["schemas"].items() if "ValidationError" not in name}
    components["schemas"]["ProblemDocument"] = ProblemDocument.model_json_schema()
    for path, methods in made["paths"].items():
        for said in methods.values():
            # FastAPI's own shape of a faulty request is not how this service answers.
            if "HTTPValidationError" in str(said["responses"].get("422", "")):
                del said["responses"]["422"]
            said["security"] = [] if path in OPEN else [{"token": []}, {}]
    return made

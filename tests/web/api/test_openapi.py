"""The OpenAPI document against the service itself."""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance

from bgml.web.access import tokens
from bgml.web.app import create_app
from tests.web.made_ranking import WEEKS, groups, made_project
from tests.web.service_fixtures import client_of

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES = settings(max_examples=15, phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("role", [None, "viewer", "admin"])
def test_every_endpoint_answers_as_it_is_declared(tmp_path, role):
    project = made_project(tmp_path, {day: groups(6) for day in WEEKS[:2]})
    app = create_app(project, hosts=["testserver", "localhost", "127.0.0.1"])
    app.state.service.shelf.poll()
    schema = schemathesis.openapi.from_asgi("/openapi.json", app)
    # From here on people sign in, if the case is about that.
    headers = {} if role is None else {"Authorization": f"Bearer {tokens.create(project, 'somebody', role, 'Ann')[1]}"}
    tried = set()
    for operation in schema.get_all_operations():
        made = operation.ok()

        @EXAMPLES
        @given(case=made.as_strategy() if made.body or made.query or made.path_parameters else st.just(made.Case()))
        def asked(case):
            tried.add((case.method, case.path))
            case.call_and_validate(headers=headers, checks=CHECKS)

        asked()
    assert {path for _, path in tried} >= {"/v1/rankings", "/v1/rankings/{as_of}", "/v1/group", "/v1/account", "/v1/verdicts", "/v1/export"}


def test_the_document_is_complete(tmp_path):
    with client_of(made_project(tmp_path, {WEEKS[0]: groups(2)})) as client:
        document = client.get("/openapi.json").json()
    assert document["info"]["title"] == "bgml" and document["components"]["securitySchemes"]
    for path, methods in document["paths"].items():
        for method, said in methods.items():
            assert said["summary"] and said["tags"], (path, method)
            assert path in ("/healthz", "/readyz") or "401" in said["responses"], path
            for parameter in said.get("parameters", []):
                assert parameter.get("description"), (path, parameter["name"])
    for name in ("Listing", "Rankings", "GroupDocument", "AccountDocument", "VerdictDocument", "NewVerdict", "ProblemDocument"):
        assert document["components"]["schemas"][name]["examples"], name

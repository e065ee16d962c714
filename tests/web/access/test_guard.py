"""What the guard lets through, asked over HTTP."""

from __future__ import annotations

import json

import pytest

from bgml.web.access import tokens
from bgml.web.access.audit import FILE
from bgml.web.access.guard import LARGEST_BODY
from bgml.web.access.throttle import FAILURES
from tests.web.made_ranking import WEEKS, groups, made_project
from tests.web.service_fixtures import client_of

HTML = {"accept": "text/html"}
VERDICT = {"account_id": "a0", "topic": "cloud", "verdict": "accepted"}
SAME = {"origin": "http://127.0.0.1"}


def _bearer(text):
    return {"authorization": f"Bearer {text}"}


def _token(project, role="viewer", owner=None):
    return tokens.create(project, f"{role} {owner}", role, owner)[1]


def test_without_tokens_whoever_is_on_the_machine_gets_in(client):
    assert client.get("/").status_code == 200
    assert client.post("/v1/verdicts", json=VERDICT).status_code == 201


def test_from_the_first_token_on_people_sign_in(client, project):
    text = _token(project)
    refused = client.get("/v1/rankings/latest")
    assert refused.status_code == 401 and refused.headers["www-authenticate"] == "Bearer"
    assert refused.headers["content-type"] == "application/problem+json"
    page = client.get("/group?account_id=a0&topic=Data%2FAI", headers=HTML, follow_redirects=False)
    assert (page.status_code, page.headers["location"]) == (303, "/signin?next=%2Fgroup%3Faccount_id%3Da0%26topic%3DData%252FAI")
    assert client.get("/v1/rankings/latest", headers=_bearer(text)).status_code == 200
    tokens.revoke(project, "viewer None")
    assert client.get("/v1/rankings/latest", headers=_bearer(text)).status_code == 401


def test_only_editors_and_admins_write(client, project):
    for role, status in (("viewer", 403), ("editor", 201), ("admin", 201)):
        assert client.post("/v1/verdicts", json=VERDICT, headers=_bearer(_token(project, role))).status_code == status
    assert client.get("/metrics", headers=_bearer(_token(project, "editor", "Ann"))).status_code == 403
    assert client.get("/metrics", headers=_bearer(_token(project, "admin", "Ann"))).status_code == 200


def test_a_session_stands_for_the_token_it_was_begun_with(client, project):
    text = _token(project, "editor")
    signed = client.post("/signin", data={"token": text, "next": "/account?account_id=a0"}, headers=SAME, follow_redirects=False)
    assert (signed.status_code, signed.headers["location"]) == (303, "/account?account_id=a0")
    cookie = signed.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=strict" in cookie and "Path=/" in cookie and "Secure" not in cookie and text not in cookie
    assert "Sign out" in client.get("/", headers=HTML).text
    assert client.post("/v1/verdicts", json=VERDICT, headers=SAME).status_code == 201
    tokens.revoke(project, "editor None")
    assert client.get("/", headers=HTML, follow_redirects=False).status_code == 303


def test_signing_out_ends_the_session(client, project):
    client.post("/signin", data={"token": _token(project)}, headers=SAME)
    assert client.get("/v1/rankings").status_code == 200
    client.post("/signout", headers=SAME)
    assert client.get("/v1/rankings").status_code == 401


@pytest.mark.parametrize("target", [
    "//evil.example", "https://evil.example/", "/\\evil.example", "evil", "/\nx",
    "javascript:alert(1)", "//[", "http://[",
])  # fmt: skip
def test_signing_in_leads_nowhere_else(client, project, target):
    signed = client.post("/signin", data={"token": _token(project), "next": target}, headers=SAME, follow_redirects=False)
    assert signed.headers["location"] == "/"


@pytest.mark.parametrize("headers", [
    {"origin": "https://evil.example"}, {"origin": "null"}, {"referer": "https://evil.example/x"}, {"sec-fetch-site": "cross-site"}, {},
    {"origin": "http://127.0.0.1.evil.example"}, {"origin": "http://127.0.0.1:81"}, {"origin": "http://["},
])  # fmt: skip
def test_another_sites_page_cannot_write_with_a_session(client, project, headers):
    client.post("/signin", data={"token": _token(project, "admin")}, headers=SAME)
    assert client.post("/v1/verdicts", json=VERDICT, headers=headers).status_code == 403
    assert client.post("/signin", data={"token": "x"}, headers=headers).status_code == 403


def test_another_sites_page_cannot_write_without_sign_in_either(client):
    assert client.post("/v1/verdicts", json=VERDICT, headers={"origin": "https://evil.example"}).status_code == 403
    assert client.post("/v1/verdicts", json=VERDICT, headers={"sec-fetch-site": "same-origin"}).status_code == 201


def test_failed_sign_ins_are_slowed_down_but_a_good_token_gets_in(client, project):
    text = _token(project)
    for _ in range(FAILURES):
        assert client.get("/v1/rankings", headers=_bearer("wrong")).status_code == 401
    slowed = client.post("/signin", data={"token": "wrong"}, headers=SAME)
    assert slowed.status_code == 429 and int(slowed.headers["retry-after"]) > 0
    assert client.get("/v1/rankings", headers=_bearer(text)).status_code == 200


def test_another_name_for_the_service_is_refused_but_probes_are_answered(client):
    assert client.get("/", headers={"host": "evil.example"}).status_code == 421
    assert client.get("/", headers={"host": "localhost:8640"}).status_code == 200
    assert client.get("/healthz", headers={"host": "10.1.2.3"}).json() == {"status": "ok"}
    assert client.get("/readyz", headers={"host": "10.1.2.3"}).status_code == 200


def test_what_is_too_long_is_refused(client):
    assert client.get("/v1/rankings/latest?q=" + "a" * 9000).status_code == 414
    assert client.post("/v1/verdicts", content=b"x" * (LARGEST_BODY + 1)).status_code == 413
    pieces = (b"x" * 1024 for _ in range(100))
    assert client.post("/v1/verdicts", content=pieces).status_code == 413


@pytest.mark.parametrize("path", [
    "/static/../../bgml.toml", "/static/%2e%2e/%2e%2e/bgml.toml", "/v1/rankings/..%2f..%2fbgml.toml", "/../bgml.toml",
])  # fmt: skip
def test_tricks_with_paths_lead_nowhere(client, path):
    found = client.get(path)
    assert found.status_code in (404, 422) and "acme" not in found.text


def test_every_answer_carries_what_keeps_a_browser_safe(client):
    for path in ("/", "/v1/rankings", "/v1/nothing", "/static/page.css", "/healthz"):
        headers = client.get(path).headers
        assert "script-src 'self'" in headers["content-security-policy"] and "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] == "same-origin"
        assert headers["cache-control"] == ("public, max-age=3600" if "static" in path else "private, no-cache")
        assert "strict-transport-security" not in headers


def test_damaged_tokens_keep_everybody_out(client, project):
    text = _token(project)
    (project.state / tokens.FILE).write_text("{")
    assert client.get("/v1/rankings", headers=_bearer(text)).status_code == 503
    assert client.get("/v1/rankings").status_code == 401


def _proxied(tmp_path, **web):
    toml = {"web": {"trusted_proxy": ["10.0.0.7"], "hosts": ["bgml.example.com"], **web}}
    return made_project(tmp_path, {day: groups() for day in WEEKS[:2]}, toml)


def _as(client, peer, **headers):
    client._transport.client = (peer, 1)
    return client.get("/v1/rankings/latest", headers={name.replace("_", "-"): value for name, value in headers.items()})


def test_a_trusted_proxy_says_who_somebody_is(tmp_path):
    with client_of(_proxied(tmp_path)) as client:
        assert _as(client, "10.0.0.7", x_forwarded_user="Ann").json()["total"] == 4
        assert _as(client, "10.0.0.7", x_forwarded_user="Zoe").json()["total"] == 0
        assert _as(client, "10.0.0.8", x_forwarded_user="Ann").status_code == 401
        assert _as(client, "10.0.0.7").status_code == 401
        secure = _as(client, "10.0.0.7", x_forwarded_user="Ann", x_forwarded_proto="https")
        assert "strict-transport-security" in secure.headers
        assert "strict-transport-security" not in _as(client, "10.0.0.8", x_forwarded_proto="https").headers


def test_a_proxy_that_says_too_little_lets_nobody_in(tmp_path):
    web = {"owner_header": "X-Owner", "role_header": "X-Role"}
    with client_of(_proxied(tmp_path, **web)) as client:
        good = {"x_forwarded_user": "u", "x_owner": "Ann", "x_role": "viewer"}
        assert _as(client, "10.0.0.7", **good).json()["total"] == 4
        for change in ({"x_owner": ""}, {"x_role": "root"}, {"x_role": ""}):
            assert _as(client, "10.0.0.7", **{**good, **change}).status_code == 403
        twice = [("x-forwarded-user", "u"), ("x-forwarded-user", "v"), ("x-owner", "Ann"), ("x-role", "viewer")]
        assert client.get("/v1/rankings/latest", headers=twice).status_code == 403


def test_everything_is_seen_only_where_the_settings_say_so(tmp_path):
    with client_of(_proxied(tmp_path, proxy_sees="all")) as client:
        assert _as(client, "10.0.0.7", x_forwarded_user="Zoe").json()["total"] == 12


def test_who_saw_what_is_recorded(client, project):
    text = _token(project, "editor", "Ann")
    client.get("/v1/group?account_id=a0&topic=cloud", headers=_bearer(text))
    client.post("/v1/verdicts", json=VERDICT, headers=_bearer(text))
    client.get("/v1/export", headers=_bearer(text))
    client.get("/v1/rankings", headers=_bearer("bgml_secret"))
    entries = [json.loads(line) for line in (project.state / FILE).read_text().splitlines()]
    assert [entry["action"] for entry in entries] == ["group", "verdict", "export", "refused"]
    assert all(entry["who"] == "editor Ann" and entry["owner"] == "Ann" and entry["request_id"] for entry in entries[:3])
    assert entries[2]["groups"] == 4
    assert text not in (project.state / FILE).read_text() and "bgml_secret" not in (project.state / FILE).read_text()
    assert (project.state / FILE).stat().st_mode & 0o777 == 0o600


def test_once_guarded_it_stays_so(client, project):
    text = _token(project)
    assert client.get("/v1/rankings").status_code == 401
    (project.state / tokens.FILE).unlink()
    assert client.get("/v1/rankings").status_code == 401
    assert client.get("/v1/rankings", headers=_bearer(text)).status_code == 401


@pytest.mark.parametrize("header", ["x-forwarded-for", "forwarded", "x-real-ip", "x-forwarded-proto"])
def test_without_sign_in_nobody_comes_through_a_proxy(client, header):
    assert client.get("/v1/rankings", headers={header: "10.1.2.3"}).status_code == 403


def test_two_of_a_header_are_refused(client, project):
    text = _token(project)
    assert client.get("/v1/rankings", headers=[("authorization", f"Bearer {text}"), ("authorization", "Bearer x")]).status_code == 401
    assert client.get("/v1/rankings", headers=[("host", "127.0.0.1"), ("host", "evil.example")]).status_code == 421


def test_who_only_looks_in_does_not_fill_the_log(client, project):
    _token(project)
    for _ in range(3):
        assert client.get("/v1/rankings").status_code == 401
    for _ in range(FAILURES + 5):
        client.get("/v1/rankings", headers=_bearer("wrong"))
    assert len((project.state / FILE).read_text().splitlines()) == FAILURES

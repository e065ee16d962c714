from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from bgml.data.kept.verdict_log import file, read
from bgml.web.access import tokens
from bgml.web.api.schemas.groups import VerdictDocument

SAID = {"account_id": "a0", "topic": "Data/AI", "verdict": "rejected", "reason": "bought last month"}


def test_a_verdict_is_on_disk_when_it_is_answered(client, project):
    made = client.post("/v1/verdicts", json=SAID)
    told = VerdictDocument.model_validate(made.json())
    assert (made.status_code, told.verdict, told.by, str(told.as_of)) == (201, "rejected", "local", "2026-01-19")
    kept = json.loads(file(project).read_text())
    assert (kept["account_id"], kept["topic"], kept["reason"], kept["by"]) == ("a0", "Data/AI", "bought last month", "local")
    shown = client.get("/v1/verdicts", params={"account_id": "a0", "topic": "Data/AI"}).json()["verdicts"]
    assert [entry["verdict"] for entry in shown] == ["rejected"]
    assert client.get("/v1/group", params={"account_id": "a0", "topic": "Data/AI"}).json()["verdicts"] == shown


def test_under_a_key_it_is_kept_once(client, project):
    first = client.post("/v1/verdicts", json=SAID, headers={"idempotency-key": "one"})
    again = client.post("/v1/verdicts", json=SAID, headers={"idempotency-key": "one"})
    assert again.json() == first.json() and again.headers["idempotent-replayed"] == "true" and "idempotent-replayed" not in first.headers
    other = client.post("/v1/verdicts", json={**SAID, "topic": "cloud"}, headers={"idempotency-key": "one"})
    assert (other.status_code, "a0" in other.json()["detail"]) == (409, False)
    assert len(read(project)[0]) == 1


def test_keys_of_two_people_never_meet(client, project):
    for name, account in (("Ann", "a0"), ("Bob", "a1")):
        text = tokens.create(project, name, "editor", name)[1]
        headers = {"authorization": f"Bearer {text}", "idempotency-key": "same"}
        assert client.post("/v1/verdicts", json={**SAID, "account_id": account}, headers=headers).status_code == 201
    assert [(entry["account_id"], entry["by"]) for entry in read(project)[0]] == [("a0", "Ann"), ("a1", "Bob")]


def test_many_at_once_are_all_kept(client, project):
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda n: client.post("/v1/verdicts", json={**SAID, "reason": str(n)}).status_code, range(24)))
    assert made == [201] * 24
    assert {entry["reason"] for entry in read(project)[0]} == {str(n) for n in range(24)}


@pytest.mark.parametrize(("change", "status"), [
    ({"verdict": "maybe"}, 422), ({"account_id": "none"}, 404), ({"topic": "none"}, 404), ({"as_of": "2026-01-06"}, 404),
    ({"extra": 1}, 422),
    ({"reason": "a" * 2001}, 422), ({"reason": "a\x00b"}, 422), ({"reason": "right‮left"}, 422), ({"account_id": 7}, 422),
])  # fmt: skip
def test_what_cannot_be_a_verdict_is_refused(client, project, change, status):
    found = client.post("/v1/verdicts", json={**SAID, **change})
    assert found.status_code == status and found.headers["content-type"] == "application/problem+json"
    assert not read(project)[0]


def test_somebody_limited_judges_their_own_alone(client, project):
    headers = {"authorization": f"Bearer {tokens.create(project, 'Ann', 'editor', 'Ann')[1]}"}
    theirs = client.post("/v1/verdicts", json={**SAID, "account_id": "a1"}, headers=headers)
    none = client.post("/v1/verdicts", json={**SAID, "account_id": "none"}, headers=headers)
    assert theirs.status_code == none.status_code == 404
    assert {**theirs.json(), "request_id": ""} == {**none.json(), "request_id": ""}


def test_a_folder_that_cannot_be_written_is_told(client, project):
    file(project).mkdir(parents=True)
    assert client.post("/v1/verdicts", json=SAID).status_code == 503

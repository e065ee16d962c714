"""`/v1/metrics`: what was evaluated last, of the model in use, for those who see all accounts."""

from __future__ import annotations

import json

import pytest

from bgml.data.kept.documents import EVALUATION, IMPACT, keep
from bgml.web.access import tokens
from bgml.web.access.audit import FILE
from tests.web.evaluated import SENTENCES, an_evaluation, keep_both
from tests.web.made_ranking import made_project
from tests.web.service_fixtures import client_of


def _refused(answer):
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["detail"]


def test_the_quality_of_the_model_in_use(client, project):
    keep_both(project)
    found = client.get("/v1/metrics").json()
    assert (found["model"], found["model_version"], found["evaluated_until"], found["stale"]) == ("propensity", 2, "2025-06-30", True)
    assert (found["headline"], found["best_baseline"]) == ("precision_at_50", "points")
    assert found["difference"] == pytest.approx({"value": 0.13, "low": 0.08, "high": 0.18})
    assert found["at_k"]["precision"][2] == pytest.approx({"k": 50, "value": 0.44, "low": 0.4, "high": 0.48})
    assert found["calibration"]["slope"] == {"value": 0.9, "low": 0.8, "high": None}
    assert len(found["calibration"]["bins"]) == 10
    assert len(found["by_week"]) == 26 and found["by_week"][0]["as_of"] == "2024-01-01"
    assert found["summary"] == ["propensity is ahead."]
    assert found["impact"] == SENTENCES
    assert found["impact_ratios"][0]["ratio"] == {"value": 2.0, "low": 1.5, "high": 2.6}
    logged = [json.loads(line)["action"] for line in (project.state / FILE).read_text().splitlines()]
    assert logged == ["quality"]


def test_an_answer_that_is_there_already_is_not_sent_again(client, project):
    keep_both(project)
    tag = client.get("/v1/metrics").headers["etag"]
    assert client.get("/v1/metrics", headers={"if-none-match": tag}).status_code == 304
    keep(project, EVALUATION, an_evaluation(summary=["It was made again."]))
    again = client.get("/v1/metrics", headers={"if-none-match": tag})
    assert (again.status_code, again.json()["summary"]) == (200, ["It was made again."])


def test_what_is_not_there_names_the_command_that_makes_it(client, project):
    assert _refused(client.get("/v1/metrics")) == (404, "There is no evaluation yet: `bgml evaluate` makes one")
    keep(project, EVALUATION, an_evaluation())
    found = client.get("/v1/metrics").json()
    assert (found["impact"], found["impact_ratios"]) == ([], [])


def test_an_evaluation_of_other_models_is_none_of_this_one(client, project):
    document = an_evaluation()
    document["models"].pop("propensity")
    keep(project, EVALUATION, document)
    status, said = _refused(client.get("/v1/metrics"))
    assert status == 404 and "not of the model in use" in said


@pytest.mark.parametrize("content", [b"", b"{", b'{"headline": "auc", "models": {"propensity": 3}}'])
def test_damaged_results_are_said(client, project, content):
    keep_both(project)
    (project.state / IMPACT).write_bytes(content)
    assert client.get("/v1/metrics").status_code == 200
    (project.state / EVALUATION).write_bytes(content)
    assert _refused(client.get("/v1/metrics")) == (404, "What the last `bgml evaluate` kept cannot be read: `bgml evaluate` makes it again")


def test_without_a_ranking_no_model_is_in_use(tmp_path):
    project = made_project(tmp_path / "empty", {})
    keep_both(project)
    with client_of(project) as client:
        answer = client.get("/v1/metrics")
        assert answer.status_code in (404, 503) and "bgml score" in answer.json()["detail"]
        assert client.get("/quality").status_code == 200


def test_only_those_who_see_all_accounts_are_told(client, project):
    keep_both(project)
    texts = {name: tokens.create(project, name, "viewer", owner)[1] for name, owner in (("Ann", "Ann"), ("lead", None))}
    headers = {name: {"authorization": f"Bearer {text}"} for name, text in texts.items()}
    for path in ("/v1/metrics", "/quality"):
        refused = client.get(path, headers=headers["Ann"])
        assert refused.status_code == 403
        assert "0.44" not in refused.text and "44%" not in refused.text
        assert client.get(path, headers=headers["lead"]).status_code == 200
    assert client.get("/v1/metrics", headers=headers["Ann"]).json()["detail"].startswith("the quality of the model")

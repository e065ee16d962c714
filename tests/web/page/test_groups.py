"""A group's page: what stands on it, and the verdict form without a script."""

from __future__ import annotations

from bgml.data.kept.verdict_log import read
from bgml.web.access import tokens

GROUP = {"account_id": "a3", "topic": "Data/AI"}
SAME = {"origin": "http://127.0.0.1"}


def test_who_why_how_it_moved_and_what_to_do(client):
    text = client.get("/group", params=GROUP).text
    for said in ("What to do", "Contact Name a3-p0", "Why it stands here", "nobody from finance", "Who is in it", "a***@example.com",
                 "How it moved", "Rank by week", "Chance by week", "Week by week", "Other groups here"):  # fmt: skip
        assert said in text, said


def test_a_verdict_is_given_with_the_form_alone(client, project):
    form = {**GROUP, "as_of": "2026-01-19", "reason": "bought last month"}
    sent = client.post("/verdict", data={**form, "verdict": "rejected"}, headers=SAME, follow_redirects=False)
    assert sent.status_code == 303 and sent.headers["location"].startswith("/group?account_id=a3&topic=Data%2FAI")
    assert [(entry["verdict"], entry["reason"]) for entry in read(project)[0]] == [("rejected", "bought last month")]
    assert "bought last month" in client.get(sent.headers["location"]).text
    told = client.post("/verdict", data={**form, "verdict": "accepted"}, headers={**SAME, "accept": "application/json"})
    assert (told.status_code, told.json()["verdict"]) == (201, "accepted")


def test_a_form_that_cannot_be_is_told(client, project):
    wrong = client.post("/verdict", data={**GROUP, "verdict": "maybe"}, headers={**SAME, "accept": "text/html"})
    assert wrong.status_code == 422 and "<h1>" in wrong.text and not read(project)[0]
    assert client.post("/verdict", json=GROUP, headers=SAME).status_code == 415


def test_who_only_reads_has_no_buttons(client, project):
    text = tokens.create(project, "Ada", "viewer")[1]
    shown = client.get("/group", params=GROUP, headers={"authorization": f"Bearer {text}"}).text
    assert "Your verdict" not in shown and "<form class=\"verdict\"" not in shown


def test_an_account_shows_its_groups(client):
    text = client.get("/account", params={"account_id": "a3"}).text
    assert "cloud" in text and "Data/AI" in text and "In several groups" in text
    assert client.get("/account", params={"account_id": "none"}, headers={"accept": "text/html"}).status_code == 404

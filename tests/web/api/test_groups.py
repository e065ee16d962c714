from __future__ import annotations

from datetime import timedelta

import pytest

from bgml.web.api.schemas.groups import AccountDocument, GroupDocument
from tests.web.made_ranking import WEEKS, groups, made_project
from tests.web.service_fixtures import client_of


def test_a_group_is_told_whole(client):
    found = client.get("/v1/group", params={"account_id": "a3", "topic": "Data/AI"})
    group = GroupDocument.model_validate(found.json())
    assert (group.group.account_id, group.group.topic, group.group.rank) == ("a3", "Data/AI", 6)
    assert [member.person_id for member in group.members] == ["a3-p0", "a3-p1"]
    assert group.members[0].name == "Name a3-p0" and group.members[0].email == "a***@example.com"
    assert group.reasons_against == ["nobody from finance"] and "Name a3-p0" in group.next_steps[0]
    assert [place.rank for place in group.history] == [8, 7, 6]
    assert {row["week"] for row in group.timeline} == {str(WEEKS[-1] - timedelta(7))}
    assert [other.topic for other in group.others] == ["cloud"]
    again = client.get("/v1/group", params={"account_id": "a3", "topic": "Data/AI"}, headers={"if-none-match": found.headers["etag"]})
    assert again.status_code == 304


def test_an_account_has_all_its_topics(client):
    found = AccountDocument.model_validate(client.get("/v1/account", params={"account_id": "a1", "as_of": str(WEEKS[0])}).json())
    assert [group.topic for group in found.groups] == ["cloud", "Data/AI"] and found.owner == "Bob" and found.as_of == WEEKS[0]


def test_addresses_are_shown_where_the_settings_say_so(tmp_path):
    with client_of(made_project(tmp_path, {WEEKS[0]: groups(2)}, {"web": {"mask_email": False}})) as client:
        found = client.get("/v1/group", params={"account_id": "a0", "topic": "cloud"}).json()
    assert found["members"][0]["email"] == "a0-p0@example.com"


@pytest.mark.parametrize("topic", ["Data/AI", "a&b=c", "#1?", "50%", "Ω ünï", "..", "a\\b", "'\"<>", " ", "+"])
def test_topics_may_hold_any_character(tmp_path, topic):
    rows = [{"account_id": f"{topic}x", "topic": topic, "members": 1}]
    with client_of(made_project(tmp_path, {WEEKS[0]: rows})) as client:
        found = client.get("/v1/group", params={"account_id": f"{topic}x", "topic": topic})
        assert found.json()["group"]["topic"] == topic
        link = client.get("/").text
        assert client.get("/group", params={"account_id": f"{topic}x", "topic": topic}).status_code == 200
        assert "/group?account_id=" in link


@pytest.mark.parametrize(("params", "status"), [
    ({"account_id": "a0"}, 422), ({"topic": "cloud"}, 422), ({"account_id": "a0", "topic": "cloud", "x": "1"}, 422),
    ({"account_id": "a" * 501, "topic": "cloud"}, 422), ({"account_id": "none", "topic": "cloud"}, 404),
    ({"account_id": "a0", "topic": "none"}, 404), ({"account_id": "a0", "topic": "cloud", "as_of": "x"}, 422),
    ({"account_id": "../../etc", "topic": "cloud"}, 404),
])  # fmt: skip
def test_what_is_not_there_is_told(client, params, status):
    assert client.get("/v1/group", params=params).status_code == status

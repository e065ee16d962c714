from __future__ import annotations

import pytest

from bgml.web.api.schemas.lists import Listing, Rankings
from tests.web.made_ranking import WEEKS


def test_rankings_are_named_newest_first(client):
    found = client.get("/v1/rankings")
    told = Rankings.model_validate(found.json()).rankings
    assert [(entry.as_of, entry.current) for entry in told] == [(day, day == WEEKS[-1]) for day in reversed(WEEKS)]
    assert (told[0].groups, told[0].selected, told[1].groups) == (12, 4, None)


def test_a_part_leads_to_the_next(client):
    seen, cursor = [], None
    while True:
        params = {"limit": 5} | ({"cursor": cursor} if cursor else {})
        part = Listing.model_validate(client.get(f"/v1/rankings/{WEEKS[0]}", params=params).json())
        seen += [(row.rank, row.account_id, row.topic) for row in part.groups]
        if (cursor := part.next_cursor) is None:
            break
    assert [rank for rank, *_ in seen] == list(range(1, 13)) and len(set(seen)) == 12


def test_filters_text_and_order_work_together(client):
    params = {"owner": ["Ann", ""], "topic": "Data/AI", "q": "account", "sort": "-expected_amount", "facets": "true"}
    part = Listing.model_validate(client.get("/v1/rankings/latest", params=params).json())
    assert {(row.owner, row.topic) for row in part.groups} == {("Ann", "Data/AI"), (None, "Data/AI")}
    amounts = [row.expected_amount for row in part.groups]
    assert amounts == sorted(amounts) and part.total == 4
    assert part.facets["owner"] == {"": 2, "Ann": 2, "Bob": 2}
    assert client.get("/v1/rankings/latest", params={"owner": "nobody"}).json()["groups"] == []


def test_who_has_the_answer_is_told_so(client):
    first = client.get("/v1/rankings/latest?owner=Ann")
    again = client.get("/v1/rankings/latest?owner=Ann", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get("/v1/rankings/latest?owner=Bob", headers={"if-none-match": first.headers["etag"]}).status_code == 200
    head = client.head("/v1/rankings/latest?owner=Ann")
    assert head.headers["etag"] == first.headers["etag"] and head.content == b""


@pytest.mark.parametrize(("path", "status", "told"), [
    ("latest?ownr=Ann", 422, 'did you mean "owner"'), ("latest?limit=0", 422, "limit"), ("latest?limit=501", 422, "limit"),
    ("latest?limit=ten", 422, "limit"), ("latest?limit=0005000", 422, "limit"), ("latest?limit=000500" + "9" * 5000, 422, "limit"),
    ("latest?owner=" + "a" * 501, 422, "owner: at most 500 characters"),
    ("latest?sort=name", 422, "sort"), ("latest?selected=maybe", 422, "selected"),
    ("latest?q=" + "a" * 201, 422, "q: at most"), ("latest?" + "&".join(f"owner={n}" for n in range(51)), 422, "owner: at most"),
    ("2026-01-06", 404, "no ranking of 2026-01-06"), ("2026-13-06", 422, "as_of"), ("tomorrow", 422, "as_of"),
    ("9999-12-31", 404, "no ranking"),
    ("latest?cursor=abc", 400, "does not belong"),
])  # fmt: skip
def test_what_cannot_be_asked_is_a_stated_problem(client, path, status, told):
    found = client.get(f"/v1/rankings/{path}")
    assert (found.status_code, found.headers["content-type"]) == (status, "application/problem+json")
    assert told in found.json()["detail"] and found.json()["request_id"] == found.headers["x-request-id"]


@pytest.mark.parametrize("path", ["", "/latest", f"/{WEEKS[0]}"])
def test_the_head_of_an_answer_may_be_asked_for_alone(client, path):
    head, whole = client.head(f"/v1/rankings{path}"), client.get(f"/v1/rankings{path}")
    assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", whole.headers["etag"])

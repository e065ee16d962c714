"""Names that are script, markup, formulas or turn the direction of writing are text wherever they are shown."""

from __future__ import annotations

import csv
import io
from html.parser import HTMLParser

import openpyxl
import pytest

from tests.web.made_ranking import WEEKS, made_project
from tests.web.service_fixtures import client_of

NAMES = [
    "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "</title><script>alert(1)</script>", "{{ 7 * 7 }}",
    "'; drop table x; --",
    "=HYPERLINK(\"http://evil.example\")", "+1+1", "-1", "@SUM(A1)", "‮evil‬", "﷽", "a" * 400, "&lt;b&gt;", "javascript:alert(1)",
]  # fmt: skip


class Seen(HTMLParser):
    """The text of a page, its tags, and what its elements are told to do."""

    def __init__(self) -> None:
        super().__init__()
        self.text, self.tags, self.acts = "", [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.acts += [name for name, _ in attrs if name.startswith("on") or name == "style"]

    def handle_data(self, data):
        self.text += data


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    rows = [
        {"account_id": f"id {name}", "account_name": name, "topic": f"topic {name}", "members": 1, "next_step": f"Contact {name}",
         "reasons": [f"reason {name}", f"against: {name}"], "owner": name, "segment": name, "region": name, "stage": name,
         "missing_roles": [name]} for name in NAMES
    ]  # fmt: skip
    project = made_project(tmp_path_factory.mktemp("hostile"), {WEEKS[0]: rows, WEEKS[1]: rows})
    with client_of(project) as found:
        yield found


@pytest.mark.parametrize("name", NAMES)
def test_pages_show_them_as_text(client, name):
    params = {"account_id": f"id {name}", "topic": f"topic {name}"}
    client.post("/v1/verdicts", json={**params, "verdict": "rejected", "reason": name.strip("\u202e\u202c")})
    lists = [("/", query) for query in ({}, {"q": name[:200]}, {"owner": name})]
    for path, query in (*lists, ("/group", params), ("/account", {"account_id": f"id {name}"})):
        page = client.get(path, params=query)
        seen = Seen()
        seen.feed(page.text)
        assert page.status_code == 200 and not seen.acts
        assert seen.tags.count("script") == 1 and "img" not in seen.tags, path
        assert name in seen.text or path == "/" and query.get("q"), path


@pytest.mark.parametrize("name", NAMES)
def test_the_api_gives_them_as_they_are(client, name):
    found = client.get("/v1/group", params={"account_id": f"id {name}", "topic": f"topic {name}"}).json()
    assert found["group"]["account_name"] == name and found["reasons_against"] == [name]


def test_spreadsheets_do_not_run_them(client):
    rows = list(csv.DictReader(io.StringIO(client.get("/v1/export").text)))
    shown = {row["account_name"] for row in rows}
    assert not any(name.startswith(("=", "+", "-", "@")) for name in shown) and "'=HYPERLINK(\"http://evil.example\")" in shown
    sheet = openpyxl.load_workbook(io.BytesIO(client.get("/v1/export", params={"format": "xlsx"}).content)).active
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)

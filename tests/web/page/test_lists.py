"""The week's list as a page: filters, weeks, what is said where there is nothing."""

from __future__ import annotations

from datetime import timedelta
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urlsplit

from tests.web.made_ranking import WEEKS, groups, made_project
from tests.web.service_fixtures import client_of


class Page(HTMLParser):
    """Links, labels, the fields that a form would send as it stands, and the accounts listed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links, self.sent, self.accounts, self.options = [], [], [], {}
        self._select = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif tag == "li" and "data-account" in given:
            self.accounts.append((given["data-account"], given["data-topic"]))
        elif tag == "select":
            self._select = given["name"]
            self.options[self._select] = []
        elif tag == "input" and given.get("value"):
            self.sent.append((given["name"], given["value"]))
        elif tag == "option":
            self.options[self._select].append(given["value"])
            if "selected" in given and given["value"]:
                self.sent.append((self._select, given["value"]))


def _page(client, path="/"):
    answer = client.get(path)
    assert answer.status_code == 200
    return Page(answer.text)


def test_the_list_stands_in_its_order_and_leads_to_each_group(client):
    page = _page(client)
    assert len(page.accounts) == 12
    assert "/group?account_id=a0&topic=Data%2FAI" in page.links


def test_filters_live_in_the_address_and_the_form_sends_them_again(client):
    path = f"/?owner=Ann&owner=Bob&topic=cloud&q=account&selected=false&sort=-people&as_of={WEEKS[0]}"
    page = _page(client, path)
    assert {account for account, _ in page.accounts} <= {"a0", "a1", "a3", "a4"} and {topic for _, topic in page.accounts} == {"cloud"}
    assert sorted(page.sent) == sorted(parse_qsl(urlsplit(path).query))


def test_a_filter_can_be_taken_away(client):
    page = _page(client, "/?owner=Ann&owner=Bob")
    assert "/?owner=Ann" in page.links and "/?owner=Bob" in page.links and "/" in page.links


def test_an_old_week_stays_the_one_that_is_shown(tmp_path):
    weeks = {WEEKS[0] + timedelta(7 * turn): groups(2) for turn in range(30)}
    with client_of(made_project(tmp_path, weeks)) as client:
        page = _page(client, f"/?as_of={WEEKS[0]}")
    assert ("as_of", str(WEEKS[0])) in page.sent
    assert page.options["as_of"][0] == "" and len(page.options["as_of"]) == 27


def test_what_an_address_cannot_mean_is_the_usual_list(client):
    for path in ("/?sort=x", "/?limit=x", "/?cursor=x", "/?as_of=x", "/?selected=x", "/?nonsense=1", "/?owner="):
        assert len(_page(client, path).accounts) == 12


def test_parts_lead_to_the_next(tmp_path):
    with client_of(made_project(tmp_path, {WEEKS[0]: groups(120)})) as client:
        seen, path = [], "/?sort=people"
        while path:
            page = _page(client, path)
            seen += page.accounts
            path = next((link for link in page.links if "cursor=" in link), None)
    assert len(seen) == len(set(seen)) == 120


def test_where_nothing_fits_it_is_said(client):
    answer = client.get("/?q=zzz").text
    assert "No group fits this selection" in answer

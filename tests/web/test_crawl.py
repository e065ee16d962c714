"""Somebody limited to an owner's accounts asks for everything there is, and learns nothing of others.

Two services are asked the same: in one the other owners have accounts full of marks, in the other they have none. The answers are equal
to the byte, the names of the rankings aside, and no answer of the first holds a mark.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from html.parser import HTMLParser
from urllib.parse import urljoin

import pytest

from bgml.web.access import tokens
from bgml.web.seen.query import SORTS
from tests.web.made_ranking import WEEKS, groups, made_project
from tests.web.service_fixtures import client_of

MARK = "XQZ"
HTML = {"accept": "text/html"}


def _rows(own_only: bool, turn: int):
    """Ann's groups, and among them those of others, every text of theirs marked."""
    own = [{**row, "propensity": 0.5 - place / 100, "score": -place / 10} for place, row in enumerate(groups(12, owners=("Ann",)))]
    own = own[turn:] + own[:turn]
    if own_only:
        return own
    others = [
        {"account_id": f"{MARK}{place}", "account_name": f"{MARK} name {place}", "topic": ("cloud", f"{MARK} topic")[place % 2],
         "owner": (f"{MARK} owner", None)[place % 2], "segment": f"{MARK} segment", "region": f"{MARK} region", "stage": f"{MARK} stage",
         "members": 2, "selected": True, "reasons": [f"{MARK} reason"], "missing_roles": [f"{MARK} role"]}
        for place in range(20)
    ]  # fmt: skip
    mixed = [row for pair in zip(others, own, strict=False) for row in pair]
    return mixed + others[len(own) :]


def _project(root, own_only: bool):
    return made_project(root, {day: _rows(own_only, turn) for turn, day in enumerate(WEEKS)})


class Links(HTMLParser):
    """The addresses that a page leads to."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.found += [value for name, value in attrs if name in ("href", "src", "action") and value]


def _crawled(client, headers):
    """Every page that can be reached, by address."""
    pages, waiting = {}, ["/"]
    while waiting:
        path = waiting.pop()
        if path in pages or path.startswith(("/static", "/signout", "/verdict", "http", "//", "#")):
            continue
        answer = client.get(path, headers={**headers, **HTML})
        pages[path] = answer.content
        links = Links()
        links.feed(answer.text)
        waiting += [urljoin(path, link) for link in links.found]
    return pages


def _asked():
    """Addresses that try what a curious reader would: filters, orders, searches, others' ids, foreign dates, all formats."""
    base = "/v1/rankings/latest"
    yield from ("/v1/rankings", base, f"{base}?facets=true", f"{base}?limit=3&facets=true", "/openapi.json", "/v1/metrics", "/quality")
    yield from (f"/v1/rankings/{day}?facets=true" for day in WEEKS)
    yield from (f"{base}?sort={turn}{name}" for turn in ("", "-") for name in SORTS)
    for name in ("owner", "topic", "segment", "region", "stage", "band", "trend", "route"):
        yield from (f"{base}?{name}={value}&facets=true" for value in ("", f"{MARK}%20{name}", MARK, "Bob", "cloud"))
        yield f"/?{name}={MARK}%20{name}"
    yield from (f"{base}?q={word}" for word in (MARK, MARK.lower(), "name", "a"))
    yield from (f"/?q={word}" for word in (MARK, "name"))
    for account in (f"{MARK}0", f"{MARK}1", "a0", "nobody"):
        for topic in ("cloud", f"{MARK}%20topic", "none"):
            yield from (f"{path}?account_id={account}&topic={topic}" for path in ("/v1/group", "/group", "/v1/verdicts"))
            yield f"/v1/group?account_id={account}&topic={topic}&as_of={WEEKS[0]}"
        yield from (f"{path}?account_id={account}" for path in ("/v1/account", "/account"))
    yield from (f"/v1/export?format={kind}&as_of={day}" for kind in ("csv", "xlsx", "parquet") for day in ("", WEEKS[0]))
    yield from ("/v1/export?owner=Bob", f"/v1/export?q={MARK}", "/metrics", "/v1/nothing", f"/{MARK}", "/readyz", "/signin")


def _plain(content: bytes) -> str:
    """An answer as text, whatever is packed in it, without the names of rankings and requests, and without when it was made."""
    if content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            names = [name for name in packed.namelist() if "docProps" not in name]
            content = b"\n".join(packed.read(name) for name in names)
    text = content.decode("utf-8", "replace")
    return re.sub(r"[0-9a-f]{16}(\.\d+)?|\"request_id\": ?\"[^\"]*\"|Request [\w-]+", "", text)


@pytest.fixture
def services(tmp_path):
    """A client of each service, with the headers by which Ann asks."""
    with_others, alone = _project(tmp_path / "with", False), _project(tmp_path / "alone", True)
    with client_of(with_others) as one, client_of(alone) as two:
        pairs = []
        for project, client in ((with_others, one), (alone, two)):
            text = tokens.create(project, "Ann", "editor", "Ann")[1]
            admin = tokens.create(project, "all", "admin")[1]
            pairs.append((client, {"authorization": f"Bearer {text}"}, {"authorization": f"Bearer {admin}"}))
        for account in ("a0", f"{MARK}0"):
            said = {"account_id": account, "topic": "cloud", "verdict": "rejected", "reason": f"{MARK} verdict"}
            if account != "a0":
                assert one.post("/v1/verdicts", json=said, headers=pairs[0][2]).status_code == 201
        yield pairs


def test_answers_are_those_of_a_service_without_the_others(services):
    (one, ann, _), (two, ann_alone, _) = services
    for path in _asked():
        found, alone = one.get(path, headers=ann), two.get(path, headers=ann_alone)
        # A page may say back what was typed; that it says no more is told by the other service, which knows no mark.
        assert MARK in path or MARK not in _plain(found.content), path
        assert found.status_code == alone.status_code, path
        if path not in ("/metrics",):
            assert _plain(found.content) == _plain(alone.content), path


def test_a_crawl_of_all_pages_meets_nothing_of_others(services):
    (one, ann, _), (two, ann_alone, _) = services
    pages, alone = _crawled(one, ann), _crawled(two, ann_alone)
    assert len(pages) > 20
    assert sorted(map(_plain, map(str.encode, pages))) == sorted(map(_plain, map(str.encode, alone)))
    for path, content in pages.items():
        assert MARK.encode() not in content, path


def test_tags_and_cursors_of_somebody_who_sees_all_are_of_no_use(services):
    (one, ann, admin), _ = services
    whole = one.get("/v1/rankings/latest?limit=2", headers=admin)
    own = one.get("/v1/rankings/latest?limit=2", headers={**ann, "if-none-match": whole.headers["etag"]})
    assert own.status_code == 200 and own.headers["etag"] != whole.headers["etag"]
    foreign = one.get("/v1/rankings/latest", params={"limit": 2, "cursor": whole.json()["next_cursor"]}, headers=ann)
    assert foreign.status_code == 400
    theirs = f"/v1/group?account_id={MARK}0&topic=cloud"
    tag = one.get(theirs, headers=admin).headers["etag"]
    assert one.get(theirs, headers={**ann, "if-none-match": tag}).status_code == 404


def test_nothing_can_be_said_of_others(services):
    (one, ann, _), _ = services
    for path, body in (("/v1/verdicts", {"json": {"account_id": f"{MARK}0", "topic": "cloud", "verdict": "accepted"}}),
                       ("/verdict", {"data": {"account_id": f"{MARK}0", "topic": "cloud", "verdict": "accepted"}})):  # fmt: skip
        found = one.post(path, headers=ann, **body)
        assert found.status_code == 404 and MARK not in found.text


def test_ranks_are_those_among_ones_own(services):
    (one, ann, _), _ = services
    rows = one.get("/v1/rankings/latest?limit=100", headers=ann).json()["groups"]
    assert [row["rank"] for row in rows] == list(range(1, 13))
    assert {row["percentile"] for row in rows} == {None}
    assert json.dumps(rows).count("previous_rank") == 12 and {row["previous_rank"] for row in rows} == set(range(1, 13))

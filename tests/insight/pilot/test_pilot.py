"""The pilot as a whole: it works without a deal, a name or a model, and says what is missing."""

from __future__ import annotations

import json
from datetime import date

import pytest

from bgml.cli.terminal import plain
from bgml.errors import DataError
from bgml.insight.pilot.pilot import pilot
from tests.insight.worlds import World, at, settings


def world() -> World:
    made = World()
    made.mql(390, "a", person="lead")
    for person in ("p1", "p2"):
        made.act(380, "a", person=person)
    return made


def test_it_works_without_opportunities_and_people():
    found = pilot(world().dataset(), settings())
    assert found.counts() == {"potential": 1, "in_pipeline": 0, "customer": 0, "single": 0}
    assert (found.until - found.since).days == 28
    said = " ".join(found.sentences())
    for part in ("1 potential buying group,", "no pair is known to be in the pipeline", "no names of people", "No history"):
        assert part in said


def test_the_document_is_json_without_names():
    made = world()
    made.people = [{"person_id": "p1", "name": "Ann Secret"}]
    found = pilot(made.dataset(), settings())
    assert found.listed["names"][0] == ["Ann Secret", ""]
    text = json.dumps(plain(found.document()), allow_nan=False)
    assert "p1" in text
    assert "Ann Secret" not in text


def test_a_date_after_the_newest_mql_names_it():
    found = pilot(world().dataset(), settings(), at(395).date())
    assert found.listed.empty
    assert f"The newest MQL is of {at(390):%Y-%m-%d}" in " ".join(found.sentences())


@pytest.mark.parametrize(
    ("since", "changes", "message"),
    [
        (date(2030, 1, 1), {}, "no MQL can be known since 2030-01-01"),
        (None, {"groups": {"exclude_accounts": ["a"]}}, "exclude_accounts"),
    ],
)
def test_where_nothing_can_be_shown_it_stops(since, changes, message):
    with pytest.raises(DataError, match=message):
        pilot(world().dataset(), settings(**changes), since)


def test_no_mql_at_all_stops():
    made = World()
    made.act(0, "a", person="p1")
    with pytest.raises(DataError, match='no row has the category "qualified_lead"'):
        pilot(made.dataset(), settings())

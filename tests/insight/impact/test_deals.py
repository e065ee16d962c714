"""Deals with the group before them: by what was known when they were created."""

from __future__ import annotations

import pytest

from bgml.data.roles import load_roles
from bgml.data.topics import Topics
from bgml.insight.impact.deals import deals
from bgml.project import starter
from tests.insight.worlds import World, at, settings

TOPICS = Topics({"decision_maker": 1, "practitioner": 1, "finance": 1}, {})


def rows(world: World, topics: Topics = TOPICS, **changes):
    found = deals(world.dataset(), settings(**changes), load_roles(starter() / "roles.toml"), topics)
    return found, found.rows.set_index("account_id")


def test_engaged_takes_people_and_actions_known_before_creation():
    world = World()
    for account, people, each in (("group", 3, 1), ("pair", 2, 5), ("busy", 4, 2)):
        world.deal(0, account)
        for number in range(people):
            for day in range(each):
                world.act(-5 - day, account, person=f"{account}{number}")
    world.act(-5, "pair", person="told later", recorded=1)
    world.act(1, "pair", person="came later")
    world.act(-5, "pair", visitor="v1")
    _, found = rows(world)
    assert found[["people", "actions", "engaged"]].to_dict("index") == {
        "group": {"people": 3, "actions": 3, "engaged": 1},
        "pair": {"people": 2, "actions": 10, "engaged": 0},
        "busy": {"people": 4, "actions": 8, "engaged": 1},
    }
    _, stricter = rows(world, impact={"min_actions": 4, "min_people": 2})
    assert stricter["engaged"].to_dict() == {"group": 0, "pair": 1, "busy": 1}


def test_deals_without_a_full_span_of_signals_before_them_are_left_out():
    world = World()
    world.deal(-150, "early")
    world.deal(-100, "in time")
    world.deal(0, "barred")
    found, by_account = rows(world, groups={"exclude_accounts": ["barred"]})
    assert by_account.index.tolist() == ["in time"]
    assert (found.early, found.excluded) == (1, 1)


def test_roles_are_those_people_had_when_the_deal_was_created():
    world = World()
    world.deal(0, "a")
    for person in ("boss", "engineer", "second engineer", "promoted"):
        world.act(-5, "a", person=person)
    world.people = [
        {"person_id": "boss", "title": "Vice President Operations", "valid_from": at(-100)},
        {"person_id": "engineer", "title": "Data Engineer", "valid_from": at(-100)},
        {"person_id": "second engineer", "title": "Data Engineer", "valid_from": at(-100)},
        {"person_id": "promoted", "title": "Chief Financial Officer", "valid_from": at(10)},
    ]
    _, found = rows(world)
    assert found.loc["a", ["roles", "required"]].tolist() == [2, 3]
    _, optional = rows(world, Topics({"finance": 1}, {}))
    assert optional.loc["a", ["roles", "required"]].tolist() == [0, 1]


def test_contact_roles_of_earlier_deals_count_and_those_of_the_deal_itself_do_not():
    world = World()
    before = world.deal(-60, "a", "cloud", closed=-20)
    own = world.deal(0, "a")
    for person in ("p1", "p2", "p3"):
        world.act(-5, "a", person=person)
    world.people = [{"person_id": "p1", "title": "Data Engineer", "valid_from": at(-100)}]
    world.contacts = [
        {"opportunity_id": before, "person_id": "p1", "role": "Decision Maker", "added_at": at(-50)},
        {"opportunity_id": before, "person_id": "p2", "role": "finance", "added_at": at(1)},
        {"opportunity_id": own, "person_id": "p3", "role": "finance", "added_at": at(-50)},
    ]
    for required, filled in (("decision_maker", 1), ("practitioner", 0), ("finance", 0)):
        found, _ = rows(world, Topics({required: 1}, {}))
        assert found.rows.set_index("opportunity_id").loc[own, "roles"] == filled


def test_days_and_currency():
    world = World()
    world.deal(0, "a", closed=12.5, won=True, amount=10.0, currency="EUR")
    world.deal(0, "b", closed=7, won=True, amount=20.0, currency=None)
    world.deal(0, "c", amount=5.0, currency="USD")
    found, by_account = rows(world)
    assert found.currency == "EUR"
    assert by_account["currency"].to_dict() == {"a": "EUR", "b": "EUR", "c": "USD"}
    assert by_account.loc[["a", "b"], "days"].tolist() == [12.5, 7]


@pytest.mark.parametrize(("lost_amount", "bands"), [(5.0, 3), (None, 0)])
def test_bands_only_where_won_and_lost_deals_have_amounts(lost_amount, bands):
    world = World()
    for number in range(6):
        world.deal(0, f"w{number}", closed=5, won=True, amount=10.0 * number)
        world.deal(0, f"l{number}", closed=5, amount=lost_amount and lost_amount * number)
    _, found = rows(world)
    assert found["band"].nunique() == bands

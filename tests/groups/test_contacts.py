"""Roles of members at a date: which source counts, from when it is known, and what does not matter."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as trying
from hypothesis import strategies as st

from bgml.config import settings_from
from bgml.data.dataset import open_tables
from bgml.groups.contacts import contact_roles, roles_at
from bgml.project import Project
from tests.groups.conftest import Tables
from tests.strategies import MONDAY, Ids, ids, opportunities, times

D = date(2024, 7, 1)


def deal(number, topic="T", account="A", created="2024-01-10", closed=None, outcome="open"):
    own = {"opportunity_id": f"O{number}", "account_id": account, "topic": topic}
    return own | {"created_at": created, "closed_at": closed, "outcome": outcome}


def contact(number, role, added=None, person="p"):
    return {"opportunity_id": f"O{number}", "person_id": person, "role": role, "added_at": added}


OPEN = deal(1)


def world(contacts=(), deals=(OPEN,), people=()):
    return Tables({"opportunity_contacts": list(contacts), "opportunities": list(deals), "people": list(people)}, date(2026, 1, 1))


def project(tmp_path, **data):
    return Project(root=tmp_path, settings=settings_from({"project": {"name": "t"}, "data": data}, "test"))


def role_of(tmp_path, tables, as_of=D, account="A", topic="T", person="p", **data):
    asked = pd.DataFrame({"account_id": [account], "topic": [topic], "person_id": [person]})
    found = roles_at(project(tmp_path, **data), tables, as_of, asked).iloc[0]
    assert (pd.isna(found["role"]), pd.isna(found["role_source"])) in [(True, True), (False, False)]
    assert found["role_source"] is None or found["role_confidence"] == {"crm": 0.9, "title": 0.6}[found["role_source"]]
    return found["role"], found["role_source"]


@pytest.mark.parametrize(
    ("added", "known"),
    [
        ("2024-06-30T23:59:59.999999", True),
        ("2024-07-01T00:00:00", False),
        ("2024-01-01", True),  # before the deal was created: known from its creation
        (None, False),  # the deal is open
    ],
)
def test_a_contact_role_is_known_from_when_it_was_added(added, known):
    found = contact_roles(world([contact(1, "Champion", added)]), D)
    assert found["role"].tolist() == (["Champion"] if known else [])
    assert list(found.columns) == ["account_id", "topic", "person_id", "role", "known_day"]


def test_without_a_date_it_is_known_from_the_day_the_deal_closes_and_never_before_the_deal():
    closed = world([contact(1, "Buyer")], [deal(1, closed="2024-06-30T10:00:00", outcome="lost")])
    assert contact_roles(closed, D)["known_day"].tolist() == [(date(2024, 6, 30) - date(1970, 1, 1)).days]
    assert contact_roles(closed, date(2024, 6, 30)).empty
    early = world([contact(1, "Buyer", "2023-01-01")], [deal(1, created="2024-06-30")])
    assert contact_roles(early, date(2024, 6, 30)).empty and len(contact_roles(early, D)) == 1


def test_one_row_per_member_with_the_latest_role_that_says_something():
    contacts = [
        contact(1, "Champion", "2024-03-01T08:00:00"), contact(2, "Buyer", "2024-03-01T09:00:00"), contact(3, "  ", "2024-05-01"),
        contact(4, None, "2024-05-02"), contact(5, "Coach", "2024-02-01"), contact(1, "Evaluator", "2024-02-01", person="q"),
    ]  # fmt: skip
    deals = [deal(1), deal(2), deal(3), deal(4), deal(5, topic="U")]
    found = contact_roles(world(contacts, deals), D).set_index(["account_id", "topic", "person_id"])["role"]
    assert found.to_dict() == {("A", "T", "p"): "Buyer", ("A", "U", "p"): "Coach", ("A", "T", "q"): "Evaluator"}


def test_of_two_at_the_same_moment_the_greater_deal_counts_in_any_order():
    contacts, deals = [contact(2, "Buyer", "2024-03-01"), contact(1, "Coach", "2024-03-01")], [deal(2), deal(1)]
    for turn in (1, -1):
        assert contact_roles(world(contacts[::turn], deals[::turn]), D)["role"].tolist() == ["Buyer"]


PERSON = {"person_id": "p", "title": "VP Sales", "role": "Coach", "valid_from": "2020-01-01"}
HERE, ELSEWHERE = contact(1, "Economic Buyer", "2024-02-01"), contact(2, "Evaluator", "2024-05-01")
DEALS = [deal(1), deal(2, topic="U")]


@pytest.mark.parametrize(
    ("contacts", "person", "expected"),
    [
        ([HERE, ELSEWHERE], PERSON, ("finance", "crm")),
        ([ELSEWHERE], PERSON, ("influencer", "crm")),
        ([contact(1, "Other", "2024-06-01"), ELSEWHERE], PERSON, ("influencer", "crm")),  # "Other" says nothing
        ([contact(1, "Wise Owl!", "2024-06-01")], PERSON, ("wise_owl", "crm")),
        ([], PERSON, ("champion", "crm")),
        ([], PERSON | {"role": " "}, ("decision_maker", "title")),
        ([], PERSON | {"role": "N/A"}, ("decision_maker", "title")),
        ([], PERSON | {"role": None, "title": None, "department": "Legal"}, ("legal", "title")),
        ([], PERSON | {"role": None, "title": None}, (None, None)),
        ([], PERSON | {"role": None, "title": '=CMD("🦉")\n\t 守護者'}, (None, None)),
        ([], PERSON | {"valid_from": "2024-07-01"}, (None, None)),  # not yet
        ([contact(1, "Coach", "2024-06-01", person="q")], PERSON | {"person_id": "q"}, (None, None)),  # somebody else
    ],
)
def test_the_nearest_source_that_says_something_counts(tmp_path, contacts, person, expected):
    assert role_of(tmp_path, world(contacts, DEALS, [person])) == expected


def test_a_later_word_that_says_nothing_hides_no_earlier_role(tmp_path):
    contacts = [contact(1, "Champion", "2024-02-01"), contact(2, "Other", "2024-03-01")]
    assert role_of(tmp_path, world(contacts, [deal(1), deal(2)])) == ("champion", "crm")


def test_another_account_says_nothing(tmp_path):
    assert role_of(tmp_path, world([contact(1, "Champion", "2024-02-01")]), account="B") == (None, None)


def test_undated_columns_count_only_where_settings_name_them(tmp_path):
    undated = world(people=[{"person_id": "p", "title": "CFO", "role": "Coach"}])
    assert role_of(tmp_path, undated) == ("finance", "title")  # data.static names title, not role
    assert role_of(tmp_path, undated, static=["role"]) == ("champion", "crm")
    assert role_of(tmp_path, undated, static=[]) == (None, None)
    somebody_dated = world(people=[{"person_id": "p", "role": "Coach"}, {"person_id": "z", "valid_to": "2020-01-01"}])
    assert role_of(tmp_path, somebody_dated, static=[]) == ("champion", "crm")


def test_rows_keep_their_index_and_null_or_unknown_people_have_no_role(tmp_path):
    asked = pd.DataFrame(
        {"account_id": ["A", "A", None, "A"], "topic": ["T", None, "T", "T"], "person_id": ["p", "p", "p", None]}, index=[3, 3, "x", None]
    )
    found = roles_at(project(tmp_path), world([contact(1, "Champion", "2024-02-01")], people=[PERSON]), D, asked)
    assert found.index.equals(asked.index)
    assert found["role"].tolist() == ["champion", "champion", "champion", None]
    assert found["role_source"].tolist() == ["crm", "crm", "crm", None]
    assert found["role_confidence"].fillna(0).tolist() == [0.9, 0.9, 0.9, 0]


def test_nobody_and_no_tables(tmp_path):
    nobody = pd.DataFrame({"account_id": [], "topic": [], "person_id": []})
    assert roles_at(project(tmp_path), world(), D, nobody).shape == (0, 3)
    assert roles_at(project(tmp_path), world([contact(1, "Champion", "2024-02-01")], people=[PERSON]), D, nobody).shape == (0, 3)
    assert contact_roles(world(deals=[]), D).empty


@pytest.mark.parametrize("kind", ["text", "int64", "Int64"])
def test_a_checked_dataset_with_ids_of_every_kind(tmp_path, kind):
    def column(*numbers):
        return [f"x{number}" for number in numbers] if kind == "text" else pd.array(numbers, kind if None in numbers else "int64")

    at = pd.to_datetime(["2024-03-01"])
    frames = {
        "accounts": pd.DataFrame({"account_id": column(1)}),
        "signals": pd.DataFrame({
            "signal_id": column(1), "account_id": column(1), "topic": ["T"], "category": ["named"], "action": ["visit"], "occurred_at": at,
        }),
        "opportunities": pd.DataFrame({
            "opportunity_id": column(1), "account_id": column(1), "topic": ["T"], "created_at": at, "outcome": ["open"],
        }),
    }  # fmt: skip
    people = ["x7", "x8", None] if kind == "text" else pd.array([7, 8, None], kind if kind == "Int64" else "float64")
    asked = pd.DataFrame({"account_id": column(1, 1, 1), "topic": "T", "person_id": people})
    without = roles_at(project(tmp_path), open_tables(frames), D, asked)
    assert without["role"].tolist() == [None, None, None]
    frames["opportunity_contacts"] = pd.DataFrame({
        "opportunity_id": column(1), "person_id": column(7), "role": ["Legal"], "added_at": at,
    })  # fmt: skip
    frames["people"] = pd.DataFrame({"person_id": column(7, 8), "title": ["CEO", "CEO"]})
    assert roles_at(project(tmp_path), open_tables(frames), D, asked)["role"].tolist() == ["legal", "executive", None]


STATED = {"": None, "Other": None, "Champion": "champion", "Economic Buyer": "finance", "Owl": "owl"}


@st.composite
def crm(draw: st.DrawFn, known: Ids):
    """Deals, contact roles and dated people that collide."""
    deals = draw(opportunities(known))
    pair = st.tuples(st.sampled_from(deals), st.sampled_from(known.people))
    pairs = draw(st.lists(pair, unique_by=lambda of: (of[0]["opportunity_id"], of[1])))
    words = st.sampled_from([None, *STATED])
    contacts = [
        {"opportunity_id": of["opportunity_id"], "person_id": person, "role": draw(words), "added_at": draw(st.none() | times())}
        for of, person in pairs
    ]
    people = [
        {"person_id": person, "title": draw(st.sampled_from((None, "CFO", "?"))), "role": draw(words), "valid_from": draw(times())}
        for person in known.people
    ]
    return {"opportunities": deals, "opportunity_contacts": contacts, "people": people}


def plainly(tables, as_of, account, topic, person):
    """The role of one member by plain loops."""
    midnight = pd.Timestamp(as_of)
    deals = {of["opportunity_id"]: of for of in tables["opportunities"]}
    said = []
    for row in tables["opportunity_contacts"]:
        of = deals[row["opportunity_id"]]
        known = row["added_at"] or (of["closed_at"] if of["outcome"] != "open" else None)
        word = STATED.get(row["role"])
        if known and max(known, of["created_at"]) < midnight and row["person_id"] == person and of["account_id"] == account and word:
            said.append((of["topic"] == topic, max(known, of["created_at"]), row["opportunity_id"], word))
    if said:
        return max(said)[-1]
    row = next(row for row in tables["people"] if row["person_id"] == person)
    inferred = "finance" if row["title"] == "CFO" else None
    return (STATED.get(row["role"]) or inferred) if row["valid_from"] < midnight else None


@trying(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(data=st.data(), known=ids())
def test_every_member_has_the_role_that_plain_loops_find(tmp_path, data, known):
    tables = data.draw(crm(known))
    asked = pd.DataFrame(
        [(account, topic, person) for account in known.accounts for topic in known.topics for person in known.people],
        columns=["account_id", "topic", "person_id"],
    ).sample(frac=1, random_state=0)
    found = roles_at(project(tmp_path), Tables(tables, date(2030, 1, 1)), MONDAY, asked)["role"]
    expected = [plainly(tables, MONDAY, *row) for row in asked.itertuples(index=False)]
    assert [None if pd.isna(role) else role for role in found] == expected


@trying(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(data=st.data(), known=ids())
def test_what_becomes_known_later_changes_nothing(tmp_path, data, known):
    tables = data.draw(crm(known))
    asked = pd.DataFrame({"account_id": known.accounts[0], "topic": known.topics, "person_id": known.people[:2]})
    before = roles_at(project(tmp_path), Tables(tables, date(2030, 1, 1)), MONDAY, asked)
    later = {"opportunity_id": known.make(99), "account_id": known.accounts[0], "topic": known.topics[0], "outcome": "won"}
    later |= {"created_at": np.datetime64(MONDAY), "closed_at": np.datetime64(MONDAY + timedelta(9))}
    added = {"opportunity_id": known.make(99), "person_id": known.people[0], "role": "Legal", "added_at": np.datetime64(MONDAY)}
    more = {**tables, "opportunities": [*tables["opportunities"], later], "opportunity_contacts": [*tables["opportunity_contacts"], added]}
    pd.testing.assert_frame_equal(roles_at(project(tmp_path), Tables(more, date(2030, 1, 1)), MONDAY, asked), before)

"""Every declaration says in words what it counts."""

from __future__ import annotations

import pytest

from bgml.engine.columns.algebra import attribute, deals, measure, moment
from bgml.engine.columns.meaning import meaning_of


@pytest.mark.parametrize(
    ("declaration", "days", "expected"),
    [
        (measure(), 7, "signals in the last 7 days"),
        (measure(where="third_party_intent"), 28, "third party intent signals in the last 28 days"),
        (measure(of="weight", f="all"), 28, "sum of the weights of signals in the last 28 days"),
        (measure("person"), 28, "distinct people in the last 28 days"),
        (measure("person", windows=None), None, "distinct people in the whole known history"),
        (measure("person", where="named"), 91, "distinct people with named signals in the last 91 days"),
        (measure("person", where={"role": ["legal", "finance"]}), 91, "distinct people with role finance or legal in the last 91 days"),
        (measure("role", where={"required": True}), 91, "distinct roles with a role the topic requires in the last 91 days"),
        (measure(("person", "week")), 91, "distinct people x weeks in the last 91 days"),
        (measure("person", f="all", of="weight"), 7, "weights of people in the last 7 days"),
        (measure("either", f="root"), 7, "sum over people and visitors of the square root of their signals in the last 7 days"),
        (measure("visitor", f="square"), 7, "sum over anonymous visitors of their squared signals in the last 7 days"),
        (measure("day", f="concentration"), 7, "concentration of signals over days (1 = all on one) in the last 7 days"),
        (measure("topic", grain="account"), 7, "distinct topics of the account, on all topics in the last 7 days"),
        (measure(grain="topic"), 28, "signals on the topic, of all accounts in the last 28 days"),
        (moment("last"), None, "days since the last signal"),
        (moment("first", grain="account"), None, "days since the first signal of the account, on all topics"),
        (moment(3), None, "days since the arrival of people and visitors number 3"),
        (moment(2, entity="person"), None, "days since the arrival of people number 2"),
        (deals("won"), None, "opportunities won by the account on the topic in the whole known history"),
        (deals("opened", grain="account", windows=(90,)), 90, "opportunities opened by the account in the last 90 days"),
        (deals("lost", grain="topic", windows=(90,)), 90, "opportunities lost on the topic by all accounts in the last 90 days"),
        (deals("open", grain="account"), None, "opportunities open at the as-of date by the account"),
        (attribute("industry"), None, "industry of the account"),
        (attribute("required_roles", table="topics"), None, "number of roles the topic requires"),
        (measure(meaning="what we call {days} days"), 7, "what we call 7 days"),
    ],
)  # fmt: skip
def test_meaning(declaration, days, expected):
    assert meaning_of(declaration, days) == expected


def test_a_meaning_may_hold_braces_of_its_own():
    assert meaning_of(measure(meaning="{x} in {days} days, {"), 7) == "{x} in 7 days, {"


def test_every_column_of_the_starter_has_a_meaning_and_says_it_in_one_line():
    from bgml.engine.columns.catalog import load_catalog
    from tests.engine_fixtures import project_of

    catalog = load_catalog(project_of())
    assert len(catalog.columns) > 100
    for column in catalog.columns:
        assert column.meaning and "\n" not in column.meaning, column.name
        assert len(column.meaning) < 140, column.name
    assert len({column.meaning for column in catalog.columns}) > len(catalog.columns) * 0.98

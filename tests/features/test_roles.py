"""Roles: who takes part, and how much of the committee that the topic requires."""

from __future__ import annotations

import pytest

PEOPLE = {
    "dm": {"department": "Sales", "seniority": "VP", "role": "decision_maker"},
    "champ": {"department": "Sales", "seniority": "Manager", "role": "champion"},
    "user": {"department": "IT", "seniority": "Manager", "role": "practitioner"},
    "cfo": {"department": "Finance", "seniority": "CXO", "role": "finance"},
    "buyer": {"department": "Finance", "seniority": "", "role": "procurement"},
    "chief": {"department": "", "seniority": "CXO", "role": "executive"},
}


def test_roles_and_coverage(world):
    ages = {"dm": 3, "champ": 20, "user": 25, "chief": 60, "cfo": 100, "buyer": 10}
    acts = [{"ago": ago, "person": person} for person, ago in ages.items()]
    acts += [{"ago": 4, "person": "stranger"}, {"ago": 5, "visitor": "dm"}, {"account": "b", "ago": 2, "visitor": "v"}]
    acts += [{"account": "c", "ago": 2, "person": person} for person in ages]
    found = world(acts, people=PEOPLE, roles=("decision_maker", "champion", "finance"))
    group, anonymous, full = (found[account, "x"] for account in "abc")
    assert group["required_roles"] == anonymous["required_roles"] == 3
    assert [group[f"departments_{days}d"] for days in (7, 28, 91, 182)] == [1, 3, 3, 3]
    assert [group[f"seniorities_{days}d"] for days in (28, 91)] == [2, 3]
    assert [group[f"roles_{days}d"] for days in (28, 91, 182)] == [4, 5, 6]
    assert [group[f"required_roles_active_{days}d"] for days in (28, 91, 182)] == [2, 2, 3]
    assert group["coverage"] == pytest.approx(2 / 3)
    assert group["coverage_recent"] == pytest.approx(2 / 3)
    assert (group["executives_91d"], group["champions_91d"], group["practitioners_91d"]) == (1, 1, 1)
    assert [group[f"decision_makers_{days}d"] for days in (28, 91)] == [1, 1]
    assert group["finance_people_91d"] == 1
    assert (anonymous["coverage"], anonymous["roles_91d"], anonymous["departments_91d"]) == (0.0, 0, 0)
    assert (full["coverage"], full["coverage_recent"], full["finance_people_91d"]) == (1.0, 1.0, 2)


def test_nothing_required_is_covered_by_nobody(world):
    found = world([{"ago": 3, "person": "dm"}], people=PEOPLE, roles=(), only=["coverage", "required_roles", "required_roles_active_91d"])
    assert found["a", "x"] == {"as_of": found["a", "x"]["as_of"], "coverage": 0.0, "required_roles": 0, "required_roles_active_91d": 0}


def test_a_title_tells_the_role_where_none_is_stated(world):
    people = {"p": {"title": "Chief Financial Officer"}, "q": {"title": "Student"}}
    found = world([{"ago": 3, "person": "p"}, {"ago": 3, "person": "q"}], people=people, roles=("finance",), only=["roles_28d", "coverage"])
    assert (found["a", "x"]["roles_28d"], found["a", "x"]["coverage"]) == (1, 1.0)

"""Drafts: one for each group to work, with an id that lasts as long as the purchase."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bgml.project import Project
from bgml.ranking.handout import contents
from bgml.ranking.handout.drafts import opportunities
from bgml.ranking.handout.drafts.brief import briefs
from bgml.ranking.handout.drafts.deals import Deals
from bgml.ranking.handout.export import FORMULA
from tests.ranking.handout.rankings import DAY, Made

NONE = Deals(of_group={}, of_account={}, busy=frozenset(), cycle=None, currency="EUR")


def drafted(
    project: Project, groups: list[dict[str, Any]], deals: Deals = NONE, **made: Any
) -> tuple[list[opportunities.Draft], list[str]]:
    return opportunities.drafts(contents.read(project, Made(groups, **made).stored(project)), deals, 180)


def test_a_group_is_one_opportunity(project: Project) -> None:
    (draft,), notes = drafted(
        project, [{"account_id": "a", "topic": "ai", "account_name": "Acme"}, {"account_id": "b", "topic": "ai", "selected": False}]
    )
    assert (draft.name, draft.amount, draft.currency, draft.probability) == ("Acme - ai", 4000.0, "EUR", 25.0)
    assert draft.close_date == DAY + datetime.timedelta(days=180)
    assert draft.missing_roles == ["decision_maker"]
    assert notes == []


def test_an_account_worked_as_one_is_one_opportunity_for_all_its_groups(project: Project) -> None:
    topics = ["ai", "cloud", "data", "crm"]
    groups = [{"account_id": "a", "topic": topic, "route": "account", "selected": topic != "crm"} for topic in topics]
    groups[1] = {**groups[1], "missing_roles": ["finance", "decision_maker"]}
    members = [{"account_id": "a", "topic": topic, "person_id": "p1", "actions_91d": count} for topic, count in (("ai", 1), ("crm", 9))]
    members.append({"account_id": "a", "topic": "cloud", "visitor_id": "p1"})
    (draft,), _ = drafted(project, groups, members=members)
    assert draft.name == "a - ai, cloud, data and 1 more"
    assert len(draft.groups) == 4
    found = [(member["person_id"], member["visitor_id"], member["topic"]) for member in draft.members]
    assert found == [("p1", None, "crm"), (None, "p1", "cloud")], "a person once, where most active; a visitor of that id is another one"
    assert draft.missing_roles == ["decision_maker"]


def test_leads_and_accounts_with_an_open_opportunity_get_none_and_it_is_said(project: Project) -> None:
    groups = [
        {"account_id": "a", "topic": "ai", "route": "lead"},
        {"account_id": "b", "topic": "ai", "route": "account"},
        {"account_id": "c", "topic": "ai", "route": "group"},
    ]
    made, notes = drafted(project, groups, replace(NONE, busy=frozenset("b")))
    assert [draft.row["account_id"] for draft in made] == ["c"]
    assert notes == [
        "1 selected groups are worked as leads and get no opportunity",
        "1 accounts that are worked as one have an open opportunity already and get no other",
    ]


def test_the_id_lasts_from_week_to_week_and_a_new_purchase_has_a_new_one(project: Project) -> None:
    group = {"account_id": "a", "topic": "ai"}
    ids = [drafted(project, [group])[0][0].external_id]
    later = {"as_of": DAY + datetime.timedelta(days=7), "ranking_id": "1" * 16}
    ids.append(drafted(project, [{"account_id": "x", "topic": "ai"}, group], **later)[0][1].external_id)
    assert ids[0] == ids[1]
    bought = drafted(project, [group], replace(NONE, of_group={("a", "ai"): "o1"}))[0][0].external_id
    other = drafted(project, [{**group, "topic": "x"}], ranking_id="2" * 16)[0][0].external_id
    whole = drafted(project, [{**group, "route": "account"}], ranking_id="3" * 16)[0][0].external_id
    assert len({ids[0], bought, other, whole}) == 4


@pytest.mark.parametrize(
    ("expected", "propensity", "amount"),
    [(1000.0, 0.25, 4000.0), (12345.0, 0.1, 120000.0), (None, 0.1, None), (10.0, 0.0, None), (10.0, None, None), (float("nan"), 0.5, None)],
)
def test_the_amount_is_what_a_win_brings_not_what_it_is_worth_today(
    expected: float | None, propensity: float | None, amount: float | None
) -> None:
    row: Mapping[str, Any] = {"expected_amount": expected, "propensity": propensity}
    assert opportunities.amount_if_won(row) == amount


@given(st.text(max_size=200), st.text(max_size=200))
def test_names_are_short_single_lines_and_no_formulas(account: str, topics: str) -> None:
    name = opportunities.named(account, topics)
    assert len(name) <= opportunities.LONGEST_NAME
    assert not name.startswith(FORMULA)
    assert "\n" not in name and "\r" not in name


def test_the_table_has_a_row_for_each_draft_and_integers_stay_integers(project: Project) -> None:
    found = contents.read(
        project,
        Made([{"account_id": 1, "topic": 2, "next_step": "Contact [7]"}], [{"account_id": 1, "topic": 2, "person_id": 7}]).stored(project),
    )
    made, _ = opportunities.drafts(found, NONE, 180)
    (row,) = opportunities.table(made, found, briefs(made, found)).to_pylist()
    assert (row["account_id"], row["topic"], row["topic_name"], row["people"], row["next_step"]) == (1, 2, "2", 1, "Contact 7")
    assert row["description"].startswith("# 1 - 2\n")
    assert opportunities.table([], found, []).num_rows == 0

"""The reference itself, on cases worked by hand: what it says is what the time rules mean."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta, timezone

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as trying

from tests.reference import (
    COLUMNS,
    candidates,
    data_until,
    department_at,
    known_signals,
    moment,
    reference_matrix,
    reference_outcome,
    rules,
)
from tests.strategies import MONDAY, dates, frames, tables

D = date(2024, 7, 1)


def at(text):
    return datetime.fromisoformat(text)


def signal(occurred, person=None, visitor=None, recorded=None, account="A", topic="T", category="named", weight=None):
    row = {
        "account_id": account,
        "topic": topic,
        "category": category,
        "occurred_at": at(occurred),
        "person_id": person,
        "visitor_id": visitor,
    }
    return row | {"recorded_at": at(recorded) if recorded else None, "weight": weight}


def deal(created, closed=None, outcome="won", account="A", topic="T", number=1, amount=None):
    row = {"opportunity_id": number, "account_id": account, "topic": topic, "outcome": outcome, "amount": amount}
    return row | {"created_at": at(created), "closed_at": at(closed) if closed else None}


def pairs(signals, deals=(), all_groups=False, **groups):
    return candidates({"signals": signals, "opportunities": list(deals)}, D, rules(groups=groups), all_groups)


def row(signals, deals=(), people=(), as_of=D, **groups):
    """The only row of the matrix."""
    found = {"signals": signals, "opportunities": list(deals), "people": list(people)}
    (only,) = reference_matrix(found, [as_of], settings=rules(groups=groups))
    return only


def test_times_are_utc():
    assert moment(at("2024-07-01T01:00:00+02:00")) == at("2024-06-30T23:00:00")
    assert moment(datetime(2024, 6, 30, 20, tzinfo=timezone(timedelta(hours=-5)))) == at("2024-07-01T01:00:00")
    assert moment(datetime(2024, 7, 1, tzinfo=UTC)) == moment(datetime(2024, 7, 1)) == moment(D) == at("2024-07-01")
    assert moment(None) is None


@pytest.mark.parametrize(
    ("occurred", "recorded", "known"),
    [
        ("2024-06-30T23:59:59.999999", None, True),
        ("2024-07-01T00:00:00", None, False),
        ("2024-06-01", "2024-06-30T23:59:59", True),
        ("2024-06-01", "2024-07-01T00:00:00", False),
        ("2024-07-01", "2024-06-01", False),  # recorded before it occurred
        ("2024-07-01T01:00:00+02:00", None, True),
    ],
)
def test_a_signal_is_known_when_it_occurred_and_was_recorded_before_midnight(occurred, recorded, known):
    assert bool(known_signals({"signals": [signal(occurred, recorded=recorded)]}, D)) is known


@pytest.mark.parametrize(
    ("occurred", "found"),
    [("2024-04-01T00:00:00", True), ("2024-03-31T23:59:59.999999", False), ("2024-06-30T23:59:59", True), ("2024-07-01", False)],
)
def test_candidates_have_a_signal_within_91_days(occurred, found):
    assert pairs([signal(occurred, "p")]) == ([("A", "T")] if found else [])


def test_candidates_need_min_people_persons_and_visitors():
    both = signal("2024-06-30", "p", "v")  # the person's
    assert pairs([both, signal("2024-06-29", "p")], min_people=2) == []
    assert pairs([both, signal("2024-06-29", visitor="v")], min_people=2) == [("A", "T")]  # a visitor of that id is somebody else
    assert pairs([both, signal("2024-06-29", visitor="p")], min_people=2) == [("A", "T")]
    assert pairs([both, signal("2024-01-01", "q")], min_people=2) == []  # outside the lookback
    assert pairs([signal("2024-06-30")]) == []
    assert pairs([signal("2024-06-30")], min_people=0) == [("A", "T")]


@pytest.mark.parametrize(
    ("created", "closed", "outcome", "found"),
    [
        ("2024-06-30T23:59:59", None, "open", False),
        ("2024-07-01T00:00:00", None, "open", True),
        ("2024-06-01", "2024-07-01T00:00:00", "lost", False),  # still open at D
        ("2024-06-01", "2024-06-30T23:59:59", "lost", True),
        ("2024-06-01", None, "lost", False),  # lost without a date stays open
        ("2024-06-01", "2024-06-01", "open", False),  # an open deal's date is an expected one
        ("2023-06-01", "2024-06-30T23:59:59", "won", False),
        ("2023-06-01", "2023-07-02T00:00:00", "won", False),  # 365 days before D
        ("2023-06-01", "2023-07-01T23:59:59", "won", True),
        ("2024-06-01", "2024-07-01T00:00:00", "won", False),
    ],
)
def test_candidates_have_no_open_deal_and_are_no_fresh_customers(created, closed, outcome, found):
    signals, deals = [signal("2024-06-30", "p")], [deal(created, closed, outcome)]
    assert pairs(signals, deals) == ([("A", "T")] if found else [])
    assert pairs(signals, deals, all_groups=True) == [("A", "T")]
    assert pairs(signals, [deals[0] | {"topic": "other"}]) == [("A", "T")]


def test_excluded_accounts_are_no_candidates():
    assert pairs([signal("2024-06-30", "p")], exclude_accounts=("A",)) == []
    assert pairs([signal("2024-06-30", "p", account=7)], exclude_accounts=("7",)) == []


def test_candidates_are_sorted_by_code_point_or_number():
    signals = [signal("2024-06-30", "p", account=account) for account in ("a", "É", "B", "10", "9")]
    assert [account for account, _ in pairs(signals)] == ["10", "9", "B", "a", "É"]
    assert [account for account, _ in pairs([signal("2024-06-30", "p", account=account) for account in (10, 9)])] == [9, 10]


def test_columns_of_a_window():
    signals = [
        signal("2024-06-30T23:00:00", "p", "x"),
        signal("2024-06-30T01:00:00", "p", category="qualified_lead", weight=2.5),
        signal("2024-06-24T00:00:00", "q", weight=0.0),  # the first moment of seven days
        signal("2024-06-23T23:59:59", "r"),  # outside seven days, inside 28
        signal("2024-06-29T12:00:00", visitor="p", category="anonymous"),
        signal("2024-06-29T13:00:00", visitor="p", category="anonymous"),
        signal("2024-06-29", category="third_party_intent", weight=0.25),
        signal("2024-06-29", "z", topic="U"),
        signal("2024-06-29", "z", recorded="2024-07-01"),  # not known yet
    ]
    found = {"signals": signals, "people": []}
    first, second = reference_matrix(found, [D], settings=rules())
    assert (first["topic"], second["topic"]) == ("T", "U")
    seven = {key.removesuffix("_7d"): value for key, value in first.items() if key.endswith("_7d")}
    assert seven == {
        "actions": 6, "actions_named": 2, "actions_anonymous": 2, "actions_qualified_lead": 1, "actions_third_party_intent": 1,
        "people": 2, "visitors": 1, "people_named": 2, "people_qualified_lead": 1, "days": 3, "departments": 0,
        "breadth": pytest.approx(math.sqrt(2) + 1 + math.sqrt(2)), "concentration": (4 + 1 + 4) / 25, "weight": 1 + 2.5 + 0 + 1 + 1 + 0.25,
        "account_actions": 7, "account_people": 3, "account_topics": 2,
    }  # fmt: skip
    assert (first["people_28d"], first["actions_28d"], first["actions_182d"]) == (3, 7, 7)
    assert (second["actions_7d"], second["account_people_7d"], second["concentration_7d"]) == (1, 3, 1.0)


def test_an_account_level_group_has_no_breadth_and_no_concentration():
    found = row([signal("2024-06-30", category="third_party_intent")], min_people=0)
    assert (found["actions_7d"], found["people_7d"], found["breadth_7d"], found["concentration_7d"]) == (1, 0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("last", "first", "expected"), [("2024-06-30T00:00", "2024-06-30T23:59", (1, 1)), ("2024-06-29T23:59", "2023-07-01", (2, 366))]
)
def test_days_since_are_whole_utc_days(last, first, expected):
    found = row([signal(last, "p"), signal(first, "p")])
    assert (found["days_since_last"], found["days_since_first"]) == expected


def test_a_late_record_moves_the_first_day_back_once_it_is_known():
    signals = [signal("2024-06-20", "p"), signal("2024-05-01", "q", recorded="2024-07-03")]
    assert row(signals)["days_since_first"] == 11
    assert row(signals, as_of=date(2024, 7, 4))["days_since_first"] == 64


def test_deals_known_before():
    deals = [
        deal("2020-01-01", "2020-02-01", "won"),
        deal("2020-01-01", "2024-06-30T23:59:59", "lost"),
        deal("2020-01-01", "2024-06-30", "won", topic="U"),
        deal("2020-01-01", "2024-07-01", "won", topic="U"),  # open at D
        deal("2024-06-30", None, "open", topic="U"),
        deal("2024-07-01", None, "open", topic="U"),  # not created yet
        deal("2020-01-01", "2020-01-01", "won", account="B"),
    ]
    found = row([signal("2024-06-30", "p")], deals)
    assert [found[name] for name in ("won_before", "lost_before", "account_won_before", "account_open_before")] == [1, 1, 2, 2]


def test_departments_are_those_held_at_the_date():
    people = [
        {"person_id": "p", "department": "IT", "valid_from": None, "valid_to": at("2024-06-30T12:00:00")},
        {"person_id": "p", "department": "Sales", "valid_from": at("2024-06-30"), "valid_to": None},
        {"person_id": "q", "department": "sales"},
        {"person_id": "r", "department": ""},
        {"person_id": "never seen", "department": "HR"},
    ]
    signals = [signal("2024-06-01", person) for person in ("p", "q", "r", "unlisted")]
    assert row(signals, people=people)["departments_91d"] == 2
    assert department_at({"people": people}, "p", D) == "Sales"
    assert department_at({"people": people}, "p", date(2024, 6, 30)) == "IT"


def test_undated_departments_count_only_where_they_are_called_static():
    found = {"signals": [signal("2024-06-30", "p")], "people": [{"person_id": "p", "department": "IT"}]}
    assert reference_matrix(found, [D], settings=rules())[0]["departments_7d"] == 1
    assert reference_matrix(found, [D], settings=rules(data={"static": ()}))[0]["departments_7d"] == 0


def test_data_until_is_the_day_of_the_latest_time_that_counts():
    found = {"signals": [signal("2024-06-01", recorded="2024-06-05T23:00:00")], "opportunities": [deal("2024-05-01", "2025-01-01", "open")]}
    assert data_until(found, rules()) == date(2024, 6, 5)
    found["opportunities"].append(deal("2024-05-01", "2024-06-06T01:00:00", "lost"))
    assert data_until(found, rules()) == date(2024, 6, 6)
    assert data_until(found, rules(data={"until": D})) == D


def test_nothing_known_at_or_after_an_explicit_until_counts():
    found = {"signals": [signal("2024-06-01", "p"), signal("2024-06-20", "q")], "opportunities": [deal("2024-06-01", "2024-06-20", "lost")]}
    assert reference_matrix(found, [D], settings=rules(data={"until": date(2024, 6, 20)})) == []
    (seen,) = reference_matrix(found, [D], settings=rules(data={"until": date(2024, 6, 20)}), all_groups=True)
    assert (seen["people_91d"], seen["account_open_before"], seen["lost_before"]) == (1, 1, 0)


def test_outcomes_by_hand():
    found = {"signals": [signal("2025-12-31", "p")], "opportunities": [deal("2024-07-01", "2024-12-27T23:59", amount=5.0)]}
    assert reference_outcome(found, D, "A", "T", settings=rules()) == {"won": 1, "amount": 5.0, "deals": [1]}
    assert reference_outcome(found, D, "A", "U", settings=rules()) == {"won": 0, "amount": None, "deals": []}
    assert reference_outcome(found, D, "A", "U", settings=rules(outcome={"match": "account"}))["won"] == 1
    assert reference_outcome(found, D, "A", "T", settings=rules(outcome={"horizon": 179}))["won"] == 0
    assert reference_outcome(found, D, "A", "T", settings=rules(outcome={"horizon": 549}))["won"] is None


@given(tables(), dates())
@trying(deadline=None, max_examples=30)
def test_the_matrix_has_every_column_in_order_of_its_key(found, days):
    rows = reference_matrix(found, days, settings=rules())
    assert all(list(each) == ["as_of", "account_id", "topic", *COLUMNS] for each in rows)
    keys = [(each["as_of"], each["account_id"], each["topic"]) for each in rows]
    assert keys == sorted(set(keys))


@given(tables())
@trying(deadline=None, max_examples=30)
def test_frames_hold_the_rows(found):
    made = frames(found)
    for name, rows in found.items():
        assert len(made.get(name, ())) == len(rows)
    for number, each in enumerate(found["signals"]):
        kept = made["signals"].iloc[number]
        assert kept["occurred_at"] == each["occurred_at"] and kept["account_id"] == each["account_id"]
        if each.get("person_id") is None:
            assert "person_id" not in kept or pd.isna(kept["person_id"])
    assert MONDAY.weekday() == 0

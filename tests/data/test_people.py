"""Which version of a person holds when, against the plain loop of the reference and by hand."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as trying

from bgml.data.people import NO_DAY, NO_END, day_numbers, versions
from bgml.data.roles import load_roles
from bgml.project import starter
from tests.reference import department_at
from tests.strategies import MONDAY, ids, people

ROLES = load_roles(starter() / "roles.toml")
COLUMNS = ["person_id", "from_day", "to_day", "department", "seniority", "role", "role_source", "role_confidence"]


def table(*rows, columns=("person_id", "valid_from", "valid_to", "department")):
    frame = pd.DataFrame(rows, columns=list(columns))
    for column in ("valid_from", "valid_to"):
        if column in frame:
            frame[column] = pd.to_datetime(frame[column], format="ISO8601").astype("datetime64[us]")
    return frame


def day(text):
    return (date.fromisoformat(text) - date(1970, 1, 1)).days


def spans(*rows):
    """The spans of the rows, as (from, to, department)."""
    found = versions(table(*rows), ROLES)
    return [tuple(row) for row in found[["from_day", "to_day", "department"]].itertuples(index=False)]


def test_day_numbers_are_utc_days():
    texts = ["2024-07-01T23:59:59.999999Z", "2024-07-02T00:30:00+02:00", "1969-12-31T23:00:00Z", None]
    times = pd.Series(pd.to_datetime(texts, utc=True, format="ISO8601"))
    expected = [day("2024-07-01"), day("2024-07-01"), -1, -9]
    assert day_numbers(times, -9).tolist() == expected
    for kind in (times.dt.tz_convert("Asia/Tokyo"), times.dt.tz_localize(None), times.dt.as_unit("ns"), times.astype("object")):
        assert day_numbers(kind, -9).tolist() == expected
    assert day_numbers(pd.Series([None, float("nan")]), -9).tolist() == [-9, -9]


def test_an_undated_person_holds_always():
    assert spans(["p", None, None, "IT"]) == [(NO_DAY, NO_END, "IT")]


def test_a_version_holds_from_the_day_after_it_begins_to_the_day_it_ends():
    at_midnight = spans(["p", "2024-07-01", "2024-07-05", "IT"])
    at_noon = spans(["p", "2024-07-01T12:00", "2024-07-05T12:00", "IT"])
    assert at_midnight == at_noon == [(day("2024-07-02"), day("2024-07-06"), "IT")]


def test_the_later_version_replaces_the_earlier_one():
    assert spans(["p", None, None, "a"], ["p", "2024-07-01", None, "b"]) == [
        (NO_DAY, day("2024-07-02"), "a"),
        (day("2024-07-02"), NO_END, "b"),
    ]


def test_an_older_version_holds_again_when_a_newer_one_has_ended():
    assert spans(["p", "2024-01-01", None, "a"], ["p", "2024-07-01", "2024-07-09", "b"], ["p", "2024-07-03", "2024-07-05", None]) == [
        (day("2024-01-02"), day("2024-07-02"), "a"),
        (day("2024-07-02"), day("2024-07-04"), "b"),
        (day("2024-07-04"), day("2024-07-06"), None),
        (day("2024-07-06"), day("2024-07-10"), "b"),
        (day("2024-07-10"), NO_END, "a"),
    ]


def test_gaps_stay_gaps_and_what_ends_before_it_begins_never_holds():
    assert spans(["p", "2024-01-01", "2024-01-31", "a"], ["p", "2024-03-01", "2024-02-01", "x"], ["p", "2024-04-01", None, "b"]) == [
        (day("2024-01-02"), day("2024-02-01"), "a"),
        (day("2024-04-02"), NO_END, "b"),
    ]


def test_of_two_versions_that_begin_on_one_day_the_later_holds():
    assert spans(["p", "2024-01-01T18:00", None, "b"], ["p", "2024-01-01T09:00", None, "a"]) == [(day("2024-01-02"), NO_END, "b")]


def test_persons_are_sorted_and_independent():
    found = versions(table(["q", "2024-01-01", None, "a"], ["p", None, None, "b"]), ROLES)
    assert found["person_id"].tolist() == ["p", "q"]
    assert list(found.columns) == COLUMNS
    assert found.dtypes[["from_day", "to_day"]].tolist() == [np.int32, np.int32]


def test_integer_ids_stay_integers():
    found = versions(table([10, None, None, "a"], [9, None, None, "b"]), ROLES)
    assert found["person_id"].dtype == np.int64
    assert found["person_id"].tolist() == [9, 10]


@pytest.mark.parametrize("blank", ["", "   ", None, float("nan")])
def test_blank_text_is_null(blank):
    assert spans(["p", None, None, blank]) == [(NO_DAY, NO_END, None)]


def test_the_stated_role_comes_first_then_the_title():
    columns = ["person_id", "role", "title", "department", "seniority"]
    found = versions(
        table(
            ["a", "Decision Maker", "CFO", None, None],
            ["b", "", "CFO", None, None],
            ["c", "Other", None, "Legal", None],
            ["d", None, "Zauberer", None, "VP"],
            ["e", None, None, None, None],
            columns=columns,
        ),
        ROLES,
    )
    assert found["role"].tolist() == ["decision_maker", "finance", "legal", "decision_maker", None]
    assert found["role_source"].tolist() == ["crm", "title", "title", "title", None]
    assert found["role_confidence"].fillna(0).tolist() == [0.9, 0.6, 0.6, 0.6, 0]


def test_a_table_of_ids_alone_knows_nothing_of_anybody():
    found = versions(table(["p"], columns=["person_id"]), ROLES)
    assert found.iloc[0, 1:3].tolist() == [NO_DAY, NO_END]
    assert found.iloc[0, 3:].isna().all()


def test_an_empty_table_has_the_same_columns():
    found = versions(table(), ROLES)
    assert list(found.columns) == COLUMNS and len(found) == 0


def test_undated_columns_count_only_where_they_are_called_static():
    undated = table(["p", "IT", "CFO", "Champion"], columns=["person_id", "department", "title", "role"])
    found = versions(undated, ROLES, static=("title",)).iloc[0]
    assert found["department"] is None and found["role"] == "finance"
    assert versions(undated, ROLES, static=("role", "department"))["role"].tolist() == ["champion"]


def test_dated_columns_count_whatever_is_called_static():
    dated = table(["p", None, None, "IT"], ["q", "2024-01-01", None, "HR"])
    assert versions(dated, ROLES, static=())["department"].tolist() == ["IT", "HR"]


@given(ids().flatmap(people))
@trying(deadline=None, max_examples=60)
def test_the_version_that_holds_is_that_of_the_reference(rows):
    if not rows:
        return
    found = versions(table(*([row[key] for key in ("person_id", "valid_from", "valid_to", "department")] for row in rows)), ROLES)
    for as_of in {MONDAY + timedelta(shift) for shift in (-500, -365, -183, -91, -28, -8, -7, -1, 0, 1, 2, 7, 90, 180, 600)}:
        number = (as_of - date(1970, 1, 1)).days
        holds = found[(found["from_day"] <= number) & (number < found["to_day"])]
        assert holds["person_id"].is_unique
        known = dict(zip(holds["person_id"], holds["department"], strict=True))
        for person in {row["person_id"] for row in rows}:
            assert known.get(person) == department_at({"people": rows}, person, as_of)

"""People who are to be forgotten are read without what identifies them."""

from __future__ import annotations

import pandas as pd
import pyarrow.parquet as pq
import pytest

from bgml.data.dataset import open_dataset
from bgml.data.kept import forgotten
from bgml.errors import DataError

TOLD = ["name", "email", "title", "department", "seniority", "role", "phone"]


def people(every, **changes):
    every["people"] = pd.DataFrame({
        "person_id": ["p0", "p0", "p1"], "account_id": ["a0", "a0", "a1"], "name": ["Ann Lee", "Ann Lee", "Bo"],
        "email": ["x@a.example", "x@a.example", "x@a.example"], "title": ["CFO", "CEO", "CTO"], "department": ["Finance", None, "IT"],
        "seniority": "C", "role": "finance", "phone": ["1", "2", "3"],
        "valid_from": pd.to_datetime([None, "2024-01-05", None]), "valid_to": pd.to_datetime(["2024-01-05", None, None]),
    }).assign(**changes)  # fmt: skip
    return every


@pytest.mark.parametrize("kind", ["parquet", "csv", "duckdb"])
def test_only_ids_and_dates_of_a_forgotten_person_are_read(every, placed, kind):
    project = placed(people(every), kind)
    forgotten.record(project, "p0", forgotten.BEGUN)
    found = open_dataset(project).frame("people")
    assert found["person_id"].tolist() == ["p0", "p0", "p1"]
    assert found[TOLD].isna().all(axis=1).tolist() == [True, True, False]
    assert found["account_id"].tolist() == ["a0", "a0", "a1"]
    assert found["valid_from"].notna().tolist() == [True, False, False]
    assert found.loc[2, "email"] == "x@a.example"


@pytest.mark.parametrize(("kind", "whole"), [("parquet", True), ("csv", True), ("duckdb", True), ("parquet", False), ("duckdb", False)])
def test_integer_ids_are_compared_as_integers(every, placed, kind, whole):
    for name, frame in people(every, person_id=[7, 7, 77]).items():
        if name != "people" and "person_id" in frame:
            frame["person_id"] = frame["person_id"].str[1:].astype("Int64")
    if not whole:
        every["people"]["person_id"] = every["people"]["person_id"].astype("float64")
    project = placed(every, kind)
    forgotten.record(project, "7", forgotten.DONE)
    found = open_dataset(project).frame("people")
    assert found.set_index("person_id")["name"].isna().to_dict() == {7: True, 77: False}


def test_a_person_on_two_accounts_is_forgotten_on_both(every, placed):
    project = placed(people(every, account_id=["a0", "a1", "a1"]))
    forgotten.record(project, "p0", forgotten.DONE)
    assert open_dataset(project).frame("people")["name"].isna().tolist() == [True, True, False]


def test_rows_at_fault_are_set_aside_without_the_name(every, placed):
    project = placed(people(every, valid_from=None, valid_to=None))
    open_dataset(project)
    kept = project.state / "quarantine" / "people.parquet"
    assert set(pq.read_table(kept)["name"].to_pylist()) == {"Ann Lee"}
    forgotten.record(project, "p0", forgotten.DONE)
    assert open_dataset(project).frame("people")["person_id"].tolist() == ["p0", "p1"]
    assert not kept.exists()


def test_lines_of_csv_that_are_no_rows_lose_their_text(every, placed):
    project = placed(people(every), "csv")
    path = project.root / "data" / "people.csv"
    path.write_text(path.read_text() + "p0,Ann Lee\np1,Bo\n")
    forgotten.record(project, "p0", forgotten.DONE)
    open_dataset(project)
    lines = pq.read_table(project.state / "quarantine" / "people.parquet")
    assert lines["text"].to_pylist() == [None, "p1,Bo"]


def test_nobody_forgotten_changes_nothing(every, placed):
    project = placed(people(every))
    assert forgotten.ids(project) == frozenset()
    assert open_dataset(project).frame("people")["name"].tolist() == ["Ann Lee", "Ann Lee", "Bo"]


def test_a_record_that_cannot_be_read_stops(every, placed):
    project = placed(people(every))
    forgotten.file(project).mkdir()
    with pytest.raises(DataError, match="cannot be read: Is a directory; it says who must not be read"):
        open_dataset(project)

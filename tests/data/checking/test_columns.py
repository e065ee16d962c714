"""Which types a column may have, and what an id is across tables."""

from __future__ import annotations

import ibis
import pyarrow
import pytest

from bgml.data.checking.columns import fit, id_kinds, kind_of, value
from bgml.data.tables import TABLES
from bgml.data.warehouse import Source

ACCOUNTS, PEOPLE, TOUCHES = TABLES["accounts"], TABLES["people"], TABLES["touches"]


def source(name, text=False, **columns):
    return Source(name, ibis.memtable(pyarrow.table(columns)), name, text)


def kinds(*fits):
    return id_kinds(fits)


@pytest.mark.parametrize(
    ("values", "text", "integer"),
    [
        ([1, 2], False, True),
        ([1.0, 2.0], False, True),
        (["1", "2"], False, False),
        (["1", "-20", "0"], True, True),
        (["1", "007"], True, False),
        (["1", "9223372036854775808"], True, False),
        (["1", "1.0"], True, False),
        (["1", ""], True, True),
    ],
)
def test_what_counts_as_an_integer_id(values, text, integer):
    found = kinds(fit(ACCOUNTS, source("accounts", text, account_id=values)))
    assert found == ({"account_id": integer}, [], [])


@pytest.mark.parametrize("values", [[1.5], [2.0**60], [True], [b"x"], [["a"]]])
def test_what_can_be_no_id(values):
    (fault,) = fit(ACCOUNTS, source("accounts", account_id=values)).faults
    assert fault.stops
    assert fault.problem.endswith("and should be text or an integer")


def test_typed_tables_must_agree_and_empty_columns_do_not_count():
    accounts = fit(ACCOUNTS, source("accounts", account_id=[1]))
    people = fit(PEOPLE, source("people", person_id=["p"], account_id=["a"]))
    _, (fault,), _ = kinds(accounts, people)
    assert fault.message == "people.account_id: the id is text in people, but an integer in accounts; write it as one kind in every table"
    rows = ibis.memtable(pyarrow.table({"person_id": ["p"], "account_id": ["a"]})).filter(lambda t: t.person_id != "p")
    hollow = fit(PEOPLE, Source("people", rows, "people"))
    assert kinds(accounts, hollow) == ({"account_id": True, "person_id": False}, [], [])


def test_a_typed_table_decides_over_csv():
    text = fit(TOUCHES, source("touches", True, touch_id=["1"], account_id=["7"], occurred_at=["2024-01-01"], kind=["call"]))
    assert kinds(fit(ACCOUNTS, source("accounts", account_id=["a"])), text)[0]["account_id"] is False
    assert kinds(text, fit(ACCOUNTS, source("accounts", account_id=[7])))[0]["account_id"] is True


def test_values_have_the_types_of_the_contract():
    read = source("accounts", True, account_id=["7", ""], employees=[" 12.5 ", "many"])
    integers = {"account_id": True}
    for name, expected in (("account_id", [7, None]), ("employees", [12.5, None])):
        column = ACCOUNTS.column(name)
        made = value(column, read, integers, empties=True)
        assert made.type() == kind_of(column, integers)
        assert made.to_pyarrow().to_pylist() == expected

"""Columns without dates, and tables that end before the others."""

from __future__ import annotations

import datetime

import pandas as pd

from bgml.data.dataset import open_tables
from bgml.evaluation.readiness.tables import Ended, Undated, ended, undated
from tests.evaluation.readiness.made import settings, tables

WINS, ACTS = [("a", "x", "2024-05-01", "2024-12-20")], [("a", "x", "2024-04-20")]


def people(**columns):
    return pd.DataFrame({"person_id": ["of a"], **columns})


def test_columns_of_accounts_are_undated_and_features_where_static():
    frames = tables(WINS, ACTS)
    frames["accounts"] = frames["accounts"].assign(industry="steel", employees=[10, 20], tier="gold", region=None)
    given = settings(data={"static": ["industry", "tier"]})
    assert undated(open_tables(frames), given) == (
        Undated("accounts", "industry", True), Undated("accounts", "employees", False), Undated("accounts", "tier", True),
    )  # fmt: skip


def test_people_are_undated_unless_their_rows_say_since_when():
    dated = people(title="CFO", valid_from=pd.to_datetime(["2024-01-01"]))
    assert undated(open_tables(tables(WINS, ACTS, people=people(title="CFO"))), settings()) == (Undated("people", "title", True),)
    assert undated(open_tables(tables(WINS, ACTS, people=dated)), settings()) == ()


def test_a_table_that_ends_thirty_days_before_the_others():
    # Signals go on to 2024-12-30.
    def deals(closed):
        return ended(open_tables(tables([("a", "x", "2024-05-01", closed)], ACTS)))

    assert deals("2024-12-01") == ()
    assert deals("2024-11-30") == (Ended("opportunities", datetime.date(2024, 11, 30), 30),)
    late = tables([("a", "x", "2024-05-01", "2025-03-01")], ACTS)
    assert ended(open_tables(late)) == (Ended("signals", datetime.date(2024, 12, 30), 61),)

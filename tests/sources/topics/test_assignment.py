"""Combinations of what acts say, their topics, and what is left for `bgml topics`."""

from __future__ import annotations

import duckdb
import pandas as pd
import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bgml.data.patterns import Matcher, parse_pattern
from bgml.data.topics import Topic, Topics
from bgml.sources.topics.assignment import ABOUT, READ, UNDECLARED, create_topics, write_said


def topics(default=None, **patterns):
    made = {name: Topic(name, None, tuple(parse_pattern(pattern, "here") for pattern in stated)) for name, stated in patterns.items()}
    return Topics({}, made, default)


def staged(**tables):
    """A connection with the staged tables, each a list of {field: text}, "topic" where a field of the source states it."""
    connection = duckdb.connect()
    for name in ("signals", "touches", "opportunities"):
        columns = [*ABOUT, "topic"]
        rows = [[row.get(column.removeprefix("about_")) for column in columns] for row in tables.get(name, [])]
        frame = pd.DataFrame(rows, columns=columns, dtype="string")
        connection.register("frame", frame)
        connection.execute(f"CREATE TABLE staged_{name} AS FROM frame")
    return connection


def mapped(connection):
    return sorted(connection.execute("SELECT about_campaign, about_url, about_keyword, topic, many FROM topic_of").fetchall(), key=str)


TWO = topics(data=["data platform", "/solutions/data*", "keyword:warehousing"], ai=["machine learning"])


def test_an_act_has_every_topic_its_texts_have():
    connection = staged(
        signals=[
            {"campaign": "Data Platform Days"},
            {"campaign": "Data Platform Days", "keyword": "Machine Learning"},
            {"url": "https://acme.com/solutions/data?utm_source=a"},
            {"url": "https://acme.com/solutions/data?utm_source=b"},
            {"campaign": "Company picnic"},
            {},
        ]
    )
    assert create_topics(connection, TWO) is None
    assert mapped(connection) == sorted(
        [
            ("Data Platform Days", None, None, "data", False),
            ("Data Platform Days", None, "Machine Learning", "ai", True),
            ("Data Platform Days", None, "Machine Learning", "data", True),
            (None, "https://acme.com/solutions/data?utm_source=a", None, "data", False),
            (None, "https://acme.com/solutions/data?utm_source=b", None, "data", False),
        ],
        key=str,
    )


def test_rows_whose_topic_is_stated_need_no_pattern():
    connection = staged(signals=[{"asset": "guide"}, {"asset": "guide", "topic": "ai"}, {"asset": "visit", "topic": "ai"}])
    create_topics(connection, topics(ai=["guide"]))
    assert connection.execute("SELECT about_asset, signals FROM said").fetchall() == [("guide", 1)]


def test_what_is_left_for_the_command_names_pages_not_visits(tmp_path):
    page = "https://acme.com/solutions/data"
    connection = staged(
        signals=[{"url": f"{page}?id=1"}, {"url": f"{page}#top"}, {"url": page}, {"campaign": "Picnic"}, {}],
        opportunities=[{"product": "Data Platform"}, {"url": page}],
        touches=[{"campaign": "Picnic"}],
    )
    create_topics(connection, TWO)
    assert write_said(connection, tmp_path) == 3
    left = {
        row["about_url"] or row["about_campaign"] or row["about_product"]: row
        for row in pyarrow.parquet.read_table(tmp_path / READ).to_pylist()
    }
    counts = {text: (row["signals"], row["touches"], row["opportunities"], row["topics"]) for text, row in left.items()}
    assert counts == {page: (3, 0, 1, ["data"]), "Picnic": (1, 1, 0, None), "Data Platform": (0, 0, 1, ["data"])}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (None, UNDECLARED),
        (topics(), UNDECLARED),
        (topics(x=[]), UNDECLARED),
        (TWO, None),
        (topics("other", x=["y"]), "other"),
        (topics("other"), "other"),
    ],
)
def test_what_maps_to_none_has_the_default_topic_or_is_set_aside(given, expected):
    assert create_topics(staged(signals=[{"campaign": "c"}]), given) == expected


TEXTS = st.sampled_from(["data", "data cloud", "cloud", "ai", "ai data", "x", "", None])


@given(st.lists(st.fixed_dictionaries({"campaign": TEXTS, "product": TEXTS, "asset": TEXTS}), max_size=12))
def test_combinations_agree_with_matching_row_by_row(rows):
    held = topics(a=["data"], b=["data cloud", "product:ai"], c=["ai"])
    matcher = Matcher(held.patterns)
    connection = staged(signals=rows)
    create_topics(connection, held)
    join = " AND ".join(f"s.{name} IS NOT DISTINCT FROM t.{name}" for name in ABOUT)
    found = connection.execute(
        f"""SELECT s.rowid, list_sort(list(t.topic) FILTER (t.topic IS NOT NULL))
        FROM staged_signals s LEFT JOIN topic_of t ON {join} GROUP BY ALL"""
    ).fetchall()
    expected = [{match.topic for field, text in row.items() if text for match in matcher.matches(field, text)} for row in rows]
    assert {row: set(topics or []) for row, topics in found} == dict(enumerate(expected))

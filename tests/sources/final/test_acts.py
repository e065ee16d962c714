"""How staged acts find the topic of what they are about."""

from __future__ import annotations

import duckdb
import pandas as pd

from bgml.data.patterns import parse_pattern
from bgml.data.topics import Topic, Topics
from bgml.sources.final.acts import about_join
from bgml.sources.topics.assignment import ABOUT, create_topics


def staged(rows):
    """A connection with staged signals, of which each is a dictionary, and `topic_of` made of them by one pattern."""
    connection = duckdb.connect()
    frame = pd.DataFrame(rows, columns=["id", *ABOUT, "topic"]).astype({name: "string" for name in (*ABOUT, "topic")})
    connection.register("frame", frame)
    connection.execute("CREATE TABLE staged_signals AS FROM frame")
    topics = Topics({}, {"data": Topic("data", None, (parse_pattern("platform", "here"),))}, None)
    create_topics(connection, topics, ["signals"])
    return connection


def joined(connection):
    query = f"SELECT s.id, t.topic FROM staged_signals s LEFT JOIN topic_of t ON {about_join('s', 't')} ORDER BY s.id"
    return query, connection.execute(query).fetchall()


def test_an_act_takes_the_topic_of_its_texts_unless_it_states_one():
    connection = staged(
        [
            {"id": 1, "about_campaign": "Platform days"},
            {"id": 2, "about_campaign": "Platform days", "topic": "security"},
            {"id": 3, "about_campaign": "Picnic"},
            {"id": 4},
        ]
    )
    assert joined(connection)[1] == [(1, "data"), (2, None), (3, None), (4, None)]


def test_the_join_is_hashed_and_does_not_compare_every_act_with_every_text():
    connection = staged([{"id": number, "about_url": f"/platform/{number}"} for number in range(500)])
    query, _ = joined(connection)
    plan = connection.execute("EXPLAIN " + query).fetchall()[0][1]
    assert "HASH_JOIN" in plan
    assert "NL_JOIN" not in plan

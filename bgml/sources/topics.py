"""What acts and deals are about: from campaigns, URLs, assets, forms, keywords and products to topics."""

from __future__ import annotations

import duckdb

from bgml.data.topics import Topics

UNDECLARED = "all"
"""The one topic of everybody who has not said what theirs are."""


def create_topics(connection: duckdb.DuckDBPyConnection, topics: Topics | None) -> str | None:
    """Make `topic_of` (the about_ columns, topic, many): a row per combination in the staged tables and topic it maps to.

    `many` tells that the combination has several topics. Returns the topic of what maps to none, None to set it aside.
    """
    from bgml.sources.mapping import ABOUT

    columns = ", ".join(f"{name} VARCHAR" for name in ABOUT)
    connection.execute(f"CREATE TABLE topic_of ({columns}, topic VARCHAR, many BOOLEAN)")
    return UNDECLARED

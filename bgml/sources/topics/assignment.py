"""What acts and deals are about: from campaigns, URLs, assets, forms, keywords and products to topics, by the patterns of topics.toml."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import duckdb
import pyarrow

from bgml.data.patterns import FIELDS, Matcher
from bgml.data.topics import Topics

UNDECLARED = "all"
"""The one topic of everybody who has not said what theirs are."""

STAGED = ("signals", "touches", "opportunities")
ABOUT = tuple(f"about_{field}" for field in FIELDS)
READ = "acts.parquet"
"""What acts said they are about, as an import leaves it for `bgml topics`."""

# What follows ? or # is dropped (it names visits, not pages), but for a route of a page that is an application: #/solutions.
PAGE = "regexp_replace(regexp_replace(about_url, '#!?/', '/'), '[?#].*$', '')"


def create_topics(connection: duckdb.DuckDBPyConnection, topics: Topics | None, tables: Iterable[str] = STAGED) -> str | None:
    """Make `topic_of` (the about_ columns, topic, many, unstated): a row per combination in the staged tables and topic it maps to.

    `many` tells that the combination has several topics; `unstated`, always true, that rows which state a topic are not meant. Every
    staged_TABLE needs all about_ columns, text or null. Makes `said` (the about_ columns, the URL without its query; rows per table;
    topics, a list) as well. Returns the topic of what maps to none, None to set it aside: the one [default] names, or UNDECLARED as long
    as topics.toml holds no pattern.
    """
    patterns = topics.patterns if topics else []
    tables = tuple(tables)
    _gather(connection, tables)
    texts = _texts(connection)
    connection.register("text_topics", _matched(texts, Matcher(patterns)))
    _join(connection, tables)
    connection.unregister("text_topics")
    if topics and topics.default_topic is not None:
        return topics.default_topic
    return None if patterns else UNDECLARED


def _gather(connection: duckdb.DuckDBPyConnection, tables: tuple[str, ...]) -> None:
    """Make `combinations`: every combination of about_ columns that says anything, with its rows per table, its id and its page.

    Rows whose topic a field states need no pattern and are left out.
    """
    about = ", ".join(ABOUT)
    counts = ", ".join(f"count(*) FILTER (place = {place}) AS {table}" for place, table in enumerate(tables))
    open_rows = (f"SELECT {place} AS place, {about} FROM staged_{table} WHERE topic IS NULL" for place, table in enumerate(tables))
    rows = " UNION ALL ".join(open_rows)
    connection.execute(
        f"""CREATE TEMP TABLE combinations AS SELECT row_number() OVER () AS id, {PAGE} AS page, *
        FROM (SELECT {about}, {counts} FROM ({rows}) WHERE coalesce({about}) IS NOT NULL GROUP BY {about})"""
    )


def _texts(connection: duckdb.DuckDBPyConnection) -> pyarrow.Table:
    """Every distinct text once: field, text."""
    selects = (
        f"SELECT DISTINCT '{field}' AS field, {column} AS text FROM combinations WHERE {column} IS NOT NULL" for field, column in _columns()
    )
    texts: pyarrow.Table = connection.execute(" UNION ALL ".join(selects)).to_arrow_table()
    return texts


def _columns() -> list[tuple[str, str]]:
    """Each field with the column of `combinations` that is matched."""
    return [(field, "page" if field == "url" else f"about_{field}") for field in FIELDS]


def _matched(texts: pyarrow.Table, matcher: Matcher) -> pyarrow.Table:
    """The topics of every text that has one: field, text, topic."""
    rows = [
        (field, text, topic)
        for field, text in zip(texts["field"].to_pylist(), texts["text"].to_pylist(), strict=True)
        for topic in sorted({match.topic for match in matcher.matches(field, text)})
    ]
    columns = zip(*rows, strict=True) if rows else ((), (), ())
    return pyarrow.table(
        {name: pyarrow.array(values, pyarrow.string()) for name, values in zip(("field", "text", "topic"), columns, strict=True)}
    )


def _join(connection: duckdb.DuckDBPyConnection, tables: tuple[str, ...]) -> None:
    """Make `topic_of` and `said` from the combinations and the topics of their texts."""
    about = ", ".join(ABOUT)
    joined = " UNION ".join(
        f"SELECT id, topic FROM combinations JOIN text_topics ON field = '{field}' AND text = {column}" for field, column in _columns()
    )
    connection.execute(f"CREATE TEMP TABLE combination_topics AS {joined}")
    connection.execute(
        f"""CREATE TABLE topic_of AS SELECT {about}, topic, count(*) OVER (PARTITION BY id) > 1 AS many, TRUE AS unstated
        FROM combinations JOIN combination_topics USING (id)"""
    )
    sums = ", ".join(f"sum({table})::BIGINT AS {table}" for table in tables)
    connection.execute(
        f"""CREATE TABLE said AS SELECT {about.replace("about_url", "page AS about_url")}, topics, {sums}
        FROM combinations LEFT JOIN (SELECT id, list_sort(list(topic)) AS topics FROM combination_topics GROUP BY id) USING (id)
        GROUP BY {about.replace("about_url", "page")}, topics ORDER BY sum({tables[0]}) DESC, {about}"""
    )
    connection.execute("DROP TABLE combinations; DROP TABLE combination_topics")


def write_said(connection: duckdb.DuckDBPyConnection, folder: Path) -> int:
    """Leave `said` in the folder of an import, as READ; returns its rows."""
    target = str(folder / READ).replace("'", "''")
    written = connection.execute(f"COPY said TO '{target}' (FORMAT parquet, COMPRESSION zstd)").fetchone()
    return int(written[0]) if written else 0

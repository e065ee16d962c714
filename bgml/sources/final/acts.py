"""The final acts, of buyers (signals) and sellers (touches): whose they are, at which account, on which topic."""

from __future__ import annotations

from typing import Literal

import duckdb

from bgml.data.tables import TABLES
from bgml.sources.mapping.staging import ABOUT, ASIDE, MERGED, USED
from bgml.sources.raw import quoted
from bgml.sources.visitors.placing import create_unresolved, visitor_join

KEYS = {"signals": "signal_id", "touches": "touch_id"}


def about_join(left: str, right: str) -> str:
    """SQL of the join of staged rows that state no topic with `topic_of`.

    The condition on the staged row alone is written as an equation: DuckDB hashes equations, and compares every pair for anything else.
    """
    same = " AND ".join(f"{left}.{name} IS NOT DISTINCT FROM {right}.{name}" for name in ABOUT)
    return f"{same} AND ({left}.topic IS NULL) = {right}.unstated"


def outsider_join(staged: str, column: str, kind: str, alias: str) -> str:
    """SQL of the join of staged rows with the people or accounts that are none of the buyers'."""
    same = f"{alias}._source = {staged}._source AND {alias}.id = {staged}.{column}"
    known = f"SELECT _source, id, min(reason) AS reason FROM outsiders WHERE kind = '{kind}' GROUP BY ALL"
    return f"LEFT JOIN ({known}) {alias} ON {same}"


def finish_acts(connection: duckdb.DuckDBPyConnection, table: Literal["signals", "touches"], default: str | None) -> None:
    """Make `final_signals` or `final_touches`, an act on two topics being two rows; `default` is the topic of signals that map to none.

    The account of an act is the one stated, else its person's at that time, else that of the domain of its e-mail, page visitor or ip.
    """
    key = KEYS[table]
    connection.execute(f"CREATE TABLE joined_{table} AS {_joined(table, key, default)}")
    if table == "signals":
        create_unresolved(connection)
    connection.execute(f"DROP TABLE staged_{table}")
    _drop_copies(connection, table, key)
    fault = "outside IS NOT NULL OR account_id IS NULL" + ("" if table == "touches" else " OR topic IS NULL")
    connection.execute(
        f"""INSERT INTO fates SELECT _raw, _row, CASE WHEN {fault} THEN {ASIDE} ELSE {USED} END, CASE
            WHEN outside IS NOT NULL THEN 'of a ' || outside
            WHEN account_id IS NULL AND stated THEN 'its account is not among the accounts'
            WHEN account_id IS NULL AND person_id IS NOT NULL AND NOT listed THEN 'its person is not among the people'
            WHEN account_id IS NULL AND person_id IS NOT NULL THEN 'its person has no account'
            WHEN account_id IS NULL THEN coalesce(problem, 'no account')
            WHEN {fault} THEN 'no topic' END
        FROM joined_{table}"""
    )
    connection.execute(f"CREATE VIEW final_{table} AS SELECT {', '.join(TABLES[table].names)} FROM joined_{table} WHERE NOT ({fault})")


def _joined(table: str, key: str, default: str | None) -> str:
    """SQL of the staged acts with their final account, person and topic."""
    kept = ", ".join(f"s.{name}" for name in TABLES[table].names if name not in (key, "account_id", "person_id", "topic"))
    fallback = quoted(default) if default is not None and table == "signals" else "NULL"
    visitor = f"LEFT JOIN visitor_accounts v ON {visitor_join('s', 'v')}" if table == "signals" else ""
    place, problem = ("v.account_id, ", "v.problem") if table == "signals" else ("", "CAST(NULL AS VARCHAR)")
    return f"""SELECT s._raw, s._row, s.{key} || CASE WHEN t.many AND s.topic IS NULL THEN '#' || t.topic ELSE '' END AS {key},
            coalesce(a.final, m.account_id, h.account_id, {place}d.account_id) AS account_id, {problem} AS problem,
            coalesce(p.final, s.person_id, e.person_id) AS person_id,
            coalesce(s.topic, t.topic, {fallback}) AS topic, {kept},
            s.account_id IS NOT NULL AS stated, h.person_id IS NOT NULL AS listed, coalesce(o.reason, c.reason) AS outside
        FROM staged_{table} s
        LEFT JOIN (SELECT i.* FROM account_ids i JOIN final_accounts f ON f.account_id = i.final) a
            ON a._source = s._source AND a.id = s.account_id
        LEFT JOIN person_ids p ON p._source = s._source AND p.id = s.person_id
        LEFT JOIN emails e ON e.email = s.email
        LEFT JOIN persons h ON h.person_id = coalesce(p.final, e.person_id)
        LEFT JOIN stays m ON m.person_id = h.person_id AND s.occurred_at >= m.since AND s.occurred_at < m.before
        {outsider_join("s", "person_id", "people", "o")} {outsider_join("s", "account_id", "accounts", "c")}
        {visitor} LEFT JOIN domain_accounts d ON d.domain = domain(s.email)
        LEFT JOIN topic_of t ON {about_join("s", "t")}"""


def _drop_copies(connection: duckdb.DuckDBPyConnection, table: str, key: str) -> None:
    """Keep the first of the rows with one id; looked for only where there are any, because it sorts the table."""
    counted = connection.execute(f"SELECT count(*) - count(DISTINCT {key}) FROM joined_{table}").fetchone()
    if counted and counted[0]:
        connection.execute(
            f"""CREATE TEMP TABLE copies AS SELECT rowid AS copy, _raw, _row FROM joined_{table}
            QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY account_id IS NULL, occurred_at, _raw, _row) > 1"""
        )
        connection.execute(f"INSERT INTO fates SELECT _raw, _row, {MERGED}, 'the same act again' FROM copies")
        connection.execute(f"DELETE FROM joined_{table} WHERE rowid IN (SELECT copy FROM copies)")
        connection.execute("DROP TABLE copies")

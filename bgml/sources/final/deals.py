"""The final opportunities and the people noted on them."""

from __future__ import annotations

import duckdb

from bgml.data.tables import OPPORTUNITIES
from bgml.sources.final.acts import about_join, outsider_join
from bgml.sources.mapping.staging import ASIDE, MERGED, USED
from bgml.sources.raw import quoted


def finish_deals(connection: duckdb.DuckDBPyConnection, default: str | None) -> None:
    """Make `final_opportunities`: one row per deal with its account and topic; a deal on several topics has the first by name."""
    fallback = "NULL" if default is None else quoted(default)
    connection.execute(
        f"""CREATE TABLE ranked_opportunities AS SELECT s.* REPLACE (
            i.final AS opportunity_id, a.final AS account_id, coalesce(s.topic, t.topic, {fallback}) AS topic,
            CASE WHEN s.outcome <> 'open' THEN greatest(s.closed_at, s.created_at) END AS closed_at),
            s.account_id AS stated_account, c.reason AS outside, row_number() OVER (PARTITION BY i.final
                ORDER BY s._source, s.opportunity_id <> i.final, s.updated_at DESC NULLS LAST, s._raw, s._row) AS place
        FROM staged_opportunities s JOIN opportunity_ids i ON i._source = s._source AND i.id = s.opportunity_id
        LEFT JOIN (SELECT i.* FROM account_ids i JOIN final_accounts f ON f.account_id = i.final) a
            ON a._source = s._source AND a.id = s.account_id
        LEFT JOIN (SELECT * EXCLUDE (topic), min(topic) AS topic FROM topic_of GROUP BY ALL) t ON {about_join("s", "t")}
        {outsider_join("s", "account_id", "accounts", "c")}"""
    )
    connection.execute(
        f"""INSERT INTO fates SELECT _raw, _row,
            CASE WHEN account_id IS NULL OR topic IS NULL THEN {ASIDE} WHEN place = 1 THEN {USED} ELSE {MERGED} END, CASE
            WHEN account_id IS NULL AND outside IS NOT NULL THEN 'of a ' || outside
            WHEN stated_account IS NULL THEN 'no account'
            WHEN account_id IS NULL THEN 'its account is not among the accounts'
            WHEN topic IS NULL THEN 'no topic' ELSE 'same opportunity as another row' END
        FROM ranked_opportunities"""
    )
    connection.execute(
        f"""CREATE TABLE final_opportunities AS SELECT {", ".join(OPPORTUNITIES.names)} FROM ranked_opportunities
        WHERE place = 1 AND account_id IS NOT NULL AND topic IS NOT NULL"""
    )


def finish_contacts(connection: duckdb.DuckDBPyConnection) -> None:
    """Make `final_opportunity_contacts`: one row per deal and person, the one with a role first, then the earliest."""
    connection.execute(
        """CREATE TABLE ranked_contacts AS SELECT s._raw, s._row, i.final AS opportunity_id, s.role, s.added_at,
            coalesce(p.final, s.person_id, e.person_id) AS person_id, o.opportunity_id IS NOT NULL AS known, row_number() OVER
            (PARTITION BY i.final, coalesce(p.final, s.person_id, e.person_id) ORDER BY s.role IS NULL, s.added_at, s._raw, s._row) AS place
        FROM staged_opportunity_contacts s LEFT JOIN opportunity_ids i ON i._source = s._source AND i.id = s.opportunity_id
        LEFT JOIN final_opportunities o ON o.opportunity_id = i.final
        LEFT JOIN person_ids p ON p._source = s._source AND p.id = s.person_id LEFT JOIN emails e ON e.email = s.email"""
    )
    connection.execute(
        f"""INSERT INTO fates SELECT _raw, _row,
            CASE WHEN NOT known OR person_id IS NULL THEN {ASIDE} WHEN place = 1 THEN {USED} ELSE {MERGED} END, CASE
            WHEN NOT known THEN 'its opportunity is not among the opportunities'
            WHEN person_id IS NULL THEN 'no person' ELSE 'same person on the same opportunity' END
        FROM ranked_contacts"""
    )
    connection.execute(
        """CREATE TABLE final_opportunity_contacts AS SELECT opportunity_id, person_id, role, added_at FROM ranked_contacts
        WHERE place = 1 AND known AND person_id IS NOT NULL"""
    )

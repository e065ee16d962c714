"""The final accounts: one row per company, its columns from the first source and record that state them."""

from __future__ import annotations

import duckdb

from bgml.data.tables import ACCOUNTS
from bgml.sources.mapping.staging import MERGED, USED


def finish_accounts(connection: duckdb.DuckDBPyConnection) -> None:
    """Make `final_accounts`, and `domain_accounts` (domain, account_id): one account per domain, the least id."""
    connection.execute(
        """CREATE TABLE ranked_accounts AS SELECT s.*, i.final, row_number() OVER
            (ORDER BY s._raw IS NULL, s._source, s.account_id <> i.final, s.updated_at DESC NULLS LAST, s._raw, s._row) AS place
        FROM staged_accounts s JOIN account_ids i ON i._source = s._source AND i.id = s.account_id"""
    )
    stated = ", ".join(f"arg_min({name}, place) AS {name}" for name in ACCOUNTS.names if name != "account_id")
    connection.execute(f"CREATE TABLE final_accounts AS SELECT final AS account_id, {stated} FROM ranked_accounts GROUP BY final")
    connection.execute(
        f"""INSERT INTO fates SELECT _raw, _row, CASE WHEN place = first THEN {USED} ELSE {MERGED} END, 'same company as another row'
        FROM (SELECT *, min(place) OVER (PARTITION BY final) AS first FROM ranked_accounts) WHERE _raw IS NOT NULL"""
    )
    connection.execute(
        """CREATE TABLE domain_accounts AS SELECT domain, min(final) AS account_id FROM ranked_accounts
        WHERE domain IS NOT NULL AND NOT personal(domain) GROUP BY domain UNION ALL FROM people_domains"""
    )

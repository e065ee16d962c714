"""The final people: one row per human, or one per version where their history is dated."""

from __future__ import annotations

import duckdb

from bgml.data.tables import PEOPLE
from bgml.sources.mapping.staging import MERGED, USED

LASTING = ("name", "email", "role")
"""Columns that a version without them takes from the person's other rows; an empty title may be one."""


def finish_people(connection: duckdb.DuckDBPyConnection) -> None:
    """Make `final_people`; `persons` (person_id, account_id) for acts and `emails` (email, person_id), each the first that is stated.

    `stays` (person_id, account_id, since, before) tells where those were when who changed company.
    """
    connection.execute(
        """CREATE TABLE ranked_people AS SELECT s.*, i.final, a.final AS own_account, coalesce(a.final, d.account_id) AS likely_account,
            s.valid_from IS NOT NULL OR s.valid_to IS NOT NULL AS dated, row_number() OVER
            (ORDER BY s._source, s.person_id <> i.final, s.valid_to DESC NULLS FIRST, s.updated_at DESC NULLS LAST, s._raw, s._row) AS place
        FROM staged_people s JOIN person_ids i ON i._source = s._source AND i.id = s.person_id
        LEFT JOIN (SELECT DISTINCT i.* FROM account_ids i JOIN final_accounts f ON f.account_id = i.final) a
            ON a._source = s._source AND a.id = s.account_id
        LEFT JOIN domain_accounts d ON d.domain = coalesce(s.domain, domain(s.email))"""
    )
    connection.execute(
        """CREATE TABLE persons AS SELECT final AS person_id, bool_or(dated) AS dated,
            coalesce(arg_min(own_account, place), arg_min(likely_account, place)) AS account_id
        FROM ranked_people GROUP BY final"""
    )
    connection.execute(
        """CREATE TABLE emails AS SELECT email, arg_min(final, place) AS person_id
        FROM ranked_people WHERE email IS NOT NULL GROUP BY email"""
    )
    _write_final(connection)
    _tell_fates(connection)
    connection.execute(
        """CREATE TABLE stays AS SELECT person_id, account_id, coalesce(valid_from, '-infinity') AS since,
            lead(valid_from, 1, 'infinity') OVER (PARTITION BY person_id ORDER BY valid_from NULLS FIRST) AS before
        FROM final_people WHERE account_id IS NOT NULL QUALIFY count(DISTINCT account_id) OVER (PARTITION BY person_id) > 1"""
    )


def _write_final(connection: duckdb.DuckDBPyConnection) -> None:
    """A row per version of those with dates, and one of all that is stated for everybody else."""
    names = [name for name in PEOPLE.names if name not in ("person_id", "account_id", "valid_from", "valid_to")]
    stated = ", ".join(f"arg_min({name}, place) AS {name}" for name in names)
    connection.execute(f"CREATE TABLE stated_people AS SELECT final, {stated} FROM ranked_people GROUP BY final")
    version = ", ".join(f"coalesce(v.{name}, s.{name}) AS {name}" if name in LASTING else f"v.{name}" for name in names)
    connection.execute(
        f"""CREATE TABLE final_people AS
        SELECT final AS person_id, p.account_id, {", ".join(names)}, NULL::TIMESTAMP AS valid_from, NULL::TIMESTAMP AS valid_to
        FROM stated_people s JOIN persons p ON p.person_id = s.final WHERE NOT p.dated
        UNION ALL BY NAME
        SELECT v.final AS person_id, coalesce(v.likely_account, p.account_id) AS account_id, {version}, v.valid_from, v.valid_to
        FROM ranked_people v JOIN stated_people s USING (final) JOIN persons p ON p.person_id = v.final
        WHERE v.dated QUALIFY row_number() OVER (PARTITION BY v.final, v.valid_from ORDER BY v.place) = 1"""
    )


def _tell_fates(connection: duckdb.DuckDBPyConnection) -> None:
    """The first row of a person or version is used, the others are merged into it, as are undated ones of somebody with versions."""
    connection.execute(
        f"""INSERT INTO fates SELECT _raw, _row, CASE WHEN first THEN {USED} ELSE {MERGED} END, 'same person as another row'
        FROM (SELECT _raw, _row, r.dated = p.dated AND row_number() OVER
                (PARTITION BY final, r.dated, valid_from ORDER BY place) = 1 AS first
            FROM ranked_people r JOIN persons p ON p.person_id = r.final)"""
    )

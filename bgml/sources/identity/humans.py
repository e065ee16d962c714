"""What says that two people are one human: their e-mail address, and where it cannot, their full name at one company."""

from __future__ import annotations

import duckdb

SHARED = 5
"""An e-mail address that people of more names have is nobody's own, whatever stands before the @."""
SAME_BOTH, TEAM_AND_NAME, FITTING, NO_NAME, OTHER_NAME = 0.98, 0.9, 0.9, 0.85, 0.5
AT_COMPANY, OTHER_MAIL, OTHER_DOMAIN, MANY_NAMESAKES = 0.85, 0.8, 0.6, 0.5


def match_humans(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Add the matches of people to `matches` and to `doubted` the pairs with one e-mail address whose names clearly differ.

    Needs `account_ids`. Returns what the user should know.
    """
    connection.execute(
        """CREATE TEMP TABLE humans AS SELECT DISTINCT r.record, s._source AS source, s.email, person_key(s.name) AS name,
            coalesce(i.final, CASE WHEN NOT personal(coalesce(s.domain, domain(s.email)))
                THEN coalesce(a.final, s.domain, domain(s.email)) END) AS place
        FROM staged_people s JOIN records r ON r.kind = 'people' AND r.id = s.person_id
        LEFT JOIN account_ids i ON i._source = s._source AND i.id = s.account_id
        LEFT JOIN (SELECT domain, min(i.final) AS final FROM staged_accounts s
            JOIN account_ids i ON i._source = s._source AND i.id = s.account_id WHERE domain IS NOT NULL GROUP BY domain) a
        ON a.domain = coalesce(s.domain, domain(s.email))"""
    )
    connection.execute(
        f"""CREATE TEMP TABLE named_mails AS
        SELECT *, count(*) OVER (PARTITION BY email) > {SHARED} AS shared, team_address(email) AS team
        FROM (SELECT email, name, min(record) AS record FROM humans WHERE email IS NOT NULL GROUP BY email, name)"""
    )
    _by_mail(connection)
    _by_name(connection)
    shared = connection.execute("SELECT count(DISTINCT email) FROM named_mails WHERE shared AND NOT team").fetchone()
    connection.execute("DROP TABLE humans; DROP TABLE named_mails")
    return [f"e-mail addresses of more than {SHARED} names each, which are nobody's own: {shared[0]:,}"] if shared and shared[0] else []


def _by_mail(connection: duckdb.DuckDBPyConnection) -> None:
    """One address is one human, unless it is a team's or the names clearly differ."""
    connection.execute(
        f"""INSERT INTO matches SELECT DISTINCT 'people', h.record, n.record,
            CASE WHEN team OR shared THEN 'same team address and name' WHEN n.name IS NULL THEN 'same e-mail'
                ELSE 'same e-mail and name' END,
            CASE WHEN team OR shared THEN {TEAM_AND_NAME} WHEN n.name IS NULL THEN {NO_NAME} ELSE {SAME_BOTH} END
        FROM humans h JOIN named_mails n ON n.email = h.email AND n.name IS NOT DISTINCT FROM h.name
        WHERE h.record <> n.record AND NOT (n.name IS NULL AND (team OR shared))"""
    )
    connection.execute(
        """CREATE TEMP TABLE mail_pairs AS SELECT least(a.record, b.record) AS one, greatest(a.record, b.record) AS other,
            CASE WHEN a.name IS NULL OR b.name IS NULL THEN 'nameless' WHEN fitting(a.name, b.name) THEN 'fitting' ELSE 'other' END AS names
        FROM named_mails a JOIN named_mails b ON a.email = b.email AND coalesce(a.name, '') < coalesce(b.name, '')
        WHERE NOT (a.shared OR a.team) AND a.record <> b.record"""
    )
    connection.execute(
        f"""INSERT INTO matches SELECT DISTINCT 'people', one, other,
            CASE names WHEN 'nameless' THEN 'same e-mail' WHEN 'fitting' THEN 'same e-mail, names that fit'
                ELSE 'same e-mail, but other names' END,
            CASE names WHEN 'nameless' THEN {NO_NAME} WHEN 'fitting' THEN {FITTING} ELSE {OTHER_NAME} END FROM mail_pairs"""
    )
    connection.execute("INSERT INTO doubted SELECT DISTINCT 'people', one, other FROM mail_pairs WHERE names = 'other'")
    connection.execute("DROP TABLE mail_pairs")


def _by_name(connection: duckdb.DuckDBPyConnection) -> None:
    """One full name at one company is one human where addresses do not say otherwise: none, one, or one in each source at one domain."""
    connection.execute(
        f"""INSERT INTO matches
        WITH full_names AS (SELECT * FROM humans WHERE name LIKE '% %' AND place IS NOT NULL),
        groups AS (SELECT name, place, min(record) AS head, count(DISTINCT email) AS mails, count(DISTINCT domain(email)) AS domains
            FROM full_names GROUP BY name, place HAVING count(DISTINCT record) > 1),
        counts AS (SELECT name, place, max(mails) AS many FROM
            (SELECT name, place, source, count(DISTINCT email) AS mails FROM full_names SEMI JOIN groups USING (name, place)
            GROUP BY name, place, source) GROUP BY name, place)
        SELECT DISTINCT 'people', record, head,
            CASE WHEN many > 1 THEN 'same name at the same company, but several addresses in one source'
                WHEN domains > 1 THEN 'same name at the same company, but addresses of other domains'
                WHEN mails > 1 THEN 'same name at the same company, other address of one domain' ELSE 'same name at the same company' END,
            CASE WHEN many > 1 THEN {MANY_NAMESAKES} WHEN domains > 1 THEN {OTHER_DOMAIN}
                WHEN mails > 1 THEN {OTHER_MAIL} ELSE {AT_COMPANY} END
        FROM full_names JOIN groups USING (name, place) JOIN counts USING (name, place) WHERE record <> head"""
    )

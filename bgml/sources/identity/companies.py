"""What says that two accounts are one company: their domain, and where one has none, their name without its legal form."""

from __future__ import annotations

import duckdb

SHARED = 5
"""A domain that accounts of more names have is a host's (a network, a directory), not a company's."""
SAME_BOTH, SAME_DOMAIN, SAME_NAME, OTHER_NAME, MANY_NAMES = 0.97, 0.9, 0.8, 0.6, 0.5


def match_companies(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Add the matches of accounts to `matches` and to `doubted` the pairs that one source tells apart by name under one domain.

    Returns what the user should know. Accounts with different domains never match by name: they are two, as subsidiaries are.
    """
    connection.execute(
        """CREATE TEMP TABLE companies AS SELECT DISTINCT r.record, s._source AS source,
            CASE WHEN NOT personal(s.domain) THEN s.domain END AS domain, company_key(s.name) AS name
        FROM staged_accounts s JOIN records r ON r.kind = 'accounts' AND r.id = s.account_id"""
    )
    connection.execute(
        f"""CREATE TEMP TABLE named_domains AS SELECT *, count(*) OVER (PARTITION BY domain) > {SHARED} AS shared FROM
            (SELECT domain, name, min(record) AS record, list_sort(list(DISTINCT source)) AS sources
            FROM companies WHERE domain IS NOT NULL GROUP BY domain, name)"""
    )
    _by_domain(connection)
    _by_name(connection)
    shared = connection.execute("SELECT domain, count(*) FROM named_domains WHERE shared GROUP BY domain ORDER BY 2 DESC, 1").fetchall()
    connection.execute("DROP TABLE companies; DROP TABLE named_domains")
    return [f"{domain} is the domain of accounts of {names} names, so it says nothing of any of them" for domain, names in shared[:3]]


def _by_domain(connection: duckdb.DuckDBPyConnection) -> None:
    """One domain and one name is one company; one domain and two names is one too, unless one source has both."""
    connection.execute(
        f"""INSERT INTO matches SELECT 'accounts', c.record, n.record, 'same domain and name', {SAME_BOTH}
        FROM companies c JOIN named_domains n USING (domain, name) WHERE c.record <> n.record"""
    )
    connection.execute(
        f"""INSERT INTO matches SELECT 'accounts', c.record, n.record, 'same domain', {SAME_DOMAIN}
        FROM companies c JOIN named_domains n USING (domain)
        WHERE c.name IS NULL AND n.name IS NULL AND c.record <> n.record AND NOT shared"""
    )
    connection.execute(
        """CREATE TEMP TABLE domain_pairs AS SELECT a.record AS one, b.record AS other,
            list_has_any(a.sources, b.sources) AND a.name IS NOT NULL AND b.name IS NOT NULL AS told_apart
        FROM named_domains a JOIN named_domains b ON a.domain = b.domain AND a.record < b.record AND NOT a.shared"""
    )
    connection.execute(
        f"""INSERT INTO matches SELECT 'accounts', one, other, CASE WHEN told_apart THEN 'same domain, but other names in one source'
            ELSE 'same domain' END, CASE WHEN told_apart THEN {OTHER_NAME} ELSE {SAME_DOMAIN} END FROM domain_pairs"""
    )
    connection.execute("INSERT INTO doubted SELECT 'accounts', one, other FROM domain_pairs WHERE told_apart; DROP TABLE domain_pairs")


def _by_name(connection: duckdb.DuckDBPyConnection) -> None:
    """One name is one company where at most one domain is known for it and no source has two accounts of that name."""
    connection.execute(
        f"""INSERT INTO matches
        WITH heads AS (SELECT name, min(record) AS head, count(DISTINCT domain) AS domains
            FROM companies WHERE length(name) > 2 GROUP BY name),
        counts AS (SELECT name, max(many) AS many FROM
            (SELECT name, count(DISTINCT coalesce(domain, CAST(record AS VARCHAR))) AS many FROM companies GROUP BY name, source)
            GROUP BY name)
        SELECT DISTINCT 'accounts', record, head,
            CASE WHEN domains > 1 THEN 'same name, but other domains' WHEN many > 1 THEN 'same name, but twice in one source'
                ELSE 'same name' END,
            CASE WHEN domains > 1 OR many > 1 THEN {MANY_NAMES} ELSE {SAME_NAME} END
        FROM companies JOIN heads USING (name) JOIN counts USING (name) WHERE record <> head"""
    )

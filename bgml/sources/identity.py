"""Which records are the same human, the same company, the same deal: one final id for every id of every source."""

from __future__ import annotations

from pathlib import Path

import duckdb

KINDS = {"accounts": "account_id", "people": "person_id", "opportunities": "opportunity_id"}


def merged(connection: duckdb.DuckDBPyConnection, previous: Path | None = None) -> None:
    """Give every id of the staged accounts, people and opportunities its final one.

    Makes the tables `account_ids`, `person_ids` and `opportunity_ids` (_source, id, final) and `merges` (kind, id, master, why,
    confidence), and adds accounts to staged_accounts for people whose company is none yet (with `_raw` null). `previous`: the
    folder of the former import, whose merges.csv may undo merges.
    """
    connection.execute("CREATE TABLE merges (kind VARCHAR, id VARCHAR, master VARCHAR, why VARCHAR, confidence DOUBLE)")
    for kind, column in KINDS.items():
        _follow_links(connection, kind)
        connection.execute(
            f"""CREATE TABLE {column.removesuffix("_id")}_ids AS
            SELECT DISTINCT _source, id, coalesce(m.master, id) AS final
            FROM (SELECT _source, {column} AS id FROM staged_{kind} UNION SELECT _source, id FROM staged_merges WHERE kind = '{kind}'
                UNION SELECT _source, master FROM staged_merges WHERE kind = '{kind}')
            LEFT JOIN (FROM merges WHERE kind = '{kind}') m USING (id)"""
        )
    _place_people(connection)


def _follow_links(connection: duckdb.DuckDBPyConnection, kind: str) -> None:
    """Follow what the sources say of merged records to the last one."""
    asked = "SELECT id, min(master), min(why) FROM staged_merges WHERE kind = ? GROUP BY id ORDER BY id"
    stated = connection.execute(asked, [kind]).fetchall()
    links, why = {row[0]: row[1] for row in stated}, {row[0]: row[2] for row in stated}
    ends, broken = last_records(links)
    told = {record: f"{text}; a cycle of merges, the least id stays" if record in broken else text for record, text in why.items()}
    rows = [(kind, record, end, told[record], 1.0) for record, end in ends.items() if record != end]
    if rows:
        connection.executemany("INSERT INTO merges VALUES (?, ?, ?, ?, ?)", rows)


def last_records(links: dict[str, str]) -> tuple[dict[str, str], set[str]]:
    """For every merged record the one at the end of its chain, and the records whose chain runs into a cycle.

    Of a cycle the least id stays.

    >>> last_records({"a": "b", "b": "c", "x": "y", "y": "x"})
    ({'a': 'c', 'b': 'c', 'x': 'x', 'y': 'x'}, {'x', 'y'})
    """
    ends, broken = dict[str, str](), set[str]()
    for record in links:
        path = list[str]()
        here = record
        while here in links and here not in ends and here not in path:
            path.append(here)
            here = links[here]
        if here in path:
            end = min(path[path.index(here) :])
            broken |= set(path)
        else:
            end = ends.get(here, here)
            broken |= set(path) if here in broken else set()
        ends |= dict.fromkeys(path, end)
    return ends, broken


def _place_people(connection: duckdb.DuckDBPyConnection) -> None:
    """Make an account for the companies of people who have none: per domain that is no account's and no personal mail's."""
    connection.execute(
        """INSERT INTO staged_accounts (_source, account_id, name, domain)
        SELECT min(_source), 'domain:' || place, arg_min(company, (_source, person_id)), place
        FROM (SELECT _source, person_id, company, coalesce(domain, domain(email)) AS place FROM staged_people p
            WHERE NOT EXISTS (FROM account_ids a JOIN staged_accounts s ON s._source = a._source AND s.account_id = a.id
                WHERE a._source = p._source AND a.id = p.account_id))
        WHERE place IS NOT NULL AND NOT personal(place) AND place NOT IN (SELECT domain FROM staged_accounts WHERE domain IS NOT NULL)
        GROUP BY place"""
    )
    connection.execute("INSERT INTO account_ids SELECT _source, account_id, account_id FROM staged_accounts WHERE _raw IS NULL")

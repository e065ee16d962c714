"""Which records are the same human, the same company, the same deal: one final id for every id of every source."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import duckdb

from bgml.sources.identity.clusters import NONE, Clusters, Pair, cluster
from bgml.sources.identity.companies import match_companies
from bgml.sources.identity.decisions import APART, create_decisions, read_decisions
from bgml.sources.identity.humans import match_humans
from bgml.sources.identity.names import create_name_macros

KINDS = {"accounts": "account_id", "people": "person_id", "opportunities": "opportunity_id"}
PREFERRED = ("salesforce", "hubspot", "marketo")
"""Whose id stays, and whose columns count first; other sources come after them."""
CERTAIN = 0.75
"""Confidence from which two records are merged; what lies below is listed for a person to decide."""
STATED = 1.0
NEARLY_ALL = 0.75
"""Share of a domain's people who must be at one account for the domain to be that account's."""


def preference(name: str) -> int:
    """The place of a kind of source among PREFERRED, the least first."""
    return PREFERRED.index(name) if name in PREFERRED else len(PREFERRED)


def merge_records(connection: duckdb.DuckDBPyConnection, sources: Mapping[int, str], previous: Path | None = None) -> list[str]:
    """Give every id of the staged accounts, people and opportunities its final one; returns what the user should know.

    `sources`: the kind of every source by its number. Makes the tables `account_ids`, `person_ids` and `opportunity_ids` (_source, id,
    final), `merges` (kind, kept, merged, why, confidence), `unsure` (kind, one, other, why, confidence: matches that were not made) and
    `apart` and `together` (kind, one, other: what a person decided, read from `previous`, the folder of the former import), and adds
    accounts to staged_accounts for people whose company is none yet (with `_raw` null).
    """
    create_name_macros(connection)
    create_decisions(connection, read_decisions(previous, tuple(KINDS)))
    connection.execute("CREATE TABLE merges (kind VARCHAR, kept VARCHAR, merged VARCHAR, why VARCHAR, confidence DOUBLE)")
    connection.execute("CREATE TABLE unsure (kind VARCHAR, one VARCHAR, other VARCHAR, why VARCHAR, confidence DOUBLE)")
    connection.execute("CREATE TABLE records (kind VARCHAR, record BIGINT, id VARCHAR, replaced BOOLEAN)")
    connection.execute("CREATE TABLE matches (kind VARCHAR, one BIGINT, other BIGINT, why VARCHAR, confidence DOUBLE)")
    connection.execute("CREATE TABLE doubted (kind VARCHAR, one BIGINT, other BIGINT)")
    told = list[str]()
    for kind, column in KINDS.items():
        _number(connection, kind, column, sources)
        _match_stated(connection, kind)
        told += match_companies(connection) if kind == "accounts" else match_humans(connection) if kind == "people" else []
        told += _settle(connection, kind, column)
    _place_people(connection)
    for table in ("records", "matches", "doubted"):
        connection.execute(f"DROP TABLE {table}")
    return told


def _number(connection: duckdb.DuckDBPyConnection, kind: str, column: str, sources: Mapping[int, str]) -> None:
    """Number the ids of a kind: of two that are one, the lower number stays.

    What another record has taken the place of comes last, sources in the order of PREFERRED before that, then ids by text.
    """
    places = " ".join(f"WHEN {number} THEN {preference(name)}" for number, name in sources.items())
    elsewhere = " ".join(f"WHEN '{name}' THEN {place}" for place, name in enumerate(PREFERRED))
    connection.execute(
        f"""CREATE TEMP TABLE ids AS
        SELECT _source, {column} AS id, CASE _source {places} END AS place, false AS replaced FROM staged_{kind}
        UNION SELECT _source, id, CASE _source {places} END, elsewhere IS NULL FROM staged_merges WHERE kind = '{kind}'
        UNION SELECT _source, master, CASE WHEN elsewhere IS NULL THEN CASE _source {places} END
            ELSE CASE elsewhere {elsewhere} ELSE {len(PREFERRED)} END END, false FROM staged_merges WHERE kind = '{kind}'"""
    )
    connection.execute(
        f"""INSERT INTO records SELECT '{kind}', row_number() OVER (ORDER BY replaced, place, id) - 1, id, replaced
        FROM (SELECT id, min(place) AS place, bool_or(replaced) AS replaced FROM ids GROUP BY id)"""
    )


def _match_stated(connection: duckdb.DuckDBPyConnection, kind: str) -> None:
    """What a person or the sources themselves say is one."""
    connection.execute(
        f"""INSERT INTO matches SELECT '{kind}', a.record, b.record, said.why, {STATED} FROM
            (SELECT one, other, 'together.csv' AS why FROM together WHERE kind = '{kind}'
            UNION ALL SELECT id, master, min(coalesce(why, 'stated by the source')) FROM staged_merges
                WHERE kind = '{kind}' GROUP BY ALL) said
        JOIN records a ON a.kind = '{kind}' AND a.id = said.one JOIN records b ON b.kind = '{kind}' AND b.id = said.other
        WHERE a.record <> b.record"""
    )


def _settle(connection: duckdb.DuckDBPyConnection, kind: str, column: str) -> list[str]:
    """From matches to the final ids of a kind, and to the list of what was merged and what was not."""
    connection.execute(
        f"""CREATE TEMP TABLE ordered AS SELECT row_number() OVER (ORDER BY confidence DESC, one, other) - 1 AS number, * FROM
            (SELECT least(one, other) AS one, greatest(one, other) AS other, max(confidence) AS confidence,
                arg_min(why, (-confidence, why)) AS why FROM matches WHERE kind = '{kind}' GROUP BY ALL)"""
    )
    sure = _pairs(connection, f"SELECT one, other FROM ordered WHERE confidence >= {CERTAIN} ORDER BY number")
    stated = _count(connection, f"FROM ordered WHERE confidence = {STATED}")
    apart = _pairs(
        connection,
        f"""SELECT a.record, b.record FROM apart p JOIN records a ON a.kind = p.kind AND a.id = p.one
        JOIN records b ON b.kind = p.kind AND b.id = p.other WHERE p.kind = '{kind}' ORDER BY ALL""",
    )
    doubted = _pairs(connection, f"SELECT DISTINCT one, other FROM doubted WHERE kind = '{kind}' ORDER BY ALL")
    found = cluster(_count(connection, f"FROM records WHERE kind = '{kind}'"), sure, stated, apart, doubted)
    _write(connection, kind, found)
    connection.execute(
        f"""CREATE TABLE {column.removesuffix("_id")}_ids AS SELECT DISTINCT _source, i.id, f.id AS final FROM ids i
        JOIN records r ON r.kind = '{kind}' AND r.id = i.id JOIN clustered c ON c.record = r.record
        JOIN records f ON f.kind = '{kind}' AND f.record = c.kept"""
    )
    for table in ("ids", "ordered", "clustered"):
        connection.execute(f"DROP TABLE {table}")
    return _told(connection, kind, [number for number in found.refused if number < stated], apart)


def _pairs(connection: duckdb.DuckDBPyConnection, query: str) -> list[Pair]:
    columns = connection.execute(query).fetchnumpy()
    one, other = (values.tolist() for values in columns.values())
    return list(zip(one, other, strict=True))


def _count(connection: duckdb.DuckDBPyConnection, rest: str) -> int:
    counted = connection.execute(f"SELECT count(*) {rest}").fetchone()
    return int(counted[0]) if counted else 0


def _write(connection: duckdb.DuckDBPyConnection, kind: str, found: Clusters) -> None:
    """Make `clustered` (record, kept, hangs_on); add to `merges` every record that does not stay, and to `unsure` what was not made."""
    import pyarrow

    columns = {"record": range(len(found.kept)), "kept": found.kept, "hangs_on": found.hangs_on}
    given = pyarrow.table({name: pyarrow.array(values, pyarrow.int64()) for name, values in columns.items()})
    connection.register("given", given)
    connection.execute("CREATE TEMP TABLE clustered AS FROM given")
    connection.unregister("given")
    connection.execute(
        f"""INSERT INTO merges SELECT '{kind}', k.id, m.id,
            o.why || CASE WHEN (o.one, o.other) = (c.kept, c.record) THEN '' ELSE ', by way of another' END
            || CASE WHEN k.replaced THEN '; a cycle of merges, the least id stays' ELSE '' END, o.confidence
        FROM clustered c JOIN ordered o ON o.number = c.hangs_on JOIN records k ON k.kind = '{kind}' AND k.record = c.kept
        JOIN records m ON m.kind = '{kind}' AND m.record = c.record WHERE c.hangs_on <> {NONE}"""
    )
    connection.execute(
        f"""INSERT INTO unsure SELECT '{kind}', a.id, b.id, o.why || CASE WHEN o.confidence < {CERTAIN} THEN ''
            ELSE '; another pair of theirs must stay apart' END, o.confidence
        FROM ordered o JOIN clustered x ON x.record = o.one JOIN clustered y ON y.record = o.other
        JOIN records a ON a.kind = '{kind}' AND a.record = o.one JOIN records b ON b.kind = '{kind}' AND b.record = o.other
        ANTI JOIN apart p ON p.kind = '{kind}' AND p.one = least(a.id, b.id) AND p.other = greatest(a.id, b.id)
        WHERE x.kept <> y.kept"""
    )


def _told(connection: duckdb.DuckDBPyConnection, kind: str, refused: list[int], apart: list[Pair]) -> list[str]:
    """What of a person's decisions could not be followed."""
    told = list[str]()
    asked = _count(connection, f"FROM apart WHERE kind = '{kind}'")
    if asked > len(apart):
        told.append(f"{APART}: of {asked - len(apart)} pairs of {kind} an id is in no source")
    if refused:
        told.append(f"{APART} keeps {kind} apart that together.csv or the sources say are one: {len(refused)}; they stay apart")
    return told


def _place_people(connection: duckdb.DuckDBPyConnection) -> None:
    """Find or make accounts for people who have none, by domains that are no account's and no personal mail's.

    Makes `people_domains` (domain, account_id): domains whose people are nearly all at one account, though it does not state them.
    """
    connection.execute(
        """CREATE TEMP TABLE placed AS SELECT DISTINCT s._source, s.person_id, p.final, a.final AS account_id, domain(s.email) AS domain
        FROM staged_people s JOIN person_ids p ON p._source = s._source AND p.id = s.person_id
        JOIN account_ids a ON a._source = s._source AND a.id = s.account_id
        SEMI JOIN staged_accounts t ON t._source = a._source AND t.account_id = a.id"""
    )
    connection.execute(
        f"""CREATE TABLE people_domains AS SELECT domain, account_id FROM
            (SELECT domain, account_id, count(DISTINCT final) AS people, sum(count(DISTINCT final)) OVER (PARTITION BY domain) AS everybody
            FROM placed WHERE domain IS NOT NULL AND NOT personal(domain) GROUP BY domain, account_id)
        WHERE people >= {NEARLY_ALL} * everybody AND domain NOT IN (SELECT domain FROM staged_accounts WHERE domain IS NOT NULL)"""
    )
    connection.execute(
        """INSERT INTO staged_accounts (_source, account_id, name, domain)
        SELECT min(_source), 'domain:' || place, arg_min(company, (_source, person_id)), place
        FROM (SELECT s._source, person_id, company, coalesce(domain, domain(email)) AS place FROM staged_people s
            JOIN person_ids p ON p._source = s._source AND p.id = s.person_id ANTI JOIN placed USING (final))
        WHERE place IS NOT NULL AND NOT personal(place) AND place NOT IN (SELECT domain FROM staged_accounts WHERE domain IS NOT NULL)
            AND place NOT IN (SELECT domain FROM people_domains)
        GROUP BY place"""
    )
    connection.execute("INSERT INTO account_ids SELECT _source, account_id, account_id FROM staged_accounts WHERE _raw IS NULL")
    connection.execute("DROP TABLE placed")

"""Anonymous visitors to accounts: by the domain of their network, or by a table of ip ranges when one is given."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow

from bgml.sources.mapping.staging import ABOUT
from bgml.sources.visitors.company_table import Companies, read_companies
from bgml.sources.visitors.networks import Networks

PROVIDERS = tuple(Path(__file__).with_name("provider_domains.txt").read_text(encoding="utf-8").split())
"""Domains of networks whose users are anybody's: a visit from there says nothing of a company."""

UNRESOLVED = "unresolved.parquet"
"""Acts of nobody known at no account, as an import leaves them."""

def place_visitors(connection: duckdb.DuckDBPyConnection, companies: Path | None) -> list[str]:
    """Make `visitor_accounts` (domain, ip, visit, account_id, problem): the account of every domain and ip of the staged signals.

    `visit`: whether the act is anonymous, so that the domain is that of a network and not one that somebody stated. A host belongs to
    the account with the longest domain it ends in; a network of a provider or of personal mail to none, unless `companies`, a table of
    ip ranges or domains and their companies, says so. Needs `domain_accounts` and `final_accounts`. Returns what of `companies` was of
    no use.
    """
    table = read_companies(companies) if companies else Companies([], [], [], {})
    _create_providers(connection)
    connection.execute(
        """CREATE TEMP TABLE asked AS SELECT DISTINCT domain, ip, category = 'anonymous' AS visit FROM staged_signals
        WHERE domain IS NOT NULL OR ip IS NOT NULL"""
    )
    _place_companies(connection, table)
    _place_domains(connection)
    _place_addresses(connection, table)
    connection.execute(
        """CREATE TABLE visitor_accounts AS SELECT domain, ip, visit, coalesce(d.account_id, i.account_id) AS account_id,
            CASE WHEN coalesce(d.account_id, i.account_id) IS NOT NULL THEN NULL
                WHEN d.public OR i.public THEN 'network of a provider or of personal mail'
                WHEN domain IS NOT NULL OR i.ip IS NOT NULL THEN 'its company is not among the accounts'
                ELSE 'its address is in no range that is known' END AS problem
        FROM asked LEFT JOIN placed_domains d USING (domain, visit) LEFT JOIN placed_addresses i USING (ip)"""
    )
    connection.execute("DROP TABLE asked; DROP TABLE placed_domains; DROP TABLE placed_addresses; DROP TABLE placed_companies")
    where = companies.name if companies else ""
    return [f"{where}: {rows:,} rows not used: {reason}" for reason, rows in table.unused.items()]


def _create_providers(connection: duckdb.DuckDBPyConnection) -> None:
    """The macros above(d), a domain and those it is part of, down to two labels, and public(d)."""
    names = ", ".join(f"'{name}'" for name in PROVIDERS)
    connection.execute(
        """CREATE OR REPLACE MACRO above(d) AS list_transform(range(1, len(string_split(d, '.'))),
            lambda place: array_to_string(string_split(d, '.')[place:], '.'))"""
    )
    connection.execute(
        f"CREATE OR REPLACE MACRO public(d) AS len(list_filter(above(d), lambda part: part IN ({names}) OR personal(part))) > 0"
    )


def _place_companies(connection: duckdb.DuckDBPyConnection, table: Companies) -> None:
    """Make `placed_companies` (place, domain, account_id, public): the account a row names by id, domain or name."""
    columns = zip(*table.rows, strict=True) if table.rows else ((), (), (), ())
    kinds = (pyarrow.string(), pyarrow.string(), pyarrow.string(), pyarrow.bool_())
    names = ("domain", "account", "company", "public")
    arrays = {name: pyarrow.array(values, kind) for name, values, kind in zip(names, columns, kinds, strict=True)}
    connection.register("company_rows", pyarrow.table({"place": pyarrow.array(range(len(table.rows)), pyarrow.int64()), **arrays}))
    connection.execute(
        """CREATE TEMP TABLE placed_companies AS WITH rows AS (SELECT place, domain(domain) AS domain, clean(account) AS account,
            lower(clean(company)) AS company, public FROM company_rows),
        by_id AS (SELECT i.id, min(i.final) AS account_id FROM account_ids i JOIN final_accounts f ON f.account_id = i.final GROUP BY i.id),
        by_domain AS (SELECT place, arg_max(d.account_id, length(d.domain)) AS account_id
            FROM (SELECT place, unnest(above(domain)) AS part FROM rows WHERE NOT public(domain))
            JOIN domain_accounts d ON d.domain = part GROUP BY place),
        by_name AS (SELECT lower(name) AS name, min(account_id) AS account_id FROM final_accounts GROUP BY ALL HAVING count(*) = 1)
        SELECT place, rows.domain, public, CASE WHEN NOT public THEN coalesce(i.account_id, d.account_id, n.account_id) END AS account_id
        FROM rows LEFT JOIN by_id i ON i.id = id18(account) LEFT JOIN by_domain d USING (place)
        LEFT JOIN by_name n ON n.name = company"""
    )
    connection.unregister("company_rows")


def _place_domains(connection: duckdb.DuckDBPyConnection) -> None:
    """Make `placed_domains` (domain, visit, account_id, public): first what the company table says, then the accounts' own domains."""
    connection.execute(
        """CREATE TEMP TABLE placed_domains AS WITH hosts AS (SELECT DISTINCT domain AS host, visit FROM asked WHERE domain IS NOT NULL),
        parts AS (SELECT host, visit, public, unnest(above(lower(host))) AS part FROM (SELECT *, public(lower(host)) AS public FROM hosts)),
        stated AS (SELECT domain, min(account_id) AS account_id FROM placed_companies WHERE account_id IS NOT NULL GROUP BY domain)
        SELECT host AS domain, visit, public, coalesce(arg_max(s.account_id, length(part)),
            arg_max(d.account_id, length(part)) FILTER (NOT (visit AND public))) AS account_id
        FROM parts LEFT JOIN stated s ON s.domain = part LEFT JOIN domain_accounts d ON d.domain = part GROUP BY host, visit, public"""
    )


def _place_addresses(connection: duckdb.DuckDBPyConnection, table: Companies) -> None:
    """Make `placed_addresses` (ip, account_id, public): the narrowest range that holds each address."""
    ips = (
        connection.execute("SELECT DISTINCT ip FROM asked WHERE ip IS NOT NULL").to_arrow_table()["ip"].to_pylist() if table.ranges else []
    )
    found = Networks(table.ranges).find(ips)
    owners = pyarrow.array([table.owners[place] if place >= 0 else None for place in found.tolist()], pyarrow.int64())
    connection.register("address_rows", pyarrow.table({"ip": pyarrow.array(ips, pyarrow.string()), "place": owners}))
    connection.execute(
        """CREATE TEMP TABLE placed_addresses AS
        SELECT ip, account_id, public OR (account_id IS NULL AND coalesce(public(domain), false)) AS public
        FROM address_rows JOIN placed_companies USING (place)"""
    )
    connection.unregister("address_rows")


def create_unresolved(connection: duckdb.DuckDBPyConnection) -> None:
    """Make `unresolved`: the signals of nobody known at no account, each with the reason. Needs `joined_signals` and the staged ones."""
    about = ", ".join(f"s.{name}" for name in ABOUT)
    kept = f"s.signal_id, s.visitor_id, s.category, s.action, s.occurred_at, s.company, s.domain, s.ip, {about}"
    connection.execute(
        f"""CREATE TABLE unresolved AS SELECT DISTINCT ON (signal_id) {kept}, coalesce(v.problem, 'nothing tells its company') AS problem
        FROM staged_signals s LEFT JOIN visitor_accounts v ON {visitor_join("s", "v")}
        SEMI JOIN (FROM joined_signals WHERE account_id IS NULL AND person_id IS NULL AND outside IS NULL) j USING (_raw, _row)
        ORDER BY signal_id, s._raw, s._row"""
    )


def write_unresolved(connection: duckdb.DuckDBPyConnection, folder: Path) -> int:
    """Leave `unresolved` in the folder of an import, if there is any; returns how many."""
    counted = connection.execute("SELECT count(*) FROM unresolved").fetchone()
    if not counted or not counted[0]:
        return 0
    target = str(folder / UNRESOLVED).replace("'", "''")
    connection.execute(f"COPY unresolved TO '{target}' (FORMAT parquet, COMPRESSION zstd)")
    return int(counted[0])


def visitor_join(staged: str, alias: str) -> str:
    """SQL of the join of staged signals with `visitor_accounts`."""
    same = " AND ".join(f"{alias}.{name} IS NOT DISTINCT FROM {staged}.{name}" for name in ("domain", "ip"))
    return f"{same} AND {alias}.visit = ({staged}.category = 'anonymous')"

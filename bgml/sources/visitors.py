"""Anonymous visitors to accounts: by the domain of their network, or by a table of ip ranges when one is given."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow

from bgml.errors import DataError
from bgml.sources.mapping import ABOUT, squash
from bgml.sources.networks import Networks, Range, between, network
from bgml.sources.raw import identifier, places

PROVIDERS = tuple(Path(__file__).with_name("provider_domains.txt").read_text(encoding="utf-8").split())
"""Domains of networks whose users are anybody's: a visit from there says nothing of a company."""

UNRESOLVED = "unresolved.parquet"
"""Acts of nobody known at no account, as an import leaves them."""

SPELLINGS: Mapping[str, tuple[str, ...]] = {
    "network": ("network", "cidr", "ip_range", "range", "subnet", "prefix", "ip", "ip_address"),
    "first": (
        "start_ip",
        "ip_start",
        "start",
        "first_ip",
        "range_start",
        "network_start_ip",
        "network_start_integer",
        "ip_from",
        "from_ip",
    ),
    "last": ("end_ip", "ip_end", "end", "last_ip", "range_end", "network_last_ip", "network_last_integer", "ip_to", "to_ip"),
    "domain": ("domain", "company_domain", "website", "company_website"),
    "account": ("account_id", "account", "crm_id", "salesforce_id", "hubspot_id"),
    "company": ("company", "company_name", "organization", "organisation", "organization_name", "name"),
    "type": ("type", "company_type", "usage_type", "ip_type"),
}
"""The columns of a company table by their usual names, whatever their case and punctuation."""

PUBLIC = ("isp", "hosting", "residential", "mobile", "consumer", "datacenter", "vpn")
"""Types of ranges, as company tables name them, that are nobody's own."""


@dataclass(frozen=True)
class Companies:
    """A company table: ranges, each with the row it is from; rows of domain, account and company; what could not be used, by reason."""

    ranges: list[Range]
    owners: list[int]
    rows: list[tuple[str | None, str | None, str | None, bool]]
    unused: dict[str, int]


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


def read_companies(path: Path) -> Companies:
    """A table of ip ranges or domains and their companies, CSV or Parquet; DataError where it has no such columns.

    A range is CIDR, first and last address, or both in one column with a dash. A row says its company by account id, domain or name.
    """
    if not path.is_file():
        raise DataError(f"{path} is no file; --companies takes a CSV or Parquet file of ip ranges or domains and their companies")
    with tempfile.TemporaryDirectory() as work, duckdb.connect() as connection:
        (place,) = places(connection, str(path), Path(work)).values()
        opened = place.open()
        columns = _columns(opened.columns, path)
        chosen = ", ".join(f"CAST({identifier(name)} AS VARCHAR)" if name else "NULL" for name in columns.values())
        rows = connection.execute(f"SELECT {chosen} FROM ({opened.relation}) ORDER BY _row").fetchall()
    return _sorted_out(list(columns), rows, dict(opened.rejected))


def _columns(present: Sequence[str], path: Path) -> dict[str, str | None]:
    """The column of each meaning, None where there is none."""
    squashed = {squash(name): name for name in reversed(present)}
    found = {
        meaning: next((squashed[squash(name)] for name in names if squash(name) in squashed), None) for meaning, names in SPELLINGS.items()
    }
    ranged = found["network"] or (found["first"] and found["last"])
    if not (ranged or found["domain"]) or not (found["domain"] or found["account"] or found["company"]):
        expected = "network (or start_ip and end_ip) or domain, and one of domain, account_id, company"
        raise DataError(f"{path.name} does not say which companies ranges belong to: it has {', '.join(present[:8])}; expected {expected}")
    return found


def _sorted_out(names: list[str], rows: list[tuple[str | None, ...]], unused: dict[str, int]) -> Companies:
    """The rows as ranges and companies; those that say nothing are counted."""
    table = Companies([], [], [], unused)
    for row in rows:
        said = dict(zip(names, row, strict=True))
        spans = list(_spans(said))
        if None in spans:
            unused["no range that can be read"] = unused.get("no range that can be read", 0) + 1
        elif not (said["domain"] or said["account"] or said["company"]):
            unused["no company"] = unused.get("no company", 0) + 1
        else:
            table.ranges.extend(span for span in spans if span)
            table.owners.extend(len(table.rows) for _ in spans)
            public = str(said["type"] or "").strip().casefold() in PUBLIC
            table.rows.append((said["domain"], said["account"], said["company"], public))
    return table


def _spans(said: Mapping[str, str | None]) -> Iterator[Range | None]:
    """The range of a row, None where it is none; nothing where the row has no range at all."""
    if said["network"]:
        yield network(said["network"])
    elif said["first"] or said["last"]:
        yield between(said["first"] or "", said["last"] or "")


def create_unresolved(connection: duckdb.DuckDBPyConnection) -> None:
    """Make `unresolved`: the signals of nobody known at no account, each with the reason. Needs `joined_signals` and the staged ones."""
    about = ", ".join(f"s.{name}" for name in ABOUT)
    kept = f"s.signal_id, s.visitor_id, s.category, s.action, s.occurred_at, s.company, s.domain, s.ip, {about}"
    connection.execute(
        f"""CREATE TABLE unresolved AS SELECT DISTINCT ON (signal_id) {kept}, coalesce(v.problem, 'nothing tells its company') AS problem
        FROM staged_signals s LEFT JOIN visitor_accounts v ON {visitor_join("s", "v")}
        SEMI JOIN (FROM joined_signals WHERE account_id IS NULL AND person_id IS NULL AND outside IS NULL) j USING (_raw, _row)"""
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

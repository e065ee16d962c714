"""The table of ip ranges or domains and their companies that a user may give."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from bgml.errors import DataError
from bgml.sources.raw import identifier, places, squash
from bgml.sources.visitors.networks import Range, between, network

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

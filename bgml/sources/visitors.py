"""Anonymous visitors to accounts: by the domain of their network, or by a table of ip ranges when one is given."""

from __future__ import annotations

from pathlib import Path

import duckdb


def place_visitors(connection: duckdb.DuckDBPyConnection, companies: Path | None) -> None:
    """Make `visitor_domains` (ip, domain): the company domain of every ip of the staged signals that is in `companies`."""
    connection.execute("CREATE TABLE visitor_domains (ip VARCHAR, domain VARCHAR)")

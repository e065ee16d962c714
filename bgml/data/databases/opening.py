"""Opening a database by its URL: which of the contract's tables it holds, as Ibis reads them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

import ibis
import ibis.expr.types as ir
import pyarrow

from bgml.data.databases.failures import first_line, secrets_of
from bgml.data.tables import TABLES
from bgml.errors import DataError, nearest

if TYPE_CHECKING:
    from ibis.backends import BaseBackend

POSTGRES = ("postgres", "postgresql")
SCHEMES = (*POSTGRES, "snowflake", "bigquery", "databricks", "mysql", "trino", "clickhouse")
EXTRAS = {"postgresql": "postgres"}
"""The extra that brings a driver, where it is not called as the scheme is."""
NAMES = frozenset(name for table in TABLES.values() for name in table.names)


@dataclass(frozen=True)
class Opened:
    """An open database: its tables by the contract's names, how to put rows of this process into a query, what messages must not say."""

    backend: Any
    where: str
    tables: Mapping[str, ir.Table]
    literal: Callable[[pyarrow.Table], ir.Table] = ibis.memtable
    secrets: frozenset[str] = field(default=frozenset(), repr=False)


def open_url(url: str) -> Opened:
    """Open the database behind a URL; DataError of one sentence, without anything secret, when it cannot be opened or holds no table."""
    scheme = url.split("://", 1)[0]
    if scheme not in SCHEMES:
        raise DataError(f'"{scheme}://" is not a warehouse bgml opens{nearest(scheme, SCHEMES)}; it opens {", ".join(SCHEMES)}')
    try:
        return _postgres(url) if scheme in POSTGRES else _through_ibis(scheme, url)
    except DataError:
        raise
    except ImportError as error:
        raise DataError(_without_driver(scheme, error)) from None
    except Exception as error:  # every driver raises its own
        said = first_line(error, secrets_of(url))
        raise DataError(f"the {scheme} warehouse cannot be opened: {said}; see that the URL is right") from None


def _without_driver(scheme: str, error: ImportError) -> str:
    extra = EXTRAS.get(scheme, scheme)
    ours = extra in ("postgres", "snowflake", "bigquery", "databricks")
    way_out = f"`pip install 'bgml[{extra}]'`" if ours else f"`pip install 'ibis-framework[{extra}]'`"
    return f"the {scheme} warehouse cannot be opened: its driver is not installed ({first_line(error)}); install it with {way_out}"


def _postgres(url: str) -> Opened:
    from bgml.data.databases import postgres

    connection, schema = postgres.connect(url)
    backend = postgres.backend_of(connection)
    relations = {relation.name: relation for relation in postgres.relations(connection, schema)}
    chosen = {name: relations[there] for name, there in _named(relations).items()}
    there = postgres.place(url)
    for name, relation in chosen.items():
        if not relation.readable:
            grant = f"GRANT SELECT ON {schema}.{relation.name} gives that right"
            raise DataError(f'the user "{there.user}" may not read the table {name} of the postgres warehouse; {grant}')
    _some(chosen, f'the schema "{schema}" of the postgres warehouse', relations)
    tables = {name: postgres.rows(backend, schema, relation, NAMES) for name, relation in chosen.items()}
    return Opened(backend, "the postgres warehouse", tables, lambda given: postgres.literal(backend, given), secrets_of(url))


def _through_ibis(scheme: str, url: str) -> Opened:
    """Any other database, as Ibis opens it."""
    backend = connected(scheme, url)
    present = backend.list_tables()
    chosen = _named(present)
    where = f"the {scheme} warehouse"
    _some(chosen, where, present)
    tables = {name: in_lower_case(backend.table(there)) for name, there in chosen.items()}
    return Opened(backend, where, tables, ibis.memtable, secrets_of(url))


def connected(scheme: str, url: str) -> BaseBackend:
    """An Ibis connection; nothing is created in the warehouse by opening it where Ibis lets us say so."""
    if scheme == "databricks":
        made: BaseBackend = ibis.databricks.connect(**databricks_options(url))
        return made
    given = {"create_object_udfs": False} if scheme == "snowflake" else {}
    opened: BaseBackend = ibis.connect(url, **given)
    return opened


def databricks_options(url: str) -> dict[str, str]:
    """What databricks://token:TOKEN@host/CATALOG/SCHEMA?http_path=... says, as Ibis asks for it.

    >>> databricks_options("databricks://token:abc@dbc-1.cloud.databricks.com/main/crm?http_path=/sql/1.0/warehouses/7")["schema"]
    'crm'
    """
    parts = urlsplit(url)
    catalog, _, schema = unquote(parts.path.removeprefix("/")).partition("/")
    asked = {"server_hostname": parts.hostname or "", "catalog": catalog, "schema": schema, "access_token": unquote(parts.password or "")}
    return {name: value for name, value in asked.items() if value} | dict(parse_qsl(parts.query))


def _named(present: Collection[str]) -> dict[str, str]:
    """The contract's tables among those present: by their exact name, else by one that differs in case only."""
    lowered = {name.lower(): name for name in sorted(present, reverse=True)}
    return {name: name if name in present else lowered[name] for name in TABLES if name in lowered}


def in_lower_case(rows: ir.Table) -> ir.Table:
    """A table whose columns have the contract's names where only their case differs: Snowflake's are in capitals."""
    changed = {name.lower(): name for name in reversed(rows.columns) if name not in NAMES and name.lower() in NAMES - set(rows.columns)}
    return rows.rename(changed) if changed else rows


def _some(chosen: Collection[str], where: str, present: Collection[str]) -> None:
    if not chosen:
        held = f"it holds {', '.join(sorted(present)[:5])}" if present else "it holds no table at all, or none that the user may see"
        raise DataError(f"{where} has none of the tables {', '.join(TABLES)} ({held})")

"""What a database's driver says when something fails, in one line that holds no password."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import unquote, unquote_plus, urlsplit

from bgml.config import SECRET

DRIVERS = frozenset({
    "psycopg", "snowflake", "google", "databricks", "pydata_google_auth", "MySQLdb", "trino", "clickhouse_connect", "requests",
})  # fmt: skip
"""Packages whose errors mean that a database, or the way to it, failed."""
LONGEST = 200
LOST = ("57P01", "57P02", "57P03", "57P05", "08000", "08003", "08006", "25P03")
"""PostgreSQL's codes for a connection that is gone."""


def of_driver(error: BaseException) -> bool:
    """Whether an error was raised by a database's driver."""
    return type(error).__module__.split(".")[0] in DRIVERS


def lost(error: BaseException) -> bool:
    """Whether a driver's error means that the connection is gone, so that running the same again may well succeed."""
    code = getattr(error, "sqlstate", None)
    return code in LOST or (code is None and of_driver(error) and type(error).__name__ == "OperationalError")


def first_line(error: BaseException, secrets: Iterable[str] = ()) -> str:
    """The first line of an error's text, shortened, every secret in it blotted out."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = blotted((lines or [type(error).__name__])[0], secrets).rstrip(".;")
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."


def blotted(text: str, secrets: Iterable[str]) -> str:
    """A text with each secret as three stars, the longest first.

    >>> blotted("pw1 is not pw", ["pw", "pw1"])
    '*** is not ***'
    """
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, "***")
    return text


def secrets_of(url: str) -> frozenset[str]:
    """The URL itself and what in it must not be shown: the password, and tokens and keys among the parameters, as written and as meant."""
    head, _, _ = url.partition("?")
    written = {head.rpartition("@")[0].partition("://")[2].partition(":")[2]}
    try:
        parts = urlsplit(url)
    except ValueError:
        return frozenset({url, *written} - {""})
    written.add(parts.password or "")
    written |= {value for key, _, value in (pair.partition("=") for pair in parts.query.split("&")) if SECRET.search(key)}
    return frozenset({url, *written, *map(unquote, written), *map(unquote_plus, written)} - {""})

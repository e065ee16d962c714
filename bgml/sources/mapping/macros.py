"""What declarations may call in their SQL: ids, moments, e-mails and domains out of raw text, as DuckDB macros."""

from __future__ import annotations

from pathlib import Path

import duckdb

# What Salesforce appends to an id of 15 characters, so that ids that differ in case alone differ without it too: per five
# characters one that says which of them are upper case (the first the lowest bit).
SUFFIX = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"

PERSONAL = tuple(Path(__file__).with_name("personal_domains.txt").read_text(encoding="utf-8").split())
"""Domains of mail that say nothing of the company somebody works for."""

# Letters beyond ASCII are there for names such as müller.de; a host of digits alone is an address, no domain.
HOST = (
    r"^(?:[a-z][a-z0-9+.-]*:)?(?://)?(?:[^/?#]*@)?(?:www[0-9]?\.)?"
    r"((?:[a-z0-9_\x{80}-\x{10ffff}-]+\.)+[a-z\x{80}-\x{10ffff}][a-z0-9\x{80}-\x{10ffff}-]+)\.?(?::[0-9]*)?(?:[/?#].*)?$"
)

DAYS_MONTH_FIRST = ("%m/%d/%Y", "%d/%m/%Y")
CLOCKS = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p", ", %I:%M %p", ", %I:%M:%S %p")
WRITTEN = ("%d.%m.%Y", "%Y/%m/%d", "%Y%m%d", "%d %b %Y", "%d-%b-%Y", "%b %d, %Y", "%b %d %Y", "%d %B %Y", "%B %d, %Y")


def create_macros(connection: duckdb.DuckDBPyConnection, *, day_first: bool = False) -> None:
    """Add the macros to a connection, and set its clock to UTC; each takes text and gives null for what it cannot read.

    id18(x): a Salesforce id of 15 characters with its three check characters; any other text as it is. moment(x): a date or
    time in any usual format -> a UTC timestamp (an offset is applied, no offset means UTC, 10 or 13 digits are seconds or
    milliseconds since 1970); 3/4/2020 is March 4 unless `day_first`. day_end(x): the last microsecond of that UTC day.
    key(x): an id, also where a table that passed through floats says 12.0. truth(x), number(x), clean(x), email(x). domain(x): the
    host of a URL or e-mail without www.
    personal(d): whether a domain is one of personal mail. fits(x, patterns): whether any pattern of a setting is found in x in lower case.
    """
    connection.execute("SET TimeZone = 'UTC'")
    # Variables, because a list in a macro would be read again wherever it is called.
    days = tuple(reversed(DAYS_MONTH_FIRST)) if day_first else DAYS_MONTH_FIRST
    formats = [day + clock for clock in CLOCKS for day in (*days, *WRITTEN)]
    connection.execute(f"SET VARIABLE time_formats = {formats}")
    connection.execute(f"SET VARIABLE personal_domains = {list(PERSONAL)}")
    for macro in _macros():
        connection.execute(f"CREATE OR REPLACE MACRO {macro}")


def _macros() -> tuple[str, ...]:
    marks = " || ".join(_mark(begin) for begin in (1, 6, 11))
    return (
        "clean(x) AS nullif(trim(x, chr(32) || chr(9) || chr(10) || chr(13) || chr(160)), '')",
        "key(x) AS CASE WHEN ends_with(x, '.0') THEN clean(x[:-3]) "
        "WHEN x[1] BETWEEN '0' AND 'z' AND x[-1] BETWEEN '0' AND 'z' THEN x ELSE clean(x) END",
        f"id18(x) AS CASE WHEN length(x) = 15 AND regexp_matches(x, '^[A-Za-z0-9]+$') THEN x || {marks} ELSE clean(x) END",
        # A plain cast to TIMESTAMP drops an offset in silence; one with a time zone applies it, but takes twice the time.
        "iso_moment(x) AS CASE WHEN length(x) = 19 AND x[17] = ':' THEN try_cast(x AS TIMESTAMP) "
        "WHEN regexp_matches(x[11:], '[^0-9:. T]') THEN try_cast(x AS TIMESTAMPTZ) AT TIME ZONE 'UTC' ELSE try_cast(x AS TIMESTAMP) END",
        "epoch_moment(x) AS CASE "
        "WHEN regexp_matches(x, '^[0-9]{10}([.][0-9]*)?$') THEN make_timestamp(CAST(CAST(x AS DOUBLE) * 1000000 AS BIGINT)) "
        "WHEN regexp_matches(x, '^[0-9]{13}$') THEN make_timestamp(CAST(x AS BIGINT) * 1000) END",
        "written_moment(x) AS coalesce(iso_moment(x), epoch_moment(x), try_strptime(x, getvariable('time_formats'))::TIMESTAMP)",
        # The lambda names the trimmed text once: macros within macros are copied out, and take DuckDB longer to read than to run.
        "other_moment(x) AS list_transform([trim(x)], lambda v: CASE WHEN length(v) >= 6 AND regexp_matches(v, '[0-9]') "
        "THEN written_moment(v) END)[1]",
        "moment(x) AS coalesce(CASE WHEN x[1] BETWEEN '0' AND '9' THEN iso_moment(x) END, other_moment(x))",
        "day_end(x) AS date_trunc('day', moment(x)) + INTERVAL 1 DAY - INTERVAL 1 MICROSECOND",
        "truth(x) AS lower(clean(x)) IN ('true', 't', '1', 'yes', 'y', '1.0')",
        # 1,200 is a thousand and more; 1.200,5 and 1,5 are as the continent of Europe writes them.
        "plain_number(x) AS CASE WHEN regexp_matches(x, '^-?([0-9]{1,3}([.][0-9]{3})+,[0-9]+|[0-9]+,([0-9]{1,2}|[0-9]{4,}))$') "
        "THEN replace(replace(x, '.', ''), ',', '.') ELSE replace(x, ',', '') END",
        "finite_number(x) AS CASE WHEN isfinite(x) THEN x END",
        "number(x) AS finite_number(try_cast(plain_number(regexp_extract(x, '-?[.]?[0-9][0-9.,]*(?:[eE][+-]?[0-9]+)?')) AS DOUBLE))",
        r"email(x) AS nullif(regexp_extract(lower(clean(x)), '^(?:mailto:)?([^@\s<>]+@[a-z0-9.-]+\.[a-z0-9-]{2,})$', 1), '')",
        f"domain(x) AS nullif(regexp_extract(lower(clean(x)), '{HOST}', 1), '')",
        "fits(x, patterns) AS coalesce(regexp_matches(lower(x), patterns), false)",
        "personal(d) AS coalesce(list_contains(getvariable('personal_domains'), lower(d)), false)",
    )


def _mark(begin: int) -> str:
    """SQL of the check character for five characters of x from `begin`; ten times as fast as any with text functions."""
    bits = " + ".join(f"(CASE WHEN x[{begin + bit}] BETWEEN 'A' AND 'Z' THEN {2**bit} ELSE 0 END)" for bit in range(5))
    return f"'{SUFFIX}'[1 + {bits}]"

"""What declarations may call in their SQL: ids, moments, e-mails and domains out of raw text, as DuckDB macros."""

from __future__ import annotations

import duckdb

# What Salesforce appends to an id of 15 characters, so that ids that differ in case alone differ without it too: per five
# characters one that says which of them are upper case (the first the lowest bit).
SUFFIX = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"

PERSONAL = ["126.com", "139.com", "163.com", "189.cn", "aim.com", "aol.com", "aol.de", "att.net", "bellsouth.net", "bigpond.com", "blueyonder.co.uk", "bol.com.br", "btinternet.com", "charter.net", "comcast.net", "cox.net", "duck.com", "earthlink.net", "email.com", "fastmail.com", "fastmail.fm", "foxmail.com", "free.fr", "freenet.de", "frontier.com", "gmail.com", "gmx.at", "gmx.ch", "gmx.com", "gmx.de", "gmx.net", "googlemail.com", "hanmail.net", "hey.com", "hotmail.be", "hotmail.ca", "hotmail.co.uk", "hotmail.com", "hotmail.com.br", "hotmail.de", "hotmail.es", "hotmail.fr", "hotmail.it", "hotmail.nl", "hushmail.com", "icloud.com", "inbox.com", "inbox.ru", "laposte.net", "libero.it", "list.ru", "live.ca", "live.co.uk", "live.com", "live.com.au", "live.de", "live.fr", "live.it", "live.nl", "mac.com", "mail.com", "mail.de", "mail.ru", "mailbox.org", "me.com", "msn.com", "naver.com", "neuf.fr", "ntlworld.com", "optonline.net", "optusnet.com.au", "orange.fr", "outlook.com", "outlook.com.br", "outlook.de", "outlook.es", "outlook.fr", "outlook.it", "pm.me", "posteo.de", "proton.me", "protonmail.ch", "protonmail.com", "qq.com", "rediffmail.com", "rocketmail.com", "sbcglobal.net", "seznam.cz", "sfr.fr", "shaw.ca", "sina.cn", "sina.com", "sky.com", "sympatico.ca", "t-online.de", "talktalk.net", "telenet.be", "terra.com.br", "tin.it", "tiscali.it", "tutanota.com", "uol.com.br", "verizon.net", "virgilio.it", "virginmedia.com", "wanadoo.fr", "web.de", "wp.pl", "xs4all.nl", "yahoo.ca", "yahoo.co.id", "yahoo.co.in", "yahoo.co.jp", "yahoo.co.uk", "yahoo.com", "yahoo.com.ar", "yahoo.com.au", "yahoo.com.br", "yahoo.com.mx", "yahoo.com.sg", "yahoo.de", "yahoo.es", "yahoo.fr", "yahoo.in", "yahoo.it", "yandex.com", "yandex.ru", "ya.ru", "yeah.net", "ymail.com", "zoho.com"]
"""Domains of mail that say nothing of the company somebody works for."""

DAYS_MONTH_FIRST = ("%m/%d/%Y", "%d/%m/%Y")
CLOCKS = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p", ", %I:%M %p", ", %I:%M:%S %p")
WRITTEN = ("%d.%m.%Y", "%Y/%m/%d", "%Y%m%d", "%d %b %Y", "%d-%b-%Y", "%b %d, %Y", "%b %d %Y", "%d %B %Y", "%B %d, %Y")


def create_macros(connection: duckdb.DuckDBPyConnection, *, day_first: bool = False) -> None:
    """Add the macros to a connection, and set its clock to UTC; each takes text and gives null for what it cannot read.

    id18(x): a Salesforce id of 15 characters with its three check characters; any other text as it is. moment(x): a date or time in any
    usual format -> a UTC timestamp (an offset is applied, no offset means UTC, 10 or 13 digits are seconds or milliseconds since
    1970); 3/4/2020 is March 4 unless `day_first`. day_end(x): the last microsecond of that UTC day. truth(x), number(x), clean(x),
    email(x). domain(x): the host of a URL or e-mail without www. personal(d): whether a domain is one of personal mail. fits(x, patterns): whether any of the
    regular expressions of a setting is found in x in lower case.
    """
    connection.execute("SET TimeZone = 'UTC'")
    for macro in _macros(day_first):
        connection.execute(f"CREATE OR REPLACE MACRO {macro}")


def _macros(day_first: bool) -> tuple[str, ...]:
    days = tuple(reversed(DAYS_MONTH_FIRST)) if day_first else DAYS_MONTH_FIRST
    formats = ", ".join(f"'{day}{clock}'" for clock in CLOCKS for day in (*days, *WRITTEN))
    personal = ", ".join(f"'{domain}'" for domain in PERSONAL)
    marks = " || ".join(_mark(begin) for begin in (1, 6, 11))
    return (
        "clean(x) AS nullif(trim(x, chr(32) || chr(9) || chr(10) || chr(13) || chr(160)), '')",
        f"id18(x) AS CASE WHEN length(x) = 15 AND regexp_matches(x, '^[A-Za-z0-9]+$') THEN x || {marks} ELSE clean(x) END",
        # A plain cast to TIMESTAMP drops an offset in silence; one with a time zone applies it, but takes twice the time.
        "iso_moment(x) AS CASE WHEN length(x) = 19 AND x[17] = ':' THEN try_cast(x AS TIMESTAMP) WHEN regexp_matches(x[11:], '[^0-9:. T]') THEN try_cast(x AS TIMESTAMPTZ) AT TIME ZONE 'UTC' "
        "ELSE try_cast(x AS TIMESTAMP) END",
        "epoch_moment(x) AS CASE WHEN regexp_matches(x, '^[0-9]{10}([.][0-9]*)?$') THEN make_timestamp(CAST(x AS DOUBLE)::BIGINT * 1000000) "
        "WHEN regexp_matches(x, '^[0-9]{13}$') THEN make_timestamp(CAST(x AS BIGINT) * 1000) END",
        f"written_moment(x) AS coalesce(epoch_moment(x), try_strptime(x, [{formats}])::TIMESTAMP)",
        "finite_moment(x) AS CASE WHEN isfinite(x) THEN x END",
        "moment(x) AS finite_moment(coalesce(iso_moment(x), iso_moment(clean(x)), written_moment(clean(x))))",
        "day_end(x) AS date_trunc('day', moment(x)) + INTERVAL 1 DAY - INTERVAL 1 MICROSECOND",
        "truth(x) AS lower(clean(x)) IN ('true', 't', '1', 'yes', 'y', '1.0')",
        "plain_number(x) AS CASE WHEN regexp_matches(x, '^-?[0-9]{1,3}([.][0-9]{3})*,[0-9]+$') "
        "THEN replace(replace(x, '.', ''), ',', '.') ELSE replace(x, ',', '') END",
        "finite_number(x) AS CASE WHEN isfinite(x) THEN x END",
        "number(x) AS finite_number(try_cast(plain_number(regexp_replace(x, '[^0-9.,eE+-]', '', 'g')) AS DOUBLE))",
        r"email(x) AS nullif(regexp_extract(lower(clean(x)), '^(?:mailto:)?([^@\s<>]+@[a-z0-9.-]+\.[a-z0-9-]{2,})$', 1), '')",
        r"domain(x) AS nullif(regexp_extract(lower(clean(x)), "
        r"'^(?:[a-z][a-z0-9+.-]*:)?(?://)?(?:[^/?#]*@)?(?:www[0-9]?\.)?((?:[a-z0-9_\x{80}-\x{10ffff}-]+\.)+[a-z\x{80}-\x{10ffff}][a-z0-9\x{80}-\x{10ffff}-]+)"
        r"\.?(?::[0-9]*)?(?:[/?#].*)?$', 1), '')",
        "fits(x, patterns) AS coalesce(regexp_matches(lower(x), patterns), false)",
        f"personal(d) AS coalesce(lower(d) IN ({personal}), false)",
    )


def _mark(begin: int) -> str:
    """SQL of the check character for five characters of x from `begin`."""
    bits = " + ".join(f"(CASE WHEN x[{begin + bit}] BETWEEN 'A' AND 'Z' THEN {2**bit} ELSE 0 END)" for bit in range(5))
    return f"'{SUFFIX}'[1 + {bits}]"

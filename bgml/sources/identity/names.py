"""Names as they are compared: of people without case, accents and order, of companies without their legal form."""

from __future__ import annotations

from pathlib import Path

import duckdb

FOLDER = Path(__file__).parent
LEGAL_FORMS = tuple((FOLDER / "legal_forms.txt").read_text(encoding="utf-8").splitlines())
"""Legal forms of companies as they stand after `plain`: without case, accents and dots."""
ROLE_ADDRESSES = tuple((FOLDER / "role_addresses.txt").read_text(encoding="utf-8").split())
"""What stands before the @ of mailboxes that are a team's, not a person's."""
LEADING = ("the", "ао", "зао", "ип", "оао", "ооо", "пао", "тов", "тоо", "ooo", "zao", "oao", "pao", "pt")
"""Those that stand before the name."""
TITLES = ("dr", "prof", "mr", "mrs", "ms", "miss", "herr", "frau", "jr", "sr", "ing", "dipl", "phd", "mba")
"""Words of a person's name that do not name anybody."""
SIMILAR = 0.88
"""Jaro-Winkler similarity from which two words of a name are one, spelled twice."""


def create_name_macros(connection: duckdb.DuckDBPyConnection) -> None:
    """Add the macros to a connection that has those of `sources.macros`.

    person_key(x): the words of a name, sorted. company_key(x): a company's name without its legal form; null when nothing is left.
    team_address(e): whether an e-mail address is a team's. fitting(a, b): whether two keys of people may name one human.
    """
    for macro in _macros():
        connection.execute(f"CREATE OR REPLACE MACRO {macro}")


def _macros() -> tuple[str, ...]:
    forms = "|".join(sorted(LEGAL_FORMS, key=lambda form: (-len(form), form)))
    first = "|".join(LEADING)
    titles, teams = (", ".join(f"'{word}'" for word in words) for words in (TITLES, ROLE_ADDRESSES))
    return (
        "plain(x) AS replace(strip_accents(lower(x)), 'ß', 'ss')",
        f"person_words(x) AS list_filter(string_split_regex(plain(x), '[^\\p{{L}}]+'), word -> word <> '' AND word NOT IN ({titles}))",
        "person_key(x) AS nullif(array_to_string(list_sort(person_words(x)), ' '), '')",
        "undotted(x) AS regexp_replace(replace(plain(x), '&', ' and '), '[.''’`]', '', 'g')",
        "company_words(x) AS trim(regexp_replace(undotted(x), '[^\\p{L}\\p{N}]+', ' ', 'g'))",
        f"bare_company(x) AS regexp_replace(regexp_replace(x, '^(?:(?:{first}) )+', ''), '(?: (?:{forms}))+$', '')",
        "company_key(x) AS nullif(bare_company(company_words(x)), '')",
        f"team_address(e) AS coalesce(split_part(e, '@', 1) IN ({teams}), false)",
        # Names in two scripts cannot be compared, so they do not contradict each other.
        "latin(x) AS regexp_matches(x, '[a-z]')",
        "long_words(x) AS list_filter(string_split(x, ' '), word -> length(word) > 1)",
        f"""fitting(a, b) AS latin(a) <> latin(b) OR list_has_any(long_words(a), long_words(b))
            OR jaro_winkler_similarity(a, b) >= {SIMILAR}""",
    )

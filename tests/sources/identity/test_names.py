"""Names as they are compared."""

from __future__ import annotations

import duckdb
import pytest

from bgml.sources.identity.names import create_name_macros
from bgml.sources.mapping.macros import create_macros


def asked(call: str, *values: str) -> object:
    with duckdb.connect() as connection:
        create_macros(connection)
        create_name_macros(connection)
        found = connection.execute(f"SELECT {call}", list(values)).fetchone()
    return found[0] if found else None


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Müller GmbH & Co. KG", "muller"),
        ("Acme, Inc.", "acme"),
        ("ACME S.A.", "acme"),
        ("The Acme Company", "acme"),
        ("ООО «Ромашка»", "ромашка"),
        ("Sociedad X S.A. de C.V.", "sociedad x"),
        ("Ag Growth", "ag growth"),
        ("株式会社日立", "株式会社日立"),
        ("GmbH", "gmbh"),
        ("--", None),
    ],
)
def test_a_company_without_its_legal_form(name: str, key: str | None) -> None:
    assert asked("company_key(?)", name) == key


@pytest.mark.parametrize(
    ("name", "key"),
    [("Dr. Ann Lee", "ann lee"), ("Lee, Ann", "ann lee"), ("José María", "jose maria"), ("Анна Иванова", "анна иванова"), ("1", None)],
)
def test_a_persons_words_in_order(name: str, key: str | None) -> None:
    assert asked("person_key(?)", name) == key


@pytest.mark.parametrize(
    ("one", "other", "fits"),
    [("ann lee", "bob smith", False), ("ann lee", "lee robert", True), ("ann lee", "анна ли", True), ("jon smyth", "john smythe", True)],
)
def test_names_that_may_be_one_human(one: str, other: str, fits: bool) -> None:
    assert asked("fitting(?, ?)", one, other) is fits


def test_addresses_of_teams() -> None:
    assert asked("team_address(?)", "info@acme.com") is True and asked("team_address(?)", "ann@acme.com") is False

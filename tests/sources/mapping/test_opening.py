"""The raw tables of a declaration: which have to be there, with which columns, under which spellings."""

from __future__ import annotations

from pathlib import Path

import pytest

from bgml.errors import DataError, SettingsError
from bgml.project import find_project
from bgml.sources.run import import_sources
from tests.sources.conftest import ACCOUNT, CONTACT, DEAL, NOW, Org, written


def source(tmp_path: Path, **more: list[dict[str, str]]) -> str:
    return str(written(tmp_path / "org", **{"account": [ACCOUNT], "contact": [CONTACT], "opportunity": [DEAL], **more}))


def test_a_required_table_that_is_missing_is_one_sentence(tmp_path: Path) -> None:
    place = written(tmp_path / "org", contact=[CONTACT])
    with pytest.raises(
        DataError, match="Salesforce: there is no table account or accounts, and nothing can be imported without it; found were contact"
    ):
        import_sources([("salesforce", str(place))], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_table_without_what_it_needs_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(DataError, match='account.csv has no column "id", without which it is of no use; it has name'):
        import_sources([("salesforce", source(tmp_path, account=[{"name": "Acme"}]))], tmp_path / "out")


def test_a_field_that_is_not_there_is_told_the_nearest(tmp_path: Path) -> None:
    place = source(tmp_path, opportunity=[{**DEAL, "Product_Line__c": "Platform"}])
    (tmp_path / "bgml.toml").write_text('[project]\nname = "p"\n[sources.salesforce]\ntopic = "Product_Lin__c"\n', encoding="utf-8")
    with pytest.raises(
        SettingsError, match='names "Product_Lin__c", but opportunity.csv has no such column; did you mean "Product_Line__c"'
    ):
        import_sources([("salesforce", place)], tmp_path / "out", project=find_project(named=tmp_path), now=NOW)


def test_a_table_that_is_there_under_two_names_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"Salesforce: the table account is there twice \(account and accounts\); keep one of them"):
        import_sources([("salesforce", source(tmp_path, accounts=[ACCOUNT]))], tmp_path / "out")


def test_columns_are_found_whatever_their_case_and_punctuation(org: Org) -> None:
    shouted = {'"' + key.upper().replace("_", "") + '"': value for key, value in ACCOUNT.items()}
    assert org(account=[shouted]).rows("accounts") == org(account=[ACCOUNT]).rows("accounts")

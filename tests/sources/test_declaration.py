"""Declarations: what a file may say, and how it is told what it may not."""

from __future__ import annotations

from pathlib import Path

import pytest

from bgml.errors import SettingsError
from bgml.sources.declaration import kinds, load_declaration, settings_of, with_prefixes

SMALL = """
[crm]
name = "mycrm"
title = "My CRM"
prefixes = ["my_"]
[fields.topic]
means = "what a deal is about"
tables = ["company"]
[fields.stages]
means = "won stages"
kind = "patterns"
[tables.company]
names = ["company"]
columns = ["id", "name"]
[[accounts]]
from = "company"
columns = { account_id = "id" }
"""


def declared(tmp_path: Path, text: str = SMALL) -> str:
    path = tmp_path / "mycrm.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_file_of_ones_own_is_read(tmp_path: Path) -> None:
    found = load_declaration(declared(tmp_path))
    assert found.crm.title == "My CRM" and found.blocks["accounts"][0].columns == {"account_id": "id"}
    assert with_prefixes(found.crm, "company") == ["company", "my_company"]


@pytest.mark.parametrize("kind", kinds())
def test_those_of_the_package_say_what_missing_tables_cost(kind: str) -> None:
    found = load_declaration(kind)
    assert any(table.required for table in found.tables.values())
    assert found.crm.name == kind


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('from = "company"', 'from = "compony"', r'\[\[accounts\]\] 1: from = "compony" is not one of \[tables\]; did you mean "company"'),
        ('tables = ["company"]', 'tables = ["deal"]', r'\[fields.topic\]: "deal" is not one of \[tables\]'),
        ('title = "My CRM"', "", "crm.title: Field required"),
        ('names = ["company"]', "names = []", "tables.company.names"),
        ("[crm]", "[crm", "is not valid TOML"),
        ('title = "My CRM"', 'title = "My CRM"\ncolour = "red"', "crm.colour: Extra inputs are not permitted"),
    ],
)
def test_mistakes_are_told_with_their_place(tmp_path: Path, before: str, after: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        load_declaration(declared(tmp_path, SMALL.replace(before, after, 1)))


def test_an_unknown_kind_is_told_the_nearest() -> None:
    with pytest.raises(SettingsError, match='"salesfroce" is no kind of source; did you mean "salesforce"'):
        load_declaration("salesfroce")


def test_settings_fill_fields(tmp_path: Path) -> None:
    found = load_declaration(declared(tmp_path))
    assert settings_of(found, {"topic": "Line__c"}) == {"topic": ["Line__c"], "stages": []}
    assert settings_of(found, {"stages": ("^won", "^signed")})["stages"] == ["^won", "^signed"]


@pytest.mark.parametrize(
    ("given", "said"),
    [({"topics": "x"}, 'topics is not a setting; did you mean "topic"'), ({"topic": ("a", "b")}, "must name one column"),
     ({"stages": ("(",)}, "is no regular expression")],
)  # fmt: skip
def test_settings_that_cannot_be_used_are_told(tmp_path: Path, given: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        settings_of(load_declaration(declared(tmp_path)), given)

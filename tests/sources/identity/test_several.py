"""Two sources as files become one set of tables, and a merge is undone in the folder it wrote."""

from __future__ import annotations

import datetime
from pathlib import Path

import pandas as pd
import pytest

from bgml.sources.run import Imported, import_sources

NOW = datetime.datetime(2026, 1, 5)
MAILER = """
[crm]
name = "mailer"
title = "Mailer"
id_prefix = "mailer:"
[tables.reader]
names = ["reader"]
required = true
columns = ["id", "name", "mail", "sfdc"]
[tables.click]
names = ["click"]
columns = ["id", "reader_id", "clicked"]
[[people]]
from = "reader"
columns = { person_id = "id", name = "clean(name)", email = "email(mail)" }
[[merges]]
from = "reader"
where = "sfdc IS NOT NULL"
columns = { kind = "'people'", id = "id", master = "id18(sfdc)", elsewhere = "'salesforce'", why = "'names its contact'" }
[[signals]]
from = "click"
columns = { signal_id = "id", person_id = "reader_id", category = "'named'", action = "'click'", occurred_at = "moment(clicked)" }
"""
FILES = {
    "crm/account.csv": "id,name,website\n001000000000001,Acme,acme.com\n",
    "crm/contact.csv": (
        "id,account_id,name,email\n003000000000001,001000000000001,Ann Lee,ann@acme.com\n003000000000002,001000000000001,Bob,\n"
    ),
    "crm/opportunity.csv": (
        "id,account_id,stage_name,is_closed,is_won,created_date\n006000000000001,001000000000001,New,0,0,2025-01-01\n"
    ),
    "mailer/reader.csv": "id,name,mail,sfdc\n1,,ANN@acme.com,\n2,Rob,rob@gmail.com,003000000000002\n3,Carl,carl@gmail.com,\n",
    "mailer/click.csv": "id,reader_id,clicked\n1,1,2025-02-01\n2,2,2025-02-02\n3,3,2025-02-03\n",
    "again/reader.csv": "id,name,mail,sfdc\n1,Dana Fox,dana@acme.com,\n",
    "mailer.toml": MAILER,
}
ANN, BOB = "003000000000001AAA", "003000000000002AAA"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def imported(place: Path, *sources: str) -> Imported:
    kinds = {"crm": "salesforce"}
    return import_sources([(kinds.get(name, str(place / "mailer.toml")), str(place / name)) for name in sources], place / "out", now=NOW)


def actors(done: Imported) -> list[str]:
    return pd.read_parquet(done.folder / "signals.parquet").sort_values("occurred_at")["person_id"].tolist()


def test_acts_of_one_source_are_those_of_the_other_sources_people(place: Path) -> None:
    done = imported(place, "mailer", "crm")
    assert done.kinds == ("salesforce", "mailer") and done.merges == 2
    assert actors(done) == [ANN, BOB]
    people = pd.read_parquet(done.folder / "people.parquet").set_index("person_id")
    assert set(people.index) == {ANN, BOB, "mailer:3"} and people["email"][BOB] == "rob@gmail.com"
    entries = {entry.table: entry for entry in done.entries}
    assert (entries["reader"].used, entries["reader"].merged) == (1, 2)
    assert entries["click"].aside == {"its person has no account": 1}


def test_undo_lasts_from_import_to_import_until_it_is_taken_back(place: Path) -> None:
    lines = pd.read_csv(imported(place, "crm", "mailer").folder / "merges.csv", dtype="object")
    lines["undo"] = (lines["merged"] == "mailer:1").map({True: "yes", False: ""})
    lines.to_csv(place / "out" / "merges.csv", index=False)
    for _ in range(2):
        done = imported(place, "crm", "mailer")
        assert done.merges == 1 and actors(done) == ["mailer:1", BOB]
    (place / "out" / "apart.csv").unlink()
    assert actors(imported(place, "crm", "mailer")) == [ANN, BOB]


def test_small_numbers_of_two_sources_of_a_kind_are_two_people(place: Path) -> None:
    people = pd.read_parquet(imported(place, "crm", "mailer", "again").folder / "people.parquet")
    assert people.set_index("person_id")["name"]["mailer2:1"] == "Dana Fox"

"""What Data Loader reads."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from bgml.config import CrmSection
from bgml.project import Project
from bgml.ranking.handout import contents
from bgml.ranking.handout.crm import salesforce
from bgml.ranking.handout.drafts import contacts, opportunities
from bgml.ranking.handout.export import export
from tests.ranking.handout.drafts.test_opportunities import NONE
from tests.ranking.handout.rankings import Made

PAIR: dict[str, Any] = {"account_id": "0015000000abcde", "topic": "ai"}
MEMBERS = [
    {**PAIR, "person_id": "003A", "role": "it_security"},
    {**PAIR, "person_id": "003B", "role": "procurement", "actions_91d": 0},
    {**PAIR, "person_id": "003C", "actions_91d": 0},
]


def made(project: Project, **group: Any) -> tuple[pa.Table, pa.Table]:
    book = [{"person_id": "003A", "name": "Ann", "email": "ann@x.com"}]
    found = contents.read(project, Made([{**PAIR, **group}], MEMBERS, book=book).stored(project))
    drafts, _ = opportunities.drafts(found, NONE, 180)
    return opportunities.table(drafts, found, ["# =brief\n"] * len(drafts)), contacts.table(drafts, found)


def test_columns_are_the_fields_they_go_to(project: Project) -> None:
    drafts, people = made(project, owner="005A0000001abcdEAA", next_step="x" * 300)
    (row,) = salesforce.opportunities(drafts, CrmSection()).to_pylist()
    assert list(row) == [
        "BGML_External_Id__c", "Name", "AccountId", "StageName", "CloseDate", "Amount", "CurrencyIsoCode", "Probability", "NextStep",
        "OwnerId", "Description",
    ]  # fmt: skip
    assert (row["AccountId"], row["StageName"], row["Probability"]) == ("0015000000abcde", "Prospecting", 25)
    assert (row["OwnerId"], len(row["NextStep"])) == ("005A0000001abcdEAA", 255)
    rows = salesforce.contacts(people, CrmSection()).to_pylist()
    assert [(role["ContactId"], role["Role"], role["IsPrimary"]) for role in rows] == [
        ("003A", "Technical Buyer", True), ("003B", "Other", False), ("003C", None, False),
    ]  # fmt: skip
    assert {role["Opportunity.BGML_External_Id__c"] for role in rows} == {row["BGML_External_Id__c"]}


def test_an_owner_who_is_no_user_is_left_to_whoever_loads(project: Project) -> None:
    assert salesforce.opportunities(made(project, owner="ann, who left")[0], CrmSection()).column("OwnerId").to_pylist() == [None]


def test_records_can_be_found_by_other_fields(project: Project) -> None:
    drafts, people = made(project)
    settings = CrmSection(salesforce_account="Account.Number__c", salesforce_contact="Contact.Email", salesforce_stage="New")
    assert salesforce.opportunities(drafts, settings).column("Account.Number__c").to_pylist() == ["0015000000abcde"]
    assert salesforce.opportunities(drafts, settings).column("StageName").to_pylist() == ["New"]
    assert salesforce.contacts(people, settings).column("Contact.Email").to_pylist() == ["ann@x.com", None, None]


def test_the_file_is_strict_csv_and_leaves_ids_as_they_are(project: Project, tmp_path: Path) -> None:
    drafts, _ = made(project, account_name='=Cmd("x"),\r\n李 🎉', account_id="-1")
    path = tmp_path / "Opportunity.csv"
    table = salesforce.opportunities(drafts, CrmSection())
    export(table, path, guarded=False)
    text = path.read_bytes().decode("utf-8")
    header, row = csv.reader(text.splitlines(keepends=True), strict=True)
    assert header == table.column_names
    assert row[1:3] == ['“=Cmd("x"), 李 🎉” - ai', "-1"]
    read = duckdb.sql(f"select * from read_csv('{path}', all_varchar=true, strict_mode=true)").fetchall()
    assert [[cell or "" for cell in line] for line in read] == [row]

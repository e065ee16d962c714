"""The workbook a sales manager opens on Monday."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa

from bgml.project import Project
from bgml.ranking.handout import contents, workbook
from tests.ranking.handout.rankings import DAY, Made

GROUPS = [
    {"account_id": "a", "topic": "Data/AI", "account_name": "Acme", "owner": "Ann", "next_step": "Contact [p1], finance", "route": "lead"},
    {"account_id": "b", "topic": "Data/AI", "account_name": "=B()", "owner": "bob: north?", "reasons": ["[p3] came"], "route": "account"},
    {"account_id": "b", "topic": "cloud", "account_name": "=B()", "owner": "bob: north?", "selected": False, "next_step": "Contact [p3]"},
    {"account_id": "c", "topic": "cloud", "expected_amount": None, "selected_by": "exploration"},
    {"account_id": "d", "topic": "cloud", "selected": False, "reasons": None, "next_step": "Contact [p9]"},
]
MEMBERS = [
    {"account_id": "a", "topic": "Data/AI", "person_id": "p1", "role": "finance", "role_source": "title", "next_step": "Contact [p1]"},
    {"account_id": "a", "topic": "Data/AI", "visitor_id": "v1", "actions_91d": 1},
    {"account_id": "b", "topic": "Data/AI", "person_id": "p3", "role": "it_security", "last_touch": DAY},
    {"account_id": "b", "topic": "cloud", "person_id": "p3"},
]
BOOK = [
    {"person_id": "p1", "name": "李雷 🎉", "email": "+l@x.com", "title": "CFO", "department": None},
    {"person_id": "p3", "name": "=cmd()", "email": None, "title": 'VP "IT"\nand more', "department": None},
]


def opened(project: Project, made: Made, path: Path) -> Any:
    workbook.write(contents.read(project, made.stored(project)), path)
    return openpyxl.load_workbook(path)


def rows(sheet: Any) -> list[dict[str, Any]]:
    header, *found = sheet.iter_rows(values_only=True)
    return [dict(zip(header, row, strict=True)) for row in found]


def test_this_week_then_owners_then_the_rest(project: Project, tmp_path: Path) -> None:
    book = opened(project, Made(GROUPS, MEMBERS, book=BOOK), tmp_path / "m.xlsx")
    assert book.sheetnames == ["This week", "Ann", "bob north", "Unassigned", "Leads", "People", "All groups", "About"]
    assert [row["Rank"] for row in rows(book["This week"])] == [1, 2, 4]
    assert [[row["Account"] for row in rows(book[name])] for name in book.sheetnames[1:4]] == [["Acme"], ["=B()"], ["c"]]
    assert all(book[name].freeze_panes == "A2" and book[name].auto_filter.ref for name in book.sheetnames)


def test_people_of_the_lead_route_have_a_sheet_of_their_own(project: Project, tmp_path: Path) -> None:
    book = opened(project, Made(GROUPS, MEMBERS, book=BOOK), tmp_path / "m.xlsx")
    assert [(row["Account"], row["Id"]) for row in rows(book["Leads"])] == [("Acme", "p1")]
    without = [{**group, "route": "group"} for group in GROUPS]
    assert "Leads" not in opened(project, Made(without, MEMBERS, book=BOOK, ranking_id="1" * 16), tmp_path / "n.xlsx").sheetnames


def test_a_row_tells_whom_to_reach_why_and_what_for(project: Project, tmp_path: Path) -> None:
    book = opened(project, Made(GROUPS, MEMBERS, book=BOOK), tmp_path / "m.xlsx")
    first, second, third = rows(book["This week"])
    assert first["Next step"] == "Contact 李雷 🎉, finance"
    assert first["Whom"] == "李雷 🎉 (finance)"
    assert first["Why"] == "4 people in four weeks\nagainst: no MQL"
    assert (first["Missing roles"], first["Coverage"], first["Amount if won"]) == ("decision maker", 0.5, 4000)
    assert (second["Why"], second["Whom"]) == ("=cmd() came", "=cmd() (it security)")
    assert second["Other topics of the account"] == "cloud: rank 3, chance 20%, 2 people"
    assert (third["Amount if won"], third["Owner"], third["Chosen by"]) == (None, None, "exploration")
    place = 1 + list(workbook.GROUP_COLUMNS).index("Coverage")
    assert book["This week"].cell(2, place).number_format == "0%"


def test_each_group_leads_to_its_people(project: Project, tmp_path: Path) -> None:
    book = opened(project, Made(GROUPS, MEMBERS, book=BOOK), tmp_path / "m.xlsx")
    people = rows(book["People"])
    assert [(row["Account"], row["Person"], row["Id"]) for row in people] == [
        ("Acme", "李雷 🎉", "p1"), ("Acme", "(anonymous visitor)", "v1"), ("=B()", "=cmd()", "p3"),
    ]  # fmt: skip
    assert people[0]["E-mail"] == "+l@x.com"
    assert people[2]["Last touch"] == datetime.datetime(2025, 6, 2)
    links = [row[1].hyperlink and row[1].hyperlink.location for row in book["This week"].iter_rows(min_row=2)]
    assert links == ["'People'!A2", "'People'!A4", None]
    assert not [cell for name in book.sheetnames for row in book[name].iter_rows() for cell in row if cell.data_type == "f"]


def test_every_group_is_there_with_its_own_columns(project: Project, tmp_path: Path) -> None:
    made = Made(GROUPS, MEMBERS, book=BOOK)
    book = opened(project, made, tmp_path / "m.xlsx")
    found = rows(book["All groups"])
    assert [row["account_id"] for row in found] == ["a", "b", "b", "c", "d"]
    assert [row["next_step"] for row in found] == ["Contact 李雷 🎉, finance", None, "Contact =cmd()", None, "Contact [p9]"]
    assert "ranking_id" not in found[0]
    about = {row["what"]: row["is"] for row in rows(book["About"])}
    assert (about["as_of"], about["ranking_id"], about["model"]) == ("2025-06-02", "0" * 16, "propensity")


def test_without_members_there_is_no_sheet_of_people(project: Project, tmp_path: Path) -> None:
    book = opened(project, Made(GROUPS, members=None), tmp_path / "m.xlsx")
    assert "People" not in book.sheetnames
    assert any("was made before rankings held members" in str(row["is"]) for row in rows(book["About"]))
    assert rows(book["This week"])[0]["Next step"] == "Contact [p1], finance"


def test_nothing_selected_and_nobody_with_an_owner(project: Project, tmp_path: Path) -> None:
    book = opened(project, Made([{"account_id": 1, "topic": 2, "selected": False}]), tmp_path / "m.xlsx")
    assert book.sheetnames == ["This week", "People", "All groups", "About"]
    assert rows(book["This week"]) == []


def test_members_with_names(project: Project, tmp_path: Path) -> None:
    found = contents.read(project, (stored := Made(GROUPS, MEMBERS, book=BOOK).stored(project)))
    workbook.write_members(found, stored.table("members"), tmp_path / "m.xlsx")
    people = rows(openpyxl.load_workbook(tmp_path / "m.xlsx").active)
    assert [row["Person"] for row in people] == ["李雷 🎉", "(anonymous visitor)", "=cmd()", "=cmd()"]
    assert [row["Rank"] for row in people] == [1, 1, 2, 3]
    assert people[0]["Next step"] == "Contact 李雷 🎉"


def test_columns_are_of_one_kind_whatever_is_missing() -> None:
    assert {str(kind) for kind in workbook.GROUP_COLUMNS.values()} <= {"string", "double", "int32"}
    assert all(isinstance(kind, pa.DataType) for kind in workbook.PEOPLE_COLUMNS.values())

"""Worksheets: names they may have, links, heights, the same bytes for the same tables."""

from __future__ import annotations

import datetime
from pathlib import Path

import openpyxl
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from bgml.ranking.handout import sheet
from bgml.ranking.handout.sheet import Sheet


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text(max_size=40), max_size=8))
def test_any_owners_give_legal_names_that_differ(owners: list[str]) -> None:
    taken = ("This week", "People")
    names = sheet.sheet_names(owners, taken)
    assert len(names) == len(owners)
    assert len({name.casefold() for name in (*names, *taken, "History")}) == len(names) + 3
    book = openpyxl.Workbook(write_only=True)
    for name in names:
        assert 0 < len(name.encode("utf-16-le")) <= 62
        assert not name.startswith("'")
        assert not name.endswith("'")
        assert book.create_sheet(name).title == name


def test_names_stay_near_to_what_was_wanted() -> None:
    long = "Geschäftsführung Süd-West und Ausland"
    assert sheet.sheet_names(["Ann", "ann", "People", "a/b", "李雷 🎉", long, long + "!"], ["People"]) == [
        "Ann", "ann (2)", "People (2)", "a b", "李雷 🎉", "Geschäftsführung Süd-West und A", "Geschäftsführung Süd-West u (2)",
    ]  # fmt: skip


def test_three_hundred_owners_of_one_name(tmp_path: Path) -> None:
    names = sheet.sheet_names(["O'Neil " * 9] * 300)
    sheet.save([Sheet(name, pa.table({"a": [1]})) for name in names], tmp_path / "b.xlsx")
    assert openpyxl.load_workbook(tmp_path / "b.xlsx").sheetnames == names


def test_formats_links_and_heights_are_read_back(tmp_path: Path) -> None:
    table = pa.table(
        {"account": ["=1+1", "b"], "share": [0.25, None], "day": [datetime.date(2025, 6, 2)] * 2, "why": ["x" * 130, "a\nb\nc"]}
    )
    page = Sheet(
        "This week", table, {"share": "0%", "day": "yyyy-mm-dd"}, frozenset({"why"}), {"account": [sheet.place("O'Neil", 7), None]}
    )
    sheet.save([page, Sheet("O'Neil", table)], tmp_path / "b.xlsx")
    found = openpyxl.load_workbook(tmp_path / "b.xlsx")["This week"]
    assert found["A2"].hyperlink.location == "'O''Neil'!A7"
    assert (found["A2"].value, found["A2"].data_type, found["A2"].quotePrefix) == ("=1+1", "s", True)
    assert found["A3"].hyperlink is None
    assert (found["B2"].value, found["B2"].number_format, found["C2"].number_format) == (0.25, "0%", "yyyy-mm-dd")
    assert found["D2"].alignment.wrap_text
    assert not found["A3"].alignment.wrap_text
    assert [found.row_dimensions[row].height for row in (2, 3)] == [45, 45]


def test_the_same_tables_give_the_same_bytes(tmp_path: Path) -> None:
    made = datetime.datetime(2025, 6, 2)
    for name in ("a.xlsx", "b.xlsx"):
        sheet.save([Sheet("one", pa.table({"a": ["x", "=y"]}))], tmp_path / name, made)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    assert openpyxl.load_workbook(tmp_path / "a.xlsx").properties.modified == made

"""Files for people: what is read back is what was written, and no text becomes a formula."""

import csv
import datetime
import errno
import os
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bgml.errors import RankingError
from bgml.ranking.handout import export, sheet

NASTY = ["=1+1", "+1", "-1", "@sum(a1)", "\t=1", "\r=1"]
TABLE = pa.table({
    "as_of": pa.array([datetime.date(2025, 6, 2)] * 3, pa.date32()),
    "rank": pa.array([1, 2, 3], pa.int32()),
    "account_name": ['Brown, "Sons" & Co', "Zoë\nGmbH", None],
    "propensity": [0.1 + 0.2, -1e-300, float("nan")],
    "selected": [True, False, None],
    "reasons": pa.array([["4 people", "against: no MQL"], [], None], pa.list_(pa.string())),
})  # fmt: skip


def read_csv(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def read_sheet(path: Path) -> list[tuple[object, ...]]:
    return [tuple(cell for cell in row) for row in openpyxl.load_workbook(path).active.iter_rows(values_only=True)]


def test_parquet_reads_back_equal(tmp_path: Path) -> None:
    export.export(TABLE, tmp_path / "r.parquet")
    found = pq.read_table(tmp_path / "r.parquet")
    assert found.schema == TABLE.schema
    assert found.drop_columns(["propensity"]).equals(TABLE.drop_columns(["propensity"]))
    assert str(found.column("propensity").to_pylist()) == str(TABLE.column("propensity").to_pylist())


def test_csv_reads_back_equal(tmp_path: Path) -> None:
    export.export(TABLE, tmp_path / "r.csv")
    assert read_csv(tmp_path / "r.csv") == [
        TABLE.column_names,
        ["2025-06-02", "1", 'Brown, "Sons" & Co', "0.30000000000000004", "true", "4 people; against: no MQL"],
        ["2025-06-02", "2", "Zoë\nGmbH", "-1e-300", "false", ""],
        ["2025-06-02", "3", "", "", "", ""],
    ]
    assert (tmp_path / "r.csv").read_bytes().startswith(b"as_of,rank,account_name,propensity,selected,reasons\r\n")


def test_a_worksheet_reads_back_equal(tmp_path: Path) -> None:
    export.export(TABLE, tmp_path / "r.xlsx")
    day = datetime.datetime(2025, 6, 2)
    assert read_sheet(tmp_path / "r.xlsx") == [
        tuple(TABLE.column_names),
        (day, 1, 'Brown, "Sons" & Co', pytest.approx(0.3, rel=1e-15), True, "4 people; against: no MQL"),
        (day, 2, "Zoë\nGmbH", -1e-300, False, None),
        (day, 3, None, None, None, None),
    ]


def test_a_worksheet_is_laid_out_for_reading(tmp_path: Path) -> None:
    export.export(TABLE, tmp_path / "r.xlsx")
    found = openpyxl.load_workbook(tmp_path / "r.xlsx").active
    assert (found.freeze_panes, found.auto_filter.ref) == ("A2", "A1:F4")
    assert found["A1"].font.bold
    assert 20 <= found.column_dimensions["C"].width <= sheet.WIDEST


def test_text_never_becomes_a_formula(tmp_path: Path) -> None:
    table = pa.table({"name": [*NASTY, "a=b"], "score": [-1.5] * 7})
    for name in ("r.csv", "r.xlsx"):
        export.export(table, tmp_path / name)
    rows = read_csv(tmp_path / "r.csv")[1:]
    assert [row[0] for row in rows] == [*(f"'{text}" for text in NASTY), "a=b"]
    assert {row[1] for row in rows} == {"-1.5"}, "numbers stay numbers"
    cells = [row[0] for row in openpyxl.load_workbook(tmp_path / "r.xlsx").active.iter_rows(min_row=2)]
    assert [cell.data_type for cell in cells] == ["s"] * 7
    assert [cell.value for cell in cells] == [*NASTY[:-1], "\n=1", "a=b"], "a worksheet knows one line break"
    assert [cell.quotePrefix for cell in cells] == [True] * 6 + [False]


def test_what_a_worksheet_cannot_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    export.export(pa.table({"name": ["bell \x07 and \x00", "x" * 40_000]}), tmp_path / "r.xlsx")
    (_, (first,), (second,)) = read_sheet(tmp_path / "r.xlsx")
    assert first == "bell   and  "
    assert len(str(second)) == sheet.MOST_CHARACTERS
    monkeypatch.setattr(sheet, "MOST_ROWS", 3)
    with pytest.raises(RankingError, match=r"a worksheet holds 2 rows, these are 3; write \.csv or \.parquet"):
        export.export(TABLE, tmp_path / "s.xlsx")
    assert not (tmp_path / "s.xlsx").exists()


@pytest.mark.parametrize("name", ["r.csv", "r.parquet", "r.xlsx"])
def test_a_table_without_rows(tmp_path: Path, name: str) -> None:
    export.export(TABLE.slice(0, 0), tmp_path / name)
    assert (tmp_path / name).stat().st_size


@pytest.mark.parametrize("name", ["r.csv", "r.parquet", "r.xlsx"])
def test_a_failed_write_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    (tmp_path / name).write_text("former")

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(export.os, "fsync", full)
    with pytest.raises(RankingError, match="was not written: No space left on device"):
        export.export(TABLE, tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text() == "former"


def test_places_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(RankingError, match=r'ends in "\.xls"; a file to write ends in \.csv, \.parquet, \.xlsx; did you mean "\.xlsx"'):
        export.writer_for(tmp_path / "r.xls")
    with pytest.raises(RankingError, match="is a folder; name a file in it"):
        export.writer_for(tmp_path)
    with pytest.raises(RankingError, match="cannot be written: there is no folder"):
        export.writer_for(tmp_path / "missing" / "r.csv")

"""CSV read strictly: what is no row is set aside with its line, what cannot be a table stops."""

from __future__ import annotations

import duckdb
import pandas as pd
import pytest

from bgml.data.csvfiles import header, stage
from bgml.data.dataset import inspect, open_dataset
from bgml.errors import DataError


def staged(folder, content, *more):
    files = []
    for number, body in enumerate((content, *more)):
        files.append(folder / f"part{number}.csv")
        files[-1].write_bytes(body)
    made = stage(duckdb.connect(), files, folder / "out.parquet")
    return pd.read_parquet(made.path), made.rejected.to_pylist()


def test_rows_are_text_an_empty_field_is_null_and_a_byte_order_mark_is_no_name(tmp_path):
    rows, rejected = staged(tmp_path, b'\xef\xbb\xbfid,name\r\n007,"Smith, ""Jo""\nof York"\r\n8,\r\n')
    assert rows["id"].tolist() == ["007", "8"]
    assert rows["name"].fillna("null").tolist() == ['Smith, "Jo"\nof York', "null"]
    assert rejected == []


@pytest.mark.parametrize(
    ("line", "problem", "text"),
    [
        (b"2", "too few fields", "2"),
        (b"2,b,c", "too many fields", "2,b,c"),
        (b"2,b\xff", "bytes that are not UTF-8", "2,b?"),
        (b'2,"b"x', "a quote that is not closed", '2,"b"x'),
    ],
)
def test_a_line_that_is_no_row_is_set_aside(tmp_path, line, problem, text):
    rows, rejected = staged(tmp_path, b"id,name\n1,a\n" + line + b"\n3,c\n")
    assert rows["id"].tolist() == ["1", "3"]
    assert rejected == [{"file": "part0.csv", "line": 3, "text": text, "problem": problem, "lines": 1}]


def test_an_open_quote_counts_all_the_lines_it_swallows(tmp_path):
    rows, rejected = staged(tmp_path, b'id,name\n1,a\n2,"b\n3,c\n4,d\n')
    assert rows["id"].tolist() == ["1"]
    assert [(row["line"], row["lines"]) for row in rejected] == [(3, 3)]


def test_parts_are_joined_by_name(tmp_path):
    rows, rejected = staged(tmp_path, b"id,name\n1,a\n", b"name,id,extra\nb,2,x\nc\n")
    assert sorted(rows["id"]) == ["1", "2"]
    assert set(rows) == {"id", "name", "extra"}
    assert [row["file"] for row in rejected] == ["part1.csv"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "t.csv is empty; its first line should name the columns"),
        (b" \n\n", "t.csv is empty; its first line should name the columns"),
        (b"\nid,name\n1,a\n", "the header of t.csv cannot be read as comma-separated names"),
        (b"id,id\n1,2\n", 't.csv has two columns "id" and "id"; every column needs a name of its own'),
        (b"id,ID\n1,2\n", 't.csv has two columns "id" and "ID"; every column needs a name of its own'),
        (b"id;name\n1;a\n", 'the header "id;name" is not separated by commas; write the file with commas'),
        ("id,name\n".encode("utf-16"), "t.csv is UTF-16; save it as UTF-8"),
        (b"id,n\xe4me\n", "the header of t.csv is not UTF-8; save the file as UTF-8"),
        (b'id,"name\n1,a\n', "the header of t.csv cannot be read as comma-separated names"),
    ],
)
def test_a_header_that_cannot_be_used(tmp_path, content, message):
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    with pytest.raises(DataError) as raised:
        header(path)
    assert str(raised.value) == message


def test_a_column_without_a_name_gets_one(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes(b",id, name \n0,1,a\n")
    assert header(path) == ["unnamed_1", "id", "name"]


def test_mixed_line_ends_are_named(tmp_path):
    with pytest.raises(DataError, match=r"part0.csv mixes kinds of line ends"):
        staged(tmp_path, b"id,name\r\n1,a\r\n2,b\r3,c\r\n")


def test_lines_that_are_no_rows_are_faults_of_their_table(frames, placed, tmp_path):
    project = placed(frames, "csv")
    with (tmp_path / "data" / "signals.csv").open("ab") as file:
        file.write(b"s90,a0\ns91,\xff\xfe,,,,,,,,\ns92,a0,,,ai,named,visit,1,2024-01-01,,more\n")
    dataset = open_dataset(project)
    assert [fault.message for fault in dataset.report.faults] == [
        "signals: bytes that are not UTF-8 in 1 of 63 rows, for example line 63 of signals.csv; correct these lines",
        "signals: too few fields in 1 of 63 rows, for example line 62 of signals.csv; correct these lines",
        "signals: too many fields in 1 of 63 rows, for example line 64 of signals.csv; correct these lines",
    ]
    aside = pd.read_parquet(tmp_path / ".bgml" / "quarantine" / "signals.parquet")
    assert aside["line"].tolist() == [62, 63, 64]
    assert aside["text"][0] == "s90,a0"


def test_text_that_is_no_number_or_time_is_a_row_fault(frames, placed):
    frames["signals"]["weight"] = frames["signals"]["weight"].astype(object)
    frames["signals"]["occurred_at"] = frames["signals"]["occurred_at"].astype(str)
    frames["signals"].loc[3, "weight"] = "heavy"
    frames["signals"].loc[4, "occurred_at"] = "03/05/2024"
    frames["signals"].loc[5, "occurred_at"] = " 2024-01-06T09:30:00+02:00 "
    frames["opportunities"]["closed_at"] = ["2024-02-10", "2024-02-11", "someday"]
    dataset = open_dataset(placed(frames, "csv"))
    assert [fault.message for fault in dataset.report.faults] == [
        'signals.weight: not a number in 1 of 60 rows, for example "heavy" (signal_id "s03"); write it as 12.5',
        'signals.occurred_at: not a time in 1 of 60 rows, for example "03/05/2024" (signal_id "s04"); '
        "write it as 2026-01-05 or 2026-01-05T09:30:00Z",
    ]
    signals = dataset.frame("signals").set_index("signal_id")
    assert signals.loc["s05", "occurred_at"] == pd.Timestamp("2024-01-06 07:30")


def test_ids_of_csv_are_integers_when_all_of_every_table_are(frames, placed):
    for name in ("accounts", "signals", "opportunities"):
        frames[name]["account_id"] = frames[name]["account_id"].str[1:]
    assert str(open_dataset(placed(frames, "csv")).frame("accounts")["account_id"].dtype) == "int64"
    frames["signals"].loc[3, "account_id"] = "007"
    _, checked = inspect(placed(frames, "csv"))
    assert checked.report.warnings == (
        "account_id looks like an integer in accounts.csv, opportunities.csv but not in signals.csv: "
        "it is read as text everywhere, so 7 and 007 are two ids",
    )
    assert [fault.message for fault in checked.report.faults] == [
        'signals.account_id: absent from accounts in 1 of 60 rows, for example "007"; add it to accounts or correct the account_id'
    ]


def test_a_typed_table_decides_what_an_id_of_csv_is(frames, placed, tmp_path):
    for name in ("accounts", "signals", "opportunities"):
        frames[name]["account_id"] = frames[name]["account_id"].str[1:]
    project = placed(frames, "csv")
    (tmp_path / "data" / "accounts.csv").unlink()
    frames["accounts"].to_parquet(tmp_path / "data" / "accounts.parquet")
    assert str(open_dataset(project).frame("signals")["account_id"].dtype) == "str"
    frames["accounts"].astype({"account_id": "int64"}).to_parquet(tmp_path / "data" / "accounts.parquet")
    assert str(open_dataset(project).frame("signals")["account_id"].dtype) == "int64"
    frames["signals"].assign(account_id="x").to_csv(tmp_path / "data" / "signals.csv", index=False)
    with pytest.raises(DataError) as raised:
        open_dataset(project)
    assert str(raised.value) == (
        "signals.account_id: the id is text in signals.csv, but an integer in accounts.parquet; write it as one kind in every table"
    )

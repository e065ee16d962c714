"""Rows and texts taken out of files."""

from __future__ import annotations

import decimal
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bgml.ranking.feedback import erase
from bgml.ranking.feedback.erase import Edit, Fate, edit


def dropping(person: str) -> Edit:
    return Edit(("person_id",), lambda row: Fate.DROPPED if row["person_id"] == person else Fate.KEPT)


NAMELESS = Edit(("reason",), lambda row: Fate.BLANKED if "Ann" in (row["reason"] or "") else Fate.KEPT, blank="reason")


@pytest.mark.parametrize("ids", [["p1", "p2", None], [1, 2, None], [1.0, 2.0, None], [decimal.Decimal(1), decimal.Decimal(2), None]])
def test_rows_of_a_parquet_file(tmp_path: Path, ids: list[object]) -> None:
    path = tmp_path / "people.parquet"
    table = pa.table({"person_id": pa.array(ids), "name": ["Ann", "Bo", "Cy"], "n": pa.array([1, 2, 3], pa.int8())})
    pq.write_table(table, path, compression="gzip")
    path.chmod(0o640)
    person = "p1" if isinstance(ids[0], str) else "1"
    assert edit(path, dropping(person)) == 1
    assert pq.read_table(path).equals(table.slice(1))
    assert pq.ParquetFile(path).metadata.row_group(0).column(0).compression == "GZIP"
    assert path.stat().st_mode & 0o777 == 0o640
    before = path.read_bytes()
    assert edit(path, dropping(person)) == 0
    assert path.read_bytes() == before


def test_dictionaries_pandas_metadata_and_links_are_kept(tmp_path: Path) -> None:
    real, link = tmp_path / "real.parquet", tmp_path / "people.parquet"
    pd.DataFrame({"person_id": pd.Categorical(["p1", "p2"]), "at": pd.to_datetime(["2024-01-01", None])}, index=[5, 6]).to_parquet(real)
    link.symlink_to(real)
    assert edit(link, dropping("p1")) == 1
    assert link.is_symlink()
    found = pd.read_parquet(link)
    assert found.index.tolist() == [6]
    assert found["person_id"].dtype == "category"


def test_a_file_without_the_column_or_without_rows_is_left(tmp_path: Path) -> None:
    path = tmp_path / "people.parquet"
    pq.write_table(pa.table({"other": ["p1"]}), path)
    assert edit(path, dropping("p1")) == 0
    pq.write_table(pa.table({"person_id": pa.array([], pa.string())}), path)
    assert edit(path, dropping("p1")) == 0


def test_texts_of_a_parquet_file(tmp_path: Path) -> None:
    path = tmp_path / "verdicts.parquet"
    pq.write_table(pa.table({"n": [1, 2, 3], "reason": ["Ann said no", None, "no budget"]}), path)
    assert edit(path, NAMELESS) == 1
    assert pq.read_table(path)["reason"].to_pylist() == [None, None, "no budget"]
    assert b"Ann" not in path.read_bytes()


HEADER = b"\xef\xbb\xbfname,person_id,note\r\n"
CSV = HEADER + b'"Lee, Ann",p1,"two\r\nlines"\r\nBo,p2,"a ""b"""\r\n\r\n\xff\xfe,p3,\xc3\xa9\r\nshort\r\nAnn,p1\r\nCy,p1x,'


def test_records_of_a_csv_file_keep_their_bytes(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(CSV)
    assert edit(path, dropping("p1")) == 2
    assert path.read_bytes() == HEADER + b'Bo,p2,"a ""b"""\r\n\r\n\xff\xfe,p3,\xc3\xa9\r\nshort\r\nCy,p1x,'
    assert edit(path, dropping("p1")) == 0


def test_texts_of_a_csv_file(tmp_path: Path) -> None:
    path = tmp_path / "verdicts.csv"
    path.write_text('n,reason,by\n1,"Ann, no",x\n2,,y\n3,no,"z,z"\n', newline="")
    assert edit(path, NAMELESS) == 1
    assert path.read_bytes() == b'n,reason,by\n1,,x\n2,,y\n3,no,"z,z"\n'


def test_long_fields_and_files_that_are_none(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text(f"person_id,name\np1,{'x' * 200_000}\np2,b\n")
    assert edit(path, dropping("p1")) == 1
    assert path.read_text() == "person_id,name\np2,b\n"
    broken = tmp_path / "people.parquet"
    broken.write_bytes(b"PAR1")
    with pytest.raises((OSError, pa.ArrowException)):
        edit(broken, dropping("p1"))


def test_a_death_before_the_rename_leaves_the_former_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "people.parquet"
    pq.write_table(pa.table({"person_id": ["p1", "p2"]}), path)
    before = path.read_bytes()

    def die(path: Path, content: bytes) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(erase, "replaced", die)
    with pytest.raises(KeyboardInterrupt):
        edit(path, dropping("p1"))
    assert path.read_bytes() == before


FIELDS = st.text(st.characters(codec="utf-8", exclude_characters="\x00\r"), max_size=6)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["p1", "p2", "p1 ", "P1"]), FIELDS), max_size=8))
def test_any_csv_loses_the_person_and_nothing_else(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]]) -> None:
    path = tmp_path_factory.mktemp("csv") / "people.csv"
    frame = pd.DataFrame(rows, columns=["person_id", "note"], dtype="str")
    frame.to_csv(path, index=False)
    kept = path.with_name("kept.csv")
    frame[frame["person_id"] != "p1"].to_csv(kept, index=False)
    assert edit(path, dropping("p1")) == sum(person == "p1" for person, _ in rows)
    assert path.read_bytes() == kept.read_bytes()

"""Raw tables of every kind of place: found, numbered, every value as text."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from bgml.errors import BgmlError, DataError
from bgml.sources.raw import places
from tests.postgres_server import Server


def rows(source: Path, name: str, schema: str | None = None) -> list[tuple[object, ...]]:
    connection = duckdb.connect()
    work = source.parent / "work"
    work.mkdir(exist_ok=True)
    table = places(connection, str(source), work, schema)[name].open()
    found = connection.execute(f"SELECT * FROM ({table.relation}) ORDER BY _row").fetchall()
    assert table.rows == len(found) + sum(table.rejected.values())
    assert [row[0] for row in found] == list(range(len(found)))
    return [row[1:] for row in found]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "org"
    made.mkdir()
    return made


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_csv_of_any_usual_encoding(folder: Path, encoding: str) -> None:
    (folder / "Account.CSV").write_bytes('id,name\n1,"Café Zürich"\n2,\n'.encode(encoding))
    assert rows(folder, "account") == [("1", "Café Zürich"), ("2", None)]


def test_lines_that_are_no_rows_are_counted(folder: Path) -> None:
    (folder / "account.csv").write_text("id,name\n1,a\n2\n3,b,c\n", encoding="utf-8")
    table = places(duckdb.connect(), str(folder), folder)["account"].open()
    assert table.rows == 3 and table.rejected == {"too few fields": 1, "too many fields": 1}


def test_parts_are_one_table(folder: Path) -> None:
    (folder / "task").mkdir()
    pd.DataFrame({"id": [1, 2]}).to_parquet(folder / "task" / "b.parquet")
    pd.DataFrame({"id": [3], "subject": ["x"]}).to_parquet(folder / "task" / "c.parquet")
    assert rows(folder, "task") == [(1, None), (2, None), (3, "x")]


def test_a_duckdb_file_with_tables_views_and_schemas(tmp_path: Path) -> None:
    file = tmp_path / "w.duckdb"
    with duckdb.connect(str(file)) as made:
        made.execute('CREATE SCHEMA sf; CREATE TABLE sf."Account" ("Id" INTEGER); INSERT INTO sf."Account" VALUES (7), (8)')
        made.execute('CREATE VIEW sf.contact AS SELECT "Id" + 1 AS id FROM sf."Account"')
        made.execute("CREATE TABLE account (id INTEGER)")
    assert rows(file, "account", "sf") == [(7,), (8,)]
    assert sorted(rows(file, "contact", "sf")) == [(8,), (9,)]
    with pytest.raises(DataError, match=r"holds account twice .*--schema"):
        rows(file, "account")
    with pytest.raises(DataError, match='has no schema "sg"; it has main, sf'):
        rows(file, "account", "sg")


def test_one_table_in_two_files_is_refused(folder: Path) -> None:
    (folder / "account.csv").write_text("id\n1\n", encoding="utf-8")
    pd.DataFrame({"id": [1]}).to_parquet(folder / "account.parquet")
    with pytest.raises(DataError, match=r"holds account twice \(account.csv and account.parquet\)"):
        rows(folder, "account")


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("missing", "does not exist"),
        ("org", "holds no .csv or .parquet file"),
        ("postgresql://ann:secret@db/x", "holds a password"),
        ("oracle://db/x", "is not a warehouse bgml opens"),
        ("env:BGML_NO_SUCH", "BGML_NO_SUCH is not set"),
    ],
)
def test_places_that_cannot_be_read_are_one_sentence(folder: Path, source: str, said: str) -> None:
    place = source if ":" in source else str(folder.parent / source)
    with pytest.raises(BgmlError) as caught:
        places(duckdb.connect(), place, folder.parent)
    assert said in str(caught.value) and "secret" not in str(caught.value)


def test_a_database_gives_its_tables_and_counts_those_nobody_opens(
    tmp_path: Path, postgres: Server, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    postgres.do(
        'CREATE SCHEMA sf; CREATE TABLE sf.account (id TEXT, name TEXT, "NumberOfEmployees" INTEGER)',
        "INSERT INTO sf.account VALUES ('1', 'Acme', 7), ('2', NULL, NULL)",
        "CREATE TABLE sf.live_chat AS SELECT n AS id FROM generate_series(1, 1000) n",
        database=database,
    )
    monkeypatch.setenv("RAW", postgres.at(database))
    connection, closing = duckdb.connect(), ExitStack()
    found = places(connection, "env:RAW", tmp_path, "sf", closing=closing)
    assert {name: place.rows() for name, place in found.items()} == {"account": 2, "live_chat": 1000}
    assert list(tmp_path.iterdir()) == []
    table = found["account"].open()
    assert connection.execute(f"FROM ({table.relation})").fetchall() == [(0, "1", "Acme", 7), (1, "2", None, None)]
    postgres.do("DROP TABLE sf.live_chat", database=database)
    with pytest.raises(DataError, match="postgresql: live_chat cannot be read: .*; nothing was written") as caught:
        found["live_chat"].rows()
    assert postgres.at(database) not in str(caught.value)
    closing.close()
    assert postgres.do(f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{database}'") == [(0,)]

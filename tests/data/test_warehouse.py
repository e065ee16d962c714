"""Opening what data.url names: every way it can fail is one sentence."""

from __future__ import annotations

import duckdb
import pytest

from bgml.config import settings_from
from bgml.data.dataset import open_dataset
from bgml.data.warehouse import connect_duckdb, open_warehouse, reading
from bgml.errors import DataError
from bgml.project import Project


def project(root, url):
    return Project(root=root, settings=settings_from({"project": {"name": "t"}, "data": {"url": str(url)}}, "test"))


def refusal(root, url):
    with pytest.raises(DataError) as raised:
        open_dataset(project(root, url))
    message = str(raised.value)
    assert "\n" not in message
    return message.replace(str(root), "ROOT")


def test_what_is_not_there(tmp_path):
    assert refusal(tmp_path, "data") == (
        "ROOT/data does not exist; set [data] url to a folder of Parquet or CSV files, a .duckdb file or a database URL"
    )


def test_a_folder_without_tables(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "notes.txt").write_text("hello")
    assert refusal(tmp_path, "data") == (
        "ROOT/data holds no table; it should hold signals.parquet or signals.csv, accounts, opportunities (docs/data.md)"
    )


def test_a_file_of_the_wrong_kind(tmp_path):
    (tmp_path / "signals.parquet").write_text("hello")
    assert refusal(tmp_path, "signals.parquet") == (
        "ROOT/signals.parquet is neither a folder nor a .duckdb file; name its folder ROOT instead"
    )
    (tmp_path / "tables.sqlite").write_text("hello")
    assert refusal(tmp_path, "tables.sqlite") == "ROOT/tables.sqlite is neither a folder nor a .duckdb file"


def test_a_table_that_is_there_twice(tmp_path, frames, placed):
    made = placed(frames, "parquet")
    placed({"signals": frames["signals"]}, "csv")
    with pytest.raises(DataError, match=r"holds signals twice \(signals.parquet and signals.csv\); keep one of them"):
        open_dataset(made)


@pytest.mark.parametrize("content", [b"", b"hello, I am text", b"PAR1" + b"\0" * 40 + b"PAR1"])
def test_a_parquet_file_that_is_none(tmp_path, frames, placed, content):
    made = placed(frames)
    (tmp_path / "data" / "signals.parquet").write_bytes(content)
    with pytest.raises(DataError, match=r"signals.parquet cannot be read: .*; see that it is whole"):
        open_dataset(made)


def test_a_parquet_file_cut_off_or_damaged(tmp_path, frames, placed):
    made = placed(frames)
    path = tmp_path / "data" / "signals.parquet"
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match=r"signals.parquet cannot be read"):
        open_dataset(made)
    path.write_bytes(whole[:40] + b"\xaa" * 200 + whole[240:])
    with pytest.raises(DataError, match=r"signals.parquet cannot be read"):
        open_dataset(made)


def test_a_folder_of_parts(tmp_path, frames, placed):
    made = placed({name: frame for name, frame in frames.items() if name != "signals"})
    for kind, place in (("parquet", "signals"), ("parquet", "signals.parquet"), ("csv", "signals")):
        folder = tmp_path / "data" / place
        (folder / "deeper").mkdir(parents=True)
        first, second = frames["signals"].head(20), frames["signals"].tail(40).drop(columns="weight")
        for path, part in ((folder / f"a.{kind}", first), (folder / "deeper" / f"b.{kind}", second)):
            part.to_parquet(path) if kind == "parquet" else part.to_csv(path, index=False)
        signals = open_dataset(made).frame("signals")
        assert signals["signal_id"].tolist() == frames["signals"]["signal_id"].tolist()
        assert signals["weight"].tolist()[20:] == [1.0] * 40
        for path in (folder / f"a.{kind}", folder / "deeper" / f"b.{kind}"):
            path.unlink()
        (folder / "deeper").rmdir()
        with pytest.raises(DataError, match=r"signals(\.parquet)? holds no .parquet or .csv file"):
            open_dataset(made)
        folder.rmdir()


def test_a_duckdb_file_that_is_none_or_holds_nothing(tmp_path):
    path = tmp_path / "tables.duckdb"
    path.write_text("hello " * 1000)
    assert refusal(tmp_path, path).startswith("ROOT/tables.duckdb cannot be read: ")
    path.unlink()
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE customers AS SELECT 1 AS id")
    assert refusal(tmp_path, path) == (
        "ROOT/tables.duckdb has none of the tables accounts, people, signals, opportunities, opportunity_contacts, topics, touches, "
        "verdicts in its schema main (it holds customers)"
    )


def test_a_duckdb_file_is_opened_read_only_and_may_hold_views(tmp_path, frames, placed):
    made = placed(frames, "duckdb")
    path = tmp_path / "data" / "tables.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("ALTER TABLE signals RENAME TO events; CREATE VIEW signals AS SELECT * FROM events")
    before = path.read_bytes()
    dataset = open_dataset(made)
    assert len(dataset.frame("signals")) == 60
    assert path.read_bytes() == before
    with pytest.raises(duckdb.Error):
        dataset.backend.con.execute("CREATE TABLE project_data.main.more AS SELECT 1")


def test_types_as_databases_have_them(tmp_path, frames, placed):
    made = placed(frames, "duckdb")
    path = tmp_path / "data" / "tables.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("""
            CREATE TYPE kinds AS ENUM ('named', 'anonymous', 'qualified_lead', 'third_party_intent');
            ALTER TABLE signals ALTER weight TYPE DECIMAL(18, 3);
            ALTER TABLE signals ALTER category TYPE kinds;
            ALTER TABLE signals ALTER occurred_at TYPE TIMESTAMP_NS;
            ALTER TABLE signals ALTER recorded_at TYPE TIMESTAMPTZ;
            ALTER TABLE accounts ALTER employees TYPE UTINYINT;
            CREATE TABLE keyed AS SELECT * REPLACE (account_id[2:]::DECIMAL(38, 0) AS account_id) FROM signals;
            CREATE TABLE numbered AS SELECT * REPLACE (account_id[2:]::DECIMAL(38, 0) AS account_id) FROM accounts;
            CREATE TABLE dealt AS SELECT * REPLACE (account_id[2:]::BIGINT AS account_id) FROM opportunities;
            DROP TABLE signals; DROP TABLE accounts; DROP TABLE opportunities;
            ALTER TABLE keyed RENAME TO signals; ALTER TABLE numbered RENAME TO accounts; ALTER TABLE dealt RENAME TO opportunities;
        """)
    dataset = open_dataset(made)
    assert dataset.report.faults == ()
    kinds = dataset.table("signals").schema()
    assert [str(kinds[name]) for name in ("account_id", "weight", "category")] == ["int64", "float64", "string"]
    assert dataset.frame("signals")["weight"].tolist()[:2] == [1.0, 2.0]


def test_urls_that_are_no_warehouse(tmp_path):
    assert refusal(tmp_path, "postgre://db/sales").startswith(
        '"postgre://" is not a warehouse bgml opens; did you mean "postgres"?; it opens postgres, postgresql, snowflake'
    )


def test_the_memory_and_the_threads_are_those_of_the_settings(tmp_path, frames, placed):
    warehouse = open_warehouse(placed(frames, engine={"memory": "512MiB", "threads": 1}))
    asked = "SELECT current_setting('threads'), current_setting('memory_limit'), current_setting('TimeZone')"
    assert warehouse.backend.con.execute(asked).fetchone() == (1, "512.0 MiB", "UTC")
    assert connect_duckdb(1, 2**60).con.execute("SELECT current_setting('preserve_insertion_order')").fetchone() == (False,)


def test_running_out_of_memory_names_the_way_out():
    with pytest.raises(DataError) as raised, reading("signals.parquet"):
        raise duckdb.OutOfMemoryException("Out of Memory Error: failed to allocate data\nPossible solutions: ...")
    assert str(raised.value) == (
        "signals.parquet does not fit into memory (Out of Memory Error: failed to allocate data); "
        "raise engine.memory, or free disk space for what does not fit"
    )

"""Rows of a date in a table of the database: made, replaced, refused; one transaction. On PostgreSQL and on a .duckdb file."""

from __future__ import annotations

import datetime
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from bgml.data.databases.writing import check_target, replace_date
from bgml.errors import DataError

DAY, NEXT = datetime.date(2025, 6, 2), datetime.date(2025, 6, 9)


@dataclass(frozen=True)
class Place:
    """A database to write to, and how to ask it."""

    url: str
    ask: Callable[..., list[tuple[Any, ...]]]


@pytest.fixture(params=["postgres", "duckdb"])
def place(request, tmp_path) -> Place:
    if request.param == "postgres":
        server, name = request.getfixturevalue("postgres"), request.getfixturevalue("database")
        return Place(server.at(name), lambda *statements: server.do(*statements, database=name))
    path = tmp_path / "tables.duckdb"
    duckdb.connect(str(path)).close()

    def ask(*statements):
        with duckdb.connect(str(path)) as connection:
            for statement in statements:
                found = connection.execute(statement)
            return found.fetchall()

    return Place(str(path), ask)


def rows(day=DAY, n=3, **changed):
    columns = {
        "as_of": pa.array([day] * n, pa.date32()),
        "account_id": pa.array([f"a{i}" for i in range(n)], pa.string()),
        "rank": pa.array(range(n), pa.int32()),
        "version": pa.array([2**40] * n, pa.int64()),
        "score": pa.array([0.1 + i for i in range(n)], pa.float64()),
        "selected": pa.array([True] * n, pa.bool_()),
        "reasons": pa.array([None, [], ['it\'s "so", {x}\t\\N', "Ä\n李"]][:n], pa.list_(pa.string())),
    }
    return pa.table(columns | {name: pa.array(values) for name, values in changed.items()})


def held(place, table="rankings"):
    return place.ask(f"SELECT * FROM {table} ORDER BY as_of, rank")


def expected(*tables):
    return [tuple(row.values()) for table in tables for row in table.to_pylist()]


def test_each_date_is_there_once(place):
    replace_date(place.url, "rankings", rows(), DAY)
    assert held(place) == expected(rows())
    replace_date(place.url, "rankings", rows(NEXT, 2), NEXT)
    replace_date(place.url, "rankings", rows(n=2), DAY)
    replace_date(place.url, "rankings", rows(n=2), DAY)
    assert held(place) == expected(rows(n=2), rows(NEXT, 2))
    replace_date(place.url, "rankings", rows(NEXT, 0), NEXT)
    assert held(place) == expected(rows(n=2))


def test_a_schema_can_be_named(place):
    place.ask("CREATE SCHEMA sales")
    replace_date(place.url, "sales.rankings", rows(), DAY)
    assert held(place, "sales.rankings") == expected(rows())
    with pytest.raises(DataError, match=r"nowhere\.rankings.* was not written: .*nowhere"):
        replace_date(place.url, "nowhere.rankings", rows(), DAY)


def test_a_table_of_other_columns_is_refused_and_left_alone(place):
    place.ask("CREATE TABLE rankings (as_of date, mine text)", "INSERT INTO rankings VALUES ('2025-06-02', 'kept')")
    with pytest.raises(DataError) as raised:
        replace_date(place.url, "rankings", rows(), DAY)
    where = "main" if place.url.endswith(".duckdb") else "public"
    assert str(raised.value) == (
        f"the table {where}.rankings has other columns than what is to be written (it lacks account_id, rank, version; it has mine); "
        "name another table, or drop this one"
    )
    assert place.ask("SELECT mine FROM rankings") == [("kept",)]
    replace_date(place.url, "numbered", rows(), DAY)
    other = "account_id TYPE varchar(9)" if where == "public" else "rank TYPE BIGINT"
    place.ask(f"ALTER TABLE numbered ALTER {other}")
    if where == "public":
        with pytest.raises(DataError, match=r"account_id is character varying\(9\) and not text"):
            replace_date(place.url, "numbered", rows(), DAY)
    else:
        with pytest.raises(DataError, match="rank is BIGINT and not INTEGER"):
            replace_date(place.url, "numbered", rows(), DAY)
    place.ask("CREATE VIEW seen AS SELECT * FROM numbered")
    with pytest.raises(DataError, match=r"seen is no table that can be written to"):
        replace_date(place.url, "seen", rows(), DAY)


def test_what_fails_half_way_changes_nothing(place):
    replace_date(place.url, "rankings", rows(), DAY)
    if place.url.endswith(".duckdb"):
        place.ask("CREATE TABLE strict AS FROM rankings", "CREATE UNIQUE INDEX one ON strict (rank)")
    else:
        place.ask("CREATE TABLE strict AS TABLE rankings", "ALTER TABLE strict ADD CHECK (rank < 2 OR as_of < '2025-06-09')")
    twice = pa.concat_tables([rows(NEXT), rows(NEXT)])
    before = held(place, "strict")
    with pytest.raises(DataError, match=r"strict.* was not written: .*nothing is changed") as raised:
        replace_date(place.url, "strict", twice, NEXT)
    assert "\n" not in str(raised.value)
    assert held(place, "strict") == before


@pytest.mark.parametrize("name", ["", "a b", "a;b", "a.b.c", '"x"', "1a", "a.", "Ä", "signals", "crm.Signals"])
def test_names_that_are_refused(name):
    with pytest.raises(DataError, match="no name of a table|a table bgml reads"):
        check_target("postgresql://ann@db/sales", name)


@pytest.mark.parametrize(("url", "why"), [("/home/ann/data", "no database"), ("snowflake://ann@x/db", "a snowflake warehouse")])
def test_places_that_are_refused(url, why):
    with pytest.raises(DataError) as raised:
        check_target(url, "rankings")
    assert str(raised.value) == f"[data] url is {why}: a table is written to PostgreSQL or a .duckdb file; write a file with --out"


def test_rights_that_are_missing(postgres, database):
    user = f"reader_{database}"
    postgres.do(f"CREATE USER {user} PASSWORD 'pw'", "REVOKE CREATE ON SCHEMA public FROM PUBLIC", database=database)
    try:
        with pytest.raises(DataError) as raised:
            replace_date(postgres.at(database, user, "pw"), "rankings", rows(), DAY)
        assert str(raised.value) == (
            "public.rankings was not written: permission denied for schema public; the user needs the right to write there: "
            "GRANT CREATE on the schema, or INSERT, SELECT and DELETE on the table"
        )
    finally:
        postgres.do(f"DROP OWNED BY {user}", f"DROP USER {user}", database=database)


def test_a_connection_lost_while_writing_changes_nothing(postgres, database):
    url = postgres.at(database)
    replace_date(url, "rankings", rows(), DAY)
    postgres.do(
        "CREATE FUNCTION fall() RETURNS trigger LANGUAGE plpgsql AS "
        "'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(5); RETURN NEW; END'",
        "CREATE TRIGGER falling BEFORE INSERT ON rankings FOR EACH ROW WHEN (NEW.rank = 1) EXECUTE FUNCTION fall()",
        database=database,
    )
    with pytest.raises(DataError, match="public.rankings was not written: .*; nothing is changed, run this again$"):
        replace_date(url, "rankings", rows(n=2), DAY)
    assert postgres.do("SELECT count(*) FROM rankings", database=database) == [(3,)]
    postgres.do("DROP TRIGGER falling ON rankings", database=database)
    replace_date(url, "rankings", rows(n=2), DAY)
    assert postgres.do("SELECT count(*) FROM rankings", database=database) == [(2,)]


def test_many_at_once_take_turns(postgres, database):
    failed = []

    def write():
        try:
            replace_date(postgres.at(database), "rankings", rows(), DAY)
        except DataError as error:
            failed.append(error)

    threads = [threading.Thread(target=write) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert postgres.do("SELECT count(*) FROM rankings", database=database) == [(3,)]


def test_a_duckdb_file_that_is_none(tmp_path):
    path = tmp_path / "tables.duckdb"
    path.write_bytes(b"no database")
    with pytest.raises(DataError, match=r"main\.rankings of .*tables\.duckdb was not written: .*; nothing is changed"):
        replace_date(str(path), "rankings", rows(), DAY)

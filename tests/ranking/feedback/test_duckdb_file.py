"""A person taken out of a DuckDB file."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from bgml.ranking.feedback import duckdb_file
from bgml.ranking.feedback.traces import Identity

ANN = Identity("7", frozenset({"Xaviera Quill"}), frozenset(), frozenset({"a1"}))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "it's data.duckdb"
    with duckdb.connect(str(made)) as connection:
        connection.execute("CREATE TABLE people (person_id BIGINT PRIMARY KEY, name VARCHAR)")
        connection.execute("INSERT INTO people VALUES (7, 'Xaviera Quill'), (77, 'Bo')")
        connection.execute("CREATE TABLE verdicts (account_id VARCHAR, reason VARCHAR)")
        connection.execute("INSERT INTO verdicts VALUES ('a1', 'Xaviera left'), ('a9', 'Xaviera left'), ('a1', NULL)")
        connection.execute("CREATE VIEW names AS SELECT name FROM people")
        connection.execute("CREATE SCHEMA other; CREATE TABLE other.kept AS SELECT 1 AS one")
    return made


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(query).fetchall()


def test_rows_and_reasons_go_and_nothing_else(path: Path) -> None:
    assert duckdb_file.erase(path, ANN) == {"people": 1, "verdicts": 1}
    assert rows(path, "FROM people") == [(77, "Bo")]
    assert rows(path, "FROM verdicts") == [("a1", None), ("a9", "Xaviera left"), ("a1", None)]
    assert rows(path, "FROM names") == [("Bo",)]
    assert rows(path, "FROM other.kept") == [(1,)]
    assert [item.name for item in path.parent.iterdir()] == [path.name]


def test_the_name_is_not_left_in_free_blocks(path: Path) -> None:
    assert b"Xaviera Quill" in path.read_bytes()
    duckdb_file.erase(path, ANN)
    assert b"Xaviera Quill" not in path.read_bytes()


def test_a_death_between_deleting_and_copying_is_made_good(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(connection: object, path: Path) -> None:
        (path.parent / f".{path.stem}-left").mkdir()
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(duckdb_file, "_anew", die)
        duckdb_file.erase(path, ANN)
    assert rows(path, "FROM people") == [(77, "Bo")]
    assert duckdb_file.erase(path, ANN, scrub=True) == {}
    assert b"Xaviera Quill" not in path.read_bytes()
    assert [item.name for item in path.parent.iterdir()] == [path.name]


def test_nothing_to_erase_leaves_the_file_as_it_is(path: Path) -> None:
    before = path.stat().st_ino
    assert duckdb_file.erase(path, Identity("nobody")) == {}
    assert path.stat().st_ino == before


def test_views_are_not_written(path: Path) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute("ALTER TABLE verdicts RENAME TO judged; CREATE VIEW verdicts AS FROM judged")
    assert duckdb_file.erase(path, ANN) == {"people": 1}

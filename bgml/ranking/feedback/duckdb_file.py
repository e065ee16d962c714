"""Taking a person out of a DuckDB file: the rows go, and with them the blocks they were in."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import duckdb

from bgml.data.kept.lines import synced
from bgml.ranking.feedback.erase import Fate, as_texts
from bgml.ranking.feedback.traces import Identity


def erase(path: Path, identity: Identity, *, scrub: bool = False) -> dict[str, int]:
    """Rows changed per table of a .duckdb file. DuckDB leaves what it deletes in free blocks, so the file is then copied anew and renamed.

    scrub: copy it anew in any case. Killed at any moment the file is whole, with the rows or without them. duckdb.Error where it cannot be
    opened for writing, or copied; OSError where its folder cannot be written.
    """
    path = path.resolve()
    with duckdb.connect(str(path)) as connection:
        tables = {name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'main'").fetchall()}
        connection.execute("BEGIN")
        changed = {
            "people": _rows(connection, identity) if "people" in tables else 0,
            "verdicts": _reasons(connection, identity) if "verdicts" in tables else 0,
        }
        connection.execute("COMMIT")
        if scrub or any(changed.values()):
            connection.execute("CHECKPOINT")
            _anew(connection, path)
    return {name: number for name, number in changed.items() if number}


def _columns(connection: duckdb.DuckDBPyConnection, table: str) -> set[str]:
    asked = "SELECT column_name FROM duckdb_columns() WHERE schema_name = 'main' AND table_name = ?"
    return {name for (name,) in connection.execute(asked, [table]).fetchall()}


def _rows(connection: duckdb.DuckDBPyConnection, identity: Identity) -> int:
    """Delete their rows of people."""
    if "person_id" not in _columns(connection, "people"):
        return 0
    found = connection.execute('SELECT rowid AS place, person_id FROM main."people"').to_arrow_table()
    places = [row["place"] for row in as_texts(found) if row["person_id"] == identity.person_id]
    connection.execute('DELETE FROM main."people" WHERE rowid IN (SELECT unnest(?::BIGINT[]))', [places])
    return len(places)


def _reasons(connection: duckdb.DuckDBPyConnection, identity: Identity) -> int:
    """Blank the reasons that name them."""
    change = identity.of_reasons
    if not set(change.columns) <= _columns(connection, "verdicts"):
        return 0
    found = connection.execute('SELECT rowid AS place, account_id, reason FROM main."verdicts"').to_arrow_table()
    places = [row["place"] for row in as_texts(found) if change.fate(row) is not Fate.KEPT]
    connection.execute('UPDATE main."verdicts" SET reason = NULL WHERE rowid IN (SELECT unnest(?::BIGINT[]))', [places])
    return len(places)


def _anew(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Put a copy of what the file holds in its place; the open connection keeps other writers out until then."""
    for left in path.parent.glob(f".{path.stem}-*"):
        shutil.rmtree(left, ignore_errors=True)
    database = connection.execute("SELECT current_database()").fetchall()[0][0]
    with tempfile.TemporaryDirectory(prefix=f".{path.stem}-", dir=path.parent) as aside:
        made = Path(aside) / path.name
        connection.execute(f"ATTACH {_text(str(made))} AS bgml_made (TYPE duckdb)")
        connection.execute(f"COPY FROM DATABASE {_name(database)} TO bgml_made")
        connection.execute("DETACH bgml_made")
        with made.open("rb+") as file:
            os.fsync(file.fileno())
        made.chmod(path.stat().st_mode & 0o7777)
        made.replace(path)
        synced(path.parent)


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'

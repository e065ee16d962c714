"""A ranking in a table of the project's database: the rows as they are kept, and the note that it was handed out."""

from __future__ import annotations

import dataclasses

import duckdb
import pytest

from bgml.errors import RankingError
from bgml.ranking.handout import exposure, table_export
from tests.ranking.handout.rankings import Made

GROUPS = [{"account_id": "a1", "topic": "ai"}, {"account_id": "a2", "topic": "ai", "reasons": None}]
MEMBERS = [{"account_id": "a1", "topic": "ai", "person_id": "p1"}]


@pytest.fixture(params=["postgres", "duckdb"])
def into(request, project, tmp_path, monkeypatch):
    """The project with a database, and how to ask that for rows."""
    if request.param == "postgres":
        server, name = request.getfixturevalue("postgres"), request.getfixturevalue("database")
        url, asked = server.at(name), lambda sql: server.do(sql, database=name)
    else:
        url = str(tmp_path / "tables.duckdb")
        duckdb.connect(url).close()

        def asked(sql):
            with duckdb.connect(url, read_only=True) as connection:
                return connection.execute(sql).fetchall()

    monkeypatch.setenv("BGML_TEST_WAREHOUSE", url)
    data = project.settings.data.model_copy(update={"url": "env:BGML_TEST_WAREHOUSE"})
    return dataclasses.replace(project, settings=project.settings.model_copy(update={"data": data})), asked


def test_rows_as_they_are_kept_and_a_note(into):
    project, asked = into
    stored = Made(GROUPS, MEMBERS).stored(project)
    for _ in range(2):
        assert table_export.write(project, stored, "ranking", "rankings").rows == 2
        assert table_export.write(project, stored, "members", "members").rows == 1
    for name, table in (("rankings", "ranking"), ("members", "members")):
        kept = stored.table(table)
        assert asked(f"SELECT * FROM {name} ORDER BY account_id") == [tuple(row.values()) for row in kept.to_pylist()]
    entries, torn = exposure.entries(project)
    assert [(entry["file"], entry["rows"], entry["ranking_id"]) for entry in entries] == [("table rankings", 2, stored.ranking_id)] * 2
    assert not torn


def test_a_ranking_without_members(into):
    project, _ = into
    with pytest.raises(RankingError, match="made before rankings held members"):
        table_export.write(project, Made(GROUPS, None).stored(project), "members", "members")

"""Whatever a database does, a command ends with one sentence that holds no password, and leaves nothing half-written."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from bgml.config import holds_password
from tests.postgres_server import Server, load
from tests.small_project import SETTINGS, small_project, tables

FUSE = """
CREATE FUNCTION fuse(most int) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
DECLARE burnt int;
BEGIN
  SELECT count(*) INTO burnt FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND classid = 4711;
  IF burnt >= most THEN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(5); END IF;
  PERFORM pg_advisory_lock(4711, burnt);
  RETURN true;
END $$
"""
"""A condition that holds `most` times in a session and ends the session the next time, in the middle of whatever it reads."""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project whose tables are where BGML_TEST_WAREHOUSE says."""
    project = small_project(tmp_path / "small")
    (project.root / "bgml.toml").write_text(SETTINGS.replace('url = "data"', 'url = "env:BGML_TEST_WAREHOUSE"'))
    return project.root


@pytest.fixture
def refusal(bgml, root, monkeypatch):
    """What `bgml check` says on a URL that cannot be used."""

    def refused(url: str) -> str:
        monkeypatch.setenv("BGML_TEST_WAREHOUSE", url)
        result = bgml("check", "--project", root)
        assert result.exit_code == 1
        assert result.stderr.count("\n") == 1, result.stderr
        assert "Traceback" not in result.stderr
        return result.stderr.removeprefix("bgml: ").removeprefix("error: ").strip()

    return refused


def without_port(server: Server, message: str) -> str:
    return message.replace(f":{urlsplit(server.url).port}", ":PORT")


def test_a_wrong_password(postgres, database, refusal):
    user = urlsplit(postgres.url).username
    url = postgres.at(database, user, "pl4nted/secret")
    message = without_port(postgres, refusal(url))
    assert message == (
        f'the postgres server 127.0.0.1:PORT refuses the user "{user}" or the password; correct the environment variable that holds the URL'
    )
    assert "pl4nted" not in refusal(url.replace("127.0.0.1", "nowhere.invalid"))
    assert "pl4nted" not in refusal(postgres.at(database) + "?password=pl4nted&sslmode=bad")
    assert "pl4nted" not in refusal(f"postgresql://ann:pl4nted/secret@127.0.0.1/{database}")


def test_a_server_that_is_down_or_unknown(refusal):
    assert refusal("postgresql://ann:pw@127.0.0.1:1/sales") == (
        "no postgres server answers at 127.0.0.1:1; see that it runs, that the URL is right and that no firewall is between"
    )
    assert refusal("postgresql://ann:pw@nowhere.invalid/sales") == (
        "there is no postgres server nowhere.invalid:5432: its name is not known; correct the URL"
    )


def test_an_unknown_database_or_schema(postgres, database, refusal):
    assert without_port(postgres, refusal(postgres.at("nowhere"))) == (
        'the postgres server 127.0.0.1:PORT has no database "nowhere"; correct the end of the URL'
    )
    assert refusal(postgres.at(database) + "/pulbic") == f'the database "{database}" has no schema "pulbic"; did you mean "public"?'
    empty = refusal(postgres.at(database))
    assert empty.startswith('the schema "public" of the postgres warehouse has none of the tables accounts, people')


def test_a_user_without_rights(postgres, database, refusal):
    load(postgres, database, tables(), "crm")
    user = f"nobody_{database}"
    postgres.do(f"CREATE USER {user} PASSWORD 'pl4nted'", database=database)
    try:
        url = postgres.at(database, user, "pl4nted") + "/crm"
        assert refusal(url) == f'the user "{user}" may not use the schema "crm"; GRANT USAGE ON SCHEMA gives that right'
        postgres.do(f"GRANT USAGE ON SCHEMA crm TO {user}", database=database)
        assert refusal(url) == (
            f'the user "{user}" may not read the table accounts of the postgres warehouse; GRANT SELECT ON crm.accounts gives that right'
        )
    finally:
        postgres.do(f"DROP OWNED BY {user}", f"DROP USER {user}", database=database)


@pytest.mark.parametrize("url", ["postgresql://ann:pl4nted@db/sales", "postgresql://ann@db/sales?password=pl4nted"])
def test_a_password_in_the_settings_or_on_the_command_line_is_refused(bgml, root, url):
    assert holds_password(url)
    given = bgml("check", "--data", url, "--project", root)
    (root / "bgml.toml").write_text(SETTINGS.replace('url = "data"', f'url = "{url}"'))
    for result in (given, bgml("check", "--project", root)):
        assert result.exit_code == 1
        assert "holds a password" in result.stderr
        assert "pl4nted" not in result.stderr + result.stdout


def test_a_connection_lost_at_any_read_leaves_nothing_half_written(bgml, root, postgres, database, monkeypatch):
    load(postgres, database, tables())
    monkeypatch.setenv("BGML_TEST_WAREHOUSE", postgres.at(database))
    assert bgml("train", "--project", root).exit_code == 0
    postgres.do("ALTER TABLE signals RENAME TO events", FUSE, database=database)
    before = kept(root)
    for reads in range(0, 60, 7):
        postgres.do(
            "DROP VIEW IF EXISTS signals", f"CREATE VIEW signals AS SELECT * FROM events WHERE (SELECT fuse({reads}))", database=database
        )
        result = bgml("score", "--project", root)
        if result.exit_code == 0:
            break
        assert result.stderr.count("\n") == 1, result.stderr
        assert "the connection was lost while" in result.stderr
        assert result.stderr.strip().endswith("nothing is half-written, run this again")
        assert kept(root) == before
    assert reads > 4
    assert result.exit_code == 0
    assert len(list(root.glob("rankings/as_of=*/ranking_id=*/manifest.json"))) == 1


def kept(root: Path) -> set[Path]:
    """The files of a project but MLflow's own, and columns that were finished before and are kept to be used again."""
    return {path for path in root.rglob("*") if path.is_file() and not {"mlruns", "numba", "cache"} & set(path.parts)}

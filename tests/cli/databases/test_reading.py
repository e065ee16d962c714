"""Every command that reads gives from PostgreSQL what it gives from files, and shows nobody the password."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from bgml.cli import terminal
from bgml.cli.main import app
from tests.data.databases.test_postgres import odd_ids
from tests.postgres_server import Server, load
from tests.postgres_server import database as new_database
from tests.small_project import SETTINGS, small_project, tables

Run = Callable[..., Result]
PASSWORD = "planted/secret:é@1"


@dataclass(frozen=True)
class Twin:
    """Two projects of the same tables, and what each command said in them."""

    files: Path
    database: Path
    server: Server
    name: str


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory, postgres: Server) -> Iterator[Twin]:
    """A project of files and one of a user who may only read, both trained, a ranking made in each."""
    frames = odd_ids(tables())
    roots = [small_project(tmp_path_factory.mktemp("twin") / name, frames=frames).root for name in ("files", "database")]
    (roots[1] / "bgml.toml").write_text(SETTINGS.replace('url = "data"', 'url = "env:BGML_TEST_WAREHOUSE"'))
    for path in (roots[1] / "data").iterdir():
        path.unlink()
    with new_database(postgres) as name, pytest.MonkeyPatch.context() as patched:
        load(postgres, name, frames, "crm")
        reader = f"reader_{name}"
        postgres.do(
            f"CREATE USER {reader} PASSWORD '{PASSWORD}'", f"GRANT USAGE ON SCHEMA crm TO {reader}",
            f"GRANT SELECT ON ALL TABLES IN SCHEMA crm TO {reader}", f'REVOKE TEMPORARY ON DATABASE "{name}" FROM PUBLIC', database=name,
        )  # fmt: skip
        patched.setenv("BGML_TEST_WAREHOUSE", postgres.at(name, reader, PASSWORD) + "/crm")
        for command in ("train", "score"):
            for root in roots:
                result = CliRunner().invoke(app, [command, "--project", str(root)])
                assert result.exit_code == 0, result.stderr
        yield Twin(*roots, postgres, name)
    postgres.do(f"DROP USER {reader}")


@pytest.fixture
def both(twin: Twin) -> Iterator[Callable[..., tuple[Result, Result]]]:
    """Run a command in both projects, which must succeed; the output of both."""

    def run(*arguments: str) -> tuple[Result, Result]:
        results = [CliRunner().invoke(app, [*arguments, "--project", str(root)]) for root in (twin.files, twin.database)]
        for result in results:
            assert result.exit_code == 0, result.stderr
        return results[0], results[1]

    yield run
    terminal.configure(terminal.Options())


def unplaced(text: str) -> str:
    """Output without what differs between two projects: places, times, ids of runs."""
    text = re.sub(r"postgresql: |\.parquet|the postgres warehouse|[^\s\"]*/(files|database)\b[^\s\",]*", "", text)
    return re.sub(r"\d+(\.\d+)? ?s\b|(?<![\d.])([0-9a-f]{32}|[0-9a-f]{16})\b", "", text)


def test_training_and_scoring_read_no_signal_by_itself(twin):
    try:
        twin.server.do("CREATE EXTENSION IF NOT EXISTS pg_stat_statements", "SELECT 1 FROM pg_stat_statements", database=twin.name)
    except Exception as error:
        pytest.skip(f"the server does not count statements: {error}")
    seen = "SELECT query FROM pg_stat_statements WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())"
    asked = [query for (query,) in twin.server.do(f"{seen} AND query ILIKE 'DECLARE%signals%'", database=twin.name)]
    selected = [query.split("CURSOR FOR SELECT ", 1)[1].split(" FROM ", 1)[0] for query in asked]
    assert len(selected) > 5
    assert [columns for columns in selected if re.search(r'(^|, )("t\d+"\.)?"signal_id"', columns)] == []


def test_check(both):
    one, other = (json.loads(unplaced(result.stdout)) for result in both("check", "--json"))
    assert one == other


def test_features_are_equal_bit_for_bit(both, twin, tmp_path):
    for root in (twin.files, twin.database):
        arguments = ["features", "--as-of", "2025-06-02", "--all-groups", "--out", str(tmp_path / f"{root.name}.parquet")]
        result = CliRunner().invoke(app, [*arguments, "--project", str(root)])
        assert result.exit_code == 0, result.stderr
    one, other = (pd.read_parquet(tmp_path / f"{name}.parquet") for name in ("files", "database"))
    pd.testing.assert_frame_equal(one, other, check_exact=True)
    assert len(one) > 20 and one["weight_91d"].nunique() > 10


def test_score_and_show(both):
    one, other = (json.loads(result.stdout) for result in both("score", "--json"))
    assert one["top"] == other["top"]
    folders = [Path(document["folder"]) for document in (one, other)]
    for table in ("ranking", "members", "timeline"):
        rows = [pd.read_parquet(folder / f"{table}.parquet") for folder in folders]
        first, second = (frame.drop(columns=["mlflow_run", "ranking_id"], errors="ignore") for frame in rows)
        pd.testing.assert_frame_equal(first, second, check_exact=True)
    group = one["top"][0]
    shown = both("show", group["account_id"], group["topic"])
    assert unplaced(shown[0].stdout) == unplaced(shown[1].stdout)
    piloted = both("pilot")
    assert unplaced(piloted[0].stdout) == unplaced(piloted[1].stdout)


@pytest.mark.parametrize("command", ["impact", "drift"])
def test_other_commands_say_the_same(both, command):
    one, other = (json.loads(unplaced(result.stdout)) for result in both(command, "--json"))
    assert one == other


def test_the_same_inputs_give_the_same_ranking_id(bgml, twin, tmp_path):
    moved = Path(shutil.copytree(twin.files, tmp_path / "moved", ignore=shutil.ignore_patterns("rankings")))
    ids = []
    for url in ("data", "env:BGML_TEST_WAREHOUSE"):
        (moved / "bgml.toml").write_text(SETTINGS.replace('url = "data"', f'url = "{url}"'))
        result = bgml("score", "--as-of", "2025-06-30", "--json", "--project", moved)
        assert result.exit_code == 0, result.stderr
        ids.append(json.loads(result.stdout)["ranking_id"])
        shutil.rmtree(moved / "rankings")
    assert ids[0] == ids[1]


def test_verdicts_noted_here_join_those_of_the_database(bgml, twin):
    both = []
    for root in (twin.files, twin.database):
        ranking = pd.read_parquet(next(root.glob("rankings/as_of=*/ranking_id=*/ranking.parquet"))).iloc[0]
        noted = bgml("verdict", ranking["account_id"], ranking["topic"], "accepted", "--by", "ann", "--project", root)
        assert noted.exit_code == 0, noted.stderr
        both.append(json.loads(unplaced(bgml("check", "--json", "--project", root).stdout)))
    assert both[0] == both[1]
    assert both[0]["tables"]["verdicts"]["rows"] == 1


def test_the_password_is_nowhere(twin):
    written = [path for path in twin.database.rglob("*") if path.is_file()]
    assert len(written) > 20
    for path in written:
        content = path.read_bytes()
        for secret in (PASSWORD, "planted", "secret%3A"):
            assert secret.encode() not in content, path

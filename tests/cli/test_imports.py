"""`bgml import`: what it says and what it refuses."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from tests.sources.conftest import ACCOUNT, CONTACT, DEAL, written

Run = Callable[..., Result]
PEOPLE = [(1, "Ann Ace", "ann@acme.com"), (2, "Ann Ace", "ann@acme.com"), (3, "Ann Ace", "a.ace@other.com")]
SEED = Path(__file__).parents[1] / "data" / "crm" / "salesforce"


def test_the_account_is_told_to_people(bgml: Run, tmp_path: Path) -> None:
    result = bgml("import", "salesforce", SEED, tmp_path / "data")
    assert result.exit_code == 0, result.stderr
    assert "set aside: sf_account_data.csv: 5: deleted in the CRM" in result.stdout
    assert "Salesforce: no table campaign_member: no responses to campaigns" in result.stdout
    assert "opportunities is empty, and bgml needs it" in result.stdout


def test_merges_are_told_with_where_they_are_listed_and_how_two_are_parted(bgml: Run, tmp_path: Path) -> None:
    people = [{"id": f"00300000000000{number}", "account_id": "1", "name": name, "email": mail} for number, name, mail in PEOPLE]
    place = written(tmp_path / "org", account=[{"id": "1", "name": "Acme"}], contact=people, opportunity=[DEAL])
    told = " ".join(bgml("import", "salesforce", place, tmp_path / "data").stdout.split())
    assert f"Merged: 1 records are one with others; {tmp_path}/data/merges.csv lists each with the reason." in told
    assert "write yes into the column undo of their line and import again" in told
    assert f"Not merged: 1 pairs that may be one, in {tmp_path}/data/unsure.csv" in told


def test_the_next_step_depends_on_what_is_there(bgml: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    org = {"account": [ACCOUNT], "contact": [CONTACT], "opportunity": [DEAL]}
    event = {"id": "00U1", "who_id": CONTACT["id"], "start_date_time": "2025-05-05", "is_deleted": "true"}
    place = written(tmp_path / "org", **org, event=[event])
    monkeypatch.chdir(tmp_path)
    assert "Next: nothing can be ranked without rows in signals; the notes above" in bgml("import", "salesforce", place, "tables").stdout
    place = written(tmp_path / "org", **org, event=[{**event, "is_deleted": "false"}])
    assert f"start a project with `bgml init`, set [data] url in its bgml.toml to {tmp_path}/tables" in (
        bgml("import", "salesforce", place, "tables").stdout
    )
    (tmp_path / "bgml.toml").write_text('[project]\nname = "p"\n[data]\nurl = "env:NOT_SET_ANYWHERE"\n', encoding="utf-8")
    assert "Next: set [data] url in bgml.toml to tables, and see with `bgml topics`" in bgml("import", "salesforce", place, "tables").stdout
    (tmp_path / "bgml.toml").write_text('[project]\nname = "p"\n[data]\nurl = "tables"\n', encoding="utf-8")
    assert "Next: see with `bgml topics`" in bgml("import", "salesforce", place, "tables").stdout


def test_undated_columns_that_the_settings_trust_are_told_so(bgml: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = written(tmp_path / "org", account=[{**ACCOUNT, "industry": "Banking"}], contact=[CONTACT], opportunity=[DEAL])
    monkeypatch.chdir(tmp_path)
    assert 'let them be features: in bgml.toml, [data] static = ["industry", "title"]' in (
        bgml("import", "salesforce", place, "data").stdout
    )
    (tmp_path / "bgml.toml").write_text('[project]\nname = "p"\n', encoding="utf-8")
    assert "[data] static in bgml.toml lets them be features as if they had never changed" in (
        bgml("import", "salesforce", place, "data").stdout
    )


@pytest.mark.parametrize("kind", ["hubspot", "marketo"])
def test_check_says_of_real_tables_without_deals_what_their_import_said(bgml: Run, tmp_path: Path, kind: str) -> None:
    (tmp_path / "bgml.toml").write_text('[project]\nname = "p"\n', encoding="utf-8")
    shutil.copytree(SEED.parent / kind, tmp_path / "src", ignore=shutil.ignore_patterns("*_postgres*", "*_snowflake*", "*_databricks*"))
    assert bgml("import", kind, tmp_path / "src", tmp_path / "data", "--project", tmp_path).exit_code == 0
    result = bgml("check", "--project", tmp_path)
    assert result.exit_code == 1 and "Traceback" not in result.stderr
    told = " ".join(result.stdout.split())
    for table in ("signals", "opportunities"):
        assert f"stops: {table}: the table in {table}.parquet has no row" in told
        assert f"the import: {table} is empty, and bgml needs it: " in told
    trained = bgml("train", "--project", tmp_path)
    assert trained.exit_code == 1 and "has no row" in trained.stderr and len(trained.stderr.strip().splitlines()) == 1


def test_and_to_programs(bgml: Run, tmp_path: Path) -> None:
    told = json.loads(bgml("import", "auto", SEED, tmp_path / "data", "--json").stdout)
    assert told["sources"] == ["salesforce"]
    for entry in told["account"]:
        assert entry["rows"] == entry["used"] + entry["merged"] + sum(entry["aside"].values())


@pytest.mark.parametrize("arguments", [["salesforce", "data"], ["salesforce", "a", "marketo", "data"]])
def test_arguments_that_are_no_pairs_are_wrong_usage(bgml: Run, arguments: list[str]) -> None:
    result = bgml("import", *arguments)
    assert result.exit_code == 2 and "expected KIND SRC pairs and one DIR" in " ".join(result.stderr.split())


@pytest.mark.parametrize(
    ("kind", "place", "said"), [("salesforce", "missing", "missing does not exist"), ("sugar", str(SEED), '"sugar" is no kind of source')]
)
def test_problems_are_one_sentence(bgml: Run, tmp_path: Path, kind: str, place: str, said: str) -> None:
    result = bgml("import", kind, place, tmp_path / "data")
    assert result.exit_code == 1 and said in result.stderr and len(result.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "data").exists()


def test_a_project_that_is_named_but_not_there_is_refused(bgml: Run, tmp_path: Path) -> None:
    result = bgml("import", "salesforce", SEED, tmp_path / "data", "--project", tmp_path)
    assert result.exit_code == 1 and "holds no bgml.toml" in result.stderr

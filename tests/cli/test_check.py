from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest

FRAMES = Path(__file__).parents[1] / "data" / "conftest.py"


@pytest.fixture
def tables(tmp_path):
    """A project over clean tables, to be spoiled by the test."""
    spec = importlib.util.spec_from_file_location("clean_tables", FRAMES)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (tmp_path / "bgml.toml").write_text('[project]\nname = "t"\n')
    frames = module.clean_frames()
    module.write_parquet(tmp_path / "data", frames)
    return tmp_path, frames


def test_clean_tables_can_be_used(bgml, tables):
    folder, _ = tables
    result = bgml("check", "--project", folder)
    assert result.exit_code == 0, result.stderr
    assert "The tables can be used." in result.stdout
    assert "missing: no accounts.owner: no lists per seller" in result.stdout
    assert "Opportunities: 1 open, 1 won, 1 lost." in result.stdout
    assert "Signals are known from 2024-01-02; the data is complete before 2024-03-02 (00:00 UTC)." in result.stdout


def test_titles_without_a_role_and_required_roles_nobody_has_are_told(bgml, tables):
    folder, frames = tables
    frames["people"].assign(title=["CFO", "Zauberer"]).to_parquet(folder / "data" / "people.parquet")
    (folder / "topics.toml").write_text('[default]\nroles = ["finanse"]\n')
    told = bgml("check", "--project", folder).stdout
    assert "Roles: 1 of 2 people have one (0 stated, 1 from title, department or seniority)." in told
    assert 'No rule of roles.toml fits "Zauberer" (1).' in told
    assert 'warning: topics.toml, [default] requires the role "finanse"' in told
    roles = json.loads(bgml("check", "--json", "--project", folder).stdout)["roles"]
    assert (roles["people"], roles["unread_titles"], len(roles["warnings"])) == (2, {"Zauberer": 1}, 1)


def test_a_faulty_topics_or_roles_file_exits_1_and_is_named(bgml, tables):
    folder, _ = tables
    for name in ("topics.toml", "roles.toml"):
        (folder / name).write_text("[nonsense]\n")
        result = bgml("check", "--project", folder)
        assert result.exit_code == 1 and f'{folder / name}: unknown key "nonsense"' in result.stderr
        (folder / name).unlink()


def test_rows_at_fault_are_told_and_the_command_succeeds(bgml, tables):
    folder, frames = tables
    frames["signals"].loc[3, "weight"] = -1.0
    frames["signals"].to_parquet(folder / "data" / "signals.parquet")
    result = bgml("check", "--project", folder)
    assert result.exit_code == 0
    assert (
        'set aside: signals.weight: negative in 1 of 60 rows, for example -1.0 (signal_id "s03"); correct the weight: it is zero or more'
        in result.stdout
    )
    assert "The rows set aside are in .bgml/quarantine" in result.stdout
    document = json.loads(bgml("check", "--json", "--project", folder).stdout)
    assert document["usable"] is True
    assert document["tables"]["signals"] == {
        "where": "signals.parquet", "rows": 60, "kept": 59, "quarantined": 1, "copies": 0, "later": 0,
    }  # fmt: skip
    assert [(fault["table"], fault["column"], fault["count"], fault["stops"]) for fault in document["faults"]] == [
        ("signals", "weight", 1, False)
    ]
    assert [row["category"] for row in document["categories"]] == ["named", "anonymous", "qualified_lead", "third_party_intent"]
    assert document["missing"]


def test_a_table_at_fault_exits_1_with_the_whole_report(bgml, tables):
    folder, frames = tables
    frames["signals"].drop(columns="topic").to_parquet(folder / "data" / "signals.parquet")
    result = bgml("check", "--project", folder)
    assert result.exit_code == 1
    assert result.stderr.startswith("bgml: signals.topic: the column is missing from signals.parquet")
    assert "stops: signals.topic: the column is missing" in result.stdout
    assert "Traceback" not in result.output
    result = bgml("check", "--project", folder, "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["usable"] is False


def test_tables_that_are_not_there_exit_1(bgml, tables):
    folder, _ = tables
    result = bgml("check", "--project", folder, "--data", folder / "nowhere")
    assert result.exit_code == 1
    assert "nowhere does not exist" in result.stderr


def test_the_readiness_verdict_is_told_and_in_the_document(bgml, tables):
    folder, _ = tables
    result = bgml("check", "--project", folder)
    assert "Not ready: data until 2024-02-26, horizon 180 days: the newest mature as-of date is 2023-08-30" in result.stdout
    assert "Of all 1 won deals, 0 (0%) were candidates at the last as-of date" in result.stdout
    readiness = json.loads(bgml("check", "--json", "--project", folder).stdout)["readiness"]
    assert readiness["ready"] is False
    assert readiness["whole"]["wins"] == readiness["numbers"]["wins"] == 1
    assert readiness["sentences"][0].startswith("Not ready: ")


def test_nothing_won_is_no_error(bgml, tables):
    folder, frames = tables
    frames["opportunities"].assign(outcome="open").to_parquet(folder / "data" / "opportunities.parquet")
    result = bgml("check", "--project", folder)
    assert result.exit_code == 0
    assert "Not ready: the tables hold no won deals." in result.stdout

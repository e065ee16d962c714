"""From raw tables of a CRM, a marketing system and a vendor to this week's ranking, by the commands a user types."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

from bgml.cli import terminal
from bgml.cli.main import app
from tests.sources.exports import write_exports

SIZE = ["--accounts", "120", "--weeks", "90", "--seed", "5"]
SETTINGS = """
[outcome]
horizon = 120
[dates]
every = 28
[check]
min_won = 10
[models]
train = ["propensity"]
"""
Command = Callable[..., Any]


@pytest.fixture(scope="module")
def command() -> Iterator[Command]:
    """Run a command that has to succeed; returns its JSON document."""

    def run(*arguments: str | Path) -> Any:
        result = CliRunner().invoke(app, [*(str(argument) for argument in arguments), "--json"])
        assert result.exit_code == 0, result.stderr
        return json.loads(result.stdout) if result.stdout else None

    yield run
    terminal.configure(terminal.Options())


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, command: Command) -> Path:
    """A project with exports beside it: Salesforce as Parquet, Marketo, intent and networks as CSV."""
    root = tmp_path_factory.mktemp("acme") / "project"
    market = root.parent / "market"
    command("simulate", root, *SIZE, "--as", "salesforce")
    command("simulate", market, *SIZE)
    write_exports(market, root / "exports")
    (root / "bgml.toml").write_text((root / "bgml.toml").read_text(encoding="utf-8") + SETTINGS, encoding="utf-8")
    return root


def imported(command: Command, project: Path, folder: str) -> Any:
    exports = project / "exports"
    sources = ["salesforce", project / "salesforce", "marketo", exports / "marketo", "intent", exports / "intent"]
    return command("import", *sources, project / folder, "--companies", exports / "companies.csv", "--project", project)


@pytest.fixture(scope="module")
def told(command: Command, project: Path) -> Any:
    return imported(command, project, "data")


def test_every_row_is_accounted_for_also_those_of_a_table_nobody_knows(told: Any) -> None:
    for entry in told["account"]:
        assert entry["rows"] == entry["used"] + entry["merged"] + sum(entry["aside"].values())
    chat = next(entry for entry in told["account"] if entry["table"] == "activity_ask_chat_bot")
    assert chat["rows"] > 0 and chat["aside"] == {"not read: the mapping has no such table": chat["rows"]}
    assert f"Marketo: not read: activity_ask_chat_bot ({chat['rows']:,} rows)" in told["warnings"]


def test_the_sources_are_one_set_of_companies_and_people(told: Any, project: Path) -> None:
    people = pd.read_parquet(project / "data" / "people.parquet").drop_duplicates("person_id")
    market = pd.read_parquet(project.parent / "market" / "people.parquet").drop_duplicates("person_id")
    newcomers = people["person_id"].str.startswith("marketo:")
    assert told["rows"]["accounts"] == 120
    assert (~newcomers).sum() == len(market) and people.loc[newcomers, "name"].str.startswith("Newcomer").all()
    assert set(people.loc[newcomers, "account_id"]) <= set(people.loc[~newcomers, "account_id"])


def test_each_source_gives_its_kind_of_signal_on_the_same_topics(told: Any, project: Path) -> None:
    signals = pd.read_parquet(project / "data" / "signals.parquet")
    assert set(signals["category"]) == {"named", "anonymous", "qualified_lead", "third_party_intent"}
    both = signals[signals["action"].isin(["webinar_attended", "form_fill", "page_view", "surge"])]
    assert both.groupby("action")["topic"].nunique().gt(3).all() and both["action"].nunique() == 4
    assert set(signals["account_id"]) <= set(pd.read_parquet(project / "data" / "accounts.parquet")["account_id"])


def test_the_same_exports_give_the_same_bytes_whatever_the_number_of_threads(command: Command, project: Path, told: Any) -> None:
    settings = (project / "bgml.toml").read_text(encoding="utf-8")
    (project / "bgml.toml").write_text(settings + "[engine]\nthreads = 1\n", encoding="utf-8")
    imported(command, project, "again")
    (project / "bgml.toml").write_text(settings, encoding="utf-8")
    for path in sorted((project / "data").iterdir()):
        if path.name != "import.json":  # it names its folder
            assert path.read_bytes() == (project / "again" / path.name).read_bytes(), path.name


def test_a_merge_is_undone_by_a_word_in_its_line(command: Command, project: Path, told: Any) -> None:
    shutil.copytree(project / "data", project / "parted")
    merges = project / "parted" / "merges.csv"
    rows = list(csv.DictReader(merges.read_text(encoding="utf-8").splitlines()))
    assert len(rows) == told["merges"]
    line = next(row for row in rows if row["why"] == "same e-mail and name")
    line["undo"] = "yes"
    with merges.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(line))
        writer.writeheader()
        writer.writerows(rows)
    imported(command, project, "parted")
    before, after = (set(pd.read_parquet(project / name / "people.parquet")["person_id"]) for name in ("data", "parted"))
    assert after - before == {line["merged"]} and before <= after


def test_the_tables_are_ready_and_become_a_ranking(command: Command, project: Path, told: Any) -> None:
    checked = command("check", "--project", project)
    assert checked["faults"] == []
    assert command("topics", "--project", project)["fitted"]["lost"] == 0
    command("train", "--project", project)
    command("score", "--project", project)
    out = project / "ranking.parquet"
    command("export", "ranking", "--out", out, "--project", project)
    ranking = pd.read_parquet(out)
    named = pd.read_parquet(project / "data" / "accounts.parquet").set_index("account_id")["name"]
    assert len(ranking) > 30 and ranking["selected"].sum() > 0 and ranking["people"].gt(1).any()
    assert (ranking["account_name"] == ranking["account_id"].map(named)).all()

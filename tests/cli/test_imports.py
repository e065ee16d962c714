"""`bgml import`: what it says and what it refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

Run = Callable[..., Result]
SEED = Path(__file__).parents[1] / "data" / "crm" / "salesforce"


def test_the_account_is_told_to_people(bgml: Run, tmp_path: Path) -> None:
    result = bgml("import", "salesforce", SEED, tmp_path / "data")
    assert result.exit_code == 0, result.stderr
    assert "set aside: sf_account_data.csv: 5: deleted in the CRM" in result.stdout
    assert "Salesforce: no table campaign_member: no responses to campaigns" in result.stdout
    assert "opportunities is empty, and bgml needs it" in result.stdout


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

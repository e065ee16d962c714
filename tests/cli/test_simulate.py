"""`bgml simulate`: what it says and what it refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from typer.testing import Result

Run = Callable[..., Result]


def test_the_rows_of_every_table_are_told(bgml: Run, tmp_path: Path) -> None:
    result = bgml("simulate", tmp_path / "market", "--accounts", 40, "--weeks", 60, "--seed", 3, "--json")
    told = json.loads(result.stdout)
    assert result.exit_code == 0
    assert told["rows"]["accounts"] == 40 and told["seed"] == 3
    assert {path.stem for path in (tmp_path / "market").iterdir()} == set(told["rows"])


def test_a_table_is_drawn_for_people(bgml: Run, tmp_path: Path) -> None:
    shown = bgml("simulate", tmp_path / "market", "--accounts", 40, "--weeks", 60).stdout
    assert "opportunity_contacts" in shown and "truth.parquet holds" in shown


def test_an_org_lies_beside_its_settings(bgml: Run, tmp_path: Path) -> None:
    told = json.loads(bgml("simulate", tmp_path / "org", "--accounts", 20, "--weeks", 40, "--as", "salesforce", "--json").stdout)
    assert told["rows"]["account"] > 20 and told["rows"]["truth"] > 0
    assert {path.name for path in (tmp_path / "org").iterdir()} == {"bgml.toml", "topics.toml", "truth.parquet", "salesforce"}


def test_a_full_folder_is_one_sentence(bgml: Run, tmp_path: Path) -> None:
    (tmp_path / "kept.txt").write_text("kept", encoding="utf-8")
    result = bgml("simulate", tmp_path, "--accounts", 40, "--weeks", 60)
    assert result.exit_code == 1 and "holds something already" in result.stderr


def test_help_has_an_example(bgml: Run) -> None:
    assert "bgml simulate market" in bgml("simulate", "--help").stdout

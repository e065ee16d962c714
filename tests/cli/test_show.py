"""`bgml show` as it is typed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import Result

from tests.shown_project import shown_project

Run = Callable[..., Result]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shown_project(tmp_path_factory.mktemp("show") / "small").root


@pytest.fixture(scope="module")
def row(root: Path) -> dict[str, object]:
    """The best group of the newest ranking."""
    home = root / "rankings" / "as_of=2025-06-30"
    return dict(pq.read_table(home / f"ranking_id={(home / 'current').read_text().strip()}" / "ranking.parquet").slice(0, 1).to_pylist()[0])


def test_a_group_in_the_terminal(bgml: Run, root: Path, row: dict[str, object]) -> None:
    found = bgml("show", row["account_id"], row["topic"], "--project", root)
    assert found.exit_code == 0, found.stderr
    for part in (f"{row['account_name']} · {row['topic']}", "rank 1 of", "Why", "What to do", "Who", "How it moved", "required roles"):
        assert part in found.stdout
    assert "Name " in found.stdout


def test_an_account_is_all_its_groups(bgml: Run, root: Path, row: dict[str, object], tmp_path: Path) -> None:
    out = tmp_path / "account.md"
    found = bgml("show", str(row["account_name"]).upper(), "--project", root, "--out", out, "--json")
    assert found.exit_code == 0, found.stderr
    document = json.loads(found.stdout)
    assert {view["row"]["account_id"] for view in document} == {row["account_id"]}
    text = out.read_text(encoding="utf-8")
    assert text.count("\n# ") + text.startswith("# ") == len(document)
    assert "\\| \\*" in text, "what a name holds is text in Markdown"


def test_the_rows_behind_a_column(bgml: Run, root: Path, row: dict[str, object]) -> None:
    found = json.loads(bgml("show", row["account_id"], row["topic"], "--column", "people", "--project", root, "--json").stdout)
    assert found["value"] == row["people"]
    assert len({signal["member"] for signal in found["rows"]}) == row["people"]
    shown = bgml("show", row["account_id"], row["topic"], "--column", "actions_28d", "--project", root)
    assert f"for {row['account_id']}, {row['topic']} at 2025-06-30" in shown.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("Compny 1",), 'there is no account "Compny 1"; did you mean "Company 1"'),
        (("Company 1", "clowd"), 'there is no topic "clowd"; did you mean "cloud"'),
        (("Company 1", "--as-of", "2025-06-09"), "there is no ranking of 2025-06-09"),
        (("Company 1", "ai", "--column", "peple"), 'no rows behind "peple"'),
        (("Company 1", "--out", "nowhere/x.md"), "nowhere/x.md cannot be written; --out takes a .md file"),
        (("Company 1", "--out", "x.pdf"), "x.pdf cannot be written; --out takes a .md file"),
    ],
)
def test_what_cannot_be_shown_is_said_in_one_line(bgml: Run, root: Path, arguments: tuple[str, ...], message: str) -> None:
    found = bgml("show", *arguments, "--project", root)
    assert found.exit_code == 1
    assert message in found.stderr
    assert len(found.stderr.strip().splitlines()) == 1

"""`bgml export`: each kind, each ending, and what is said of it."""

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner, Result

from bgml.cli.main import app
from bgml.ranking.archive import store
from tests.ranking.handout.rankings import Made
from tests.small_project import priced, reopened, small_project

Run = Callable[..., Result]
NAMES = ["Ann Ünsal", "=cmd()", "李雷 🎉", 'O\'Neil, "Bob"\nJr']


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a ranking; people have names in several scripts and share an e-mail."""
    frames = priced()
    people = frames["people"].assign(name=NAMES * 50, title=["CFO", "Head of IT", "Data engineer", "VP Sales"] * 50, email="same@x.com")
    root = small_project(tmp_path_factory.mktemp("export") / "small", frames={**frames, "people": people}).root
    for command in ("train", "score"):
        assert CliRunner().invoke(app, [command, "--project", str(root)]).exit_code == 0
    return root


@pytest.fixture
def root(scored: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(scored, tmp_path / "moved"))


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file, strict=True))


def kept(root: Path, name: str = "ranking") -> Any:
    stored = store.latest(root / "rankings")
    assert stored is not None
    return stored.table(name)


def test_the_ranking_as_it_is_kept_and_as_a_workbook(bgml: Run, root: Path, tmp_path: Path) -> None:
    for name in ("r.csv", "r.parquet", "r.xlsx"):
        made, again = tmp_path / name, tmp_path / f"again-{name}"
        assert bgml("score", "--out", made, "--project", root).exit_code == 0
        result = bgml("export", "ranking", "--out", again, "--project", root)
        assert (result.exit_code, result.stderr) == (0, "")
        assert str(again) in result.stdout
        assert made.read_bytes() == again.read_bytes()
    table = kept(root)
    assert pq.read_table(tmp_path / "r.parquet").equals(table)
    rows = read_csv(tmp_path / "r.csv")
    header, *cells = openpyxl.load_workbook(tmp_path / "r.xlsx")["All groups"].iter_rows(values_only=True)
    places = {name: place for place, name in enumerate(header)}
    assert [row["account_id"] for row in rows] == table.column("account_id").to_pylist() == [row[places["account_id"]] for row in cells]
    assert [float(row["score"]) for row in rows] == table.column("score").to_pylist()
    assert [float(str(row[places["score"]])) for row in cells] == pytest.approx(table.column("score").to_pylist(), rel=1e-14)


def test_members_by_id_or_by_name(bgml: Run, root: Path, tmp_path: Path) -> None:
    for name in ("m.csv", "m.parquet", "m.xlsx"):
        assert bgml("export", "members", "--out", tmp_path / name, "--project", root).exit_code == 0
    table = kept(root, "members")
    assert pq.read_table(tmp_path / "m.parquet").equals(table)
    people = [row["person_id"] or None for row in read_csv(tmp_path / "m.csv")]
    assert people == table.column("person_id").to_pylist()
    header, *cells = openpyxl.load_workbook(tmp_path / "m.xlsx").active.iter_rows(values_only=True)
    assert len(cells) == len(table)
    assert {row[header.index("Person")] for row in cells} >= {"李雷 🎉", "=cmd()", 'O\'Neil, "Bob" Jr'}
    assert not (root / ".bgml" / "exports.jsonl").exists(), "members do not say which groups to work"


def test_drafts_and_their_contacts_belong_together(bgml: Run, root: Path, tmp_path: Path) -> None:
    for kind in ("opportunities", "contacts"):
        for name in ("x.csv", "x.parquet", "x.xlsx"):
            result = bgml("export", kind, "--out", tmp_path / f"{kind}-{name}", "--project", root)
            assert result.exit_code == 0, result.stderr
    drafts, people = (pq.read_table(tmp_path / f"{kind}-x.parquet").to_pylist() for kind in ("opportunities", "contacts"))
    selected = [row for row in kept(root).to_pylist() if row["selected"]]
    assert [(row["account_id"], row["topic"]) for row in drafts] == [(row["account_id"], row["topic"]) for row in selected]
    assert all(row["amount"] == float(f"{row['amount']:.2g}") for row in drafts)
    assert {row["opportunity_external_id"] for row in people} <= {row["external_id"] for row in drafts}
    assert sum(row["is_primary"] for row in people) == len({row["opportunity_external_id"] for row in people})
    assert [row["external_id"] for row in read_csv(tmp_path / "opportunities-x.csv")] == [row["external_id"] for row in drafts]
    assert [row["name"] for row in read_csv(tmp_path / "contacts-x.csv")] == [guarded(row["name"]) for row in people]
    book = openpyxl.load_workbook(tmp_path / "opportunities-x.xlsx").active
    assert [row[1] for row in book.iter_rows(min_row=2, values_only=True)] == [row["name"] for row in drafts]


def guarded(name: str) -> str:
    return f"'{name}" if name.startswith("=") else name


@pytest.mark.parametrize("crm", ["salesforce", "hubspot"])
@pytest.mark.parametrize("kind", ["opportunities", "contacts"])
def test_files_for_a_crm_are_strict_and_the_same_every_time(bgml: Run, root: Path, tmp_path: Path, kind: str, crm: str) -> None:
    for name in ("a.csv", "b.csv"):
        assert bgml("export", kind, "--crm", crm, "--out", tmp_path / name, "--project", root).exit_code == 0
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
    rows = read_csv(tmp_path / "a.csv")
    read = duckdb.sql(f"select * from read_csv('{tmp_path / 'a.csv'}', all_varchar=true, strict_mode=true, header=true)").fetchall()
    assert [[cell or "" for cell in row] for row in read] == [list(row.values()) for row in rows]


def test_what_says_whom_to_work_is_logged(bgml: Run, root: Path, tmp_path: Path) -> None:
    for kind, name in (("ranking", "r.xlsx"), ("opportunities", "o.csv"), ("contacts", "c.csv")):
        assert bgml("export", kind, "--out", tmp_path / name, "--project", root).exit_code == 0
    assert bgml("export", "ranking", "--out", tmp_path / "missing" / "r.csv", "--project", root).exit_code == 1
    lines = [json.loads(line) for line in (root / ".bgml" / "exports.jsonl").read_text().splitlines()]
    assert [(line["as_of"], line["file"]) for line in lines] == [("2025-06-30", "r.xlsx"), ("2025-06-30", "o.csv"), ("2025-06-30", "c.csv")]


def test_a_date_can_be_chosen(bgml: Run, root: Path, tmp_path: Path) -> None:
    Made([{"account_id": "a00", "topic": "ai"}]).stored(reopened(root))
    newest = json.loads(bgml("--json", "export", "ranking", "--out", tmp_path / "r.csv", "--project", root).stdout)
    chosen = json.loads(bgml("--json", "export", "ranking", "--as-of", "2025-06-02", "--out", tmp_path / "r.csv", "--project", root).stdout)
    assert (newest["as_of"], chosen["as_of"], chosen["rows"]) == ("2025-06-30", "2025-06-02", 1)


def test_a_ranking_made_before_rankings_held_members(bgml: Run, root: Path, tmp_path: Path) -> None:
    Made([{"account_id": "a00", "topic": "ai"}], members=None).stored(reopened(root))
    said = "was made before rankings held members; `bgml score` makes one that does"
    for kind in ("members", "opportunities", "contacts"):
        result = bgml("export", kind, "--as-of", "2025-06-02", "--out", tmp_path / "x.csv", "--project", root)
        assert (result.exit_code, said in result.stderr, result.stderr.count("\n")) == (1, True, 1)
    book = bgml("export", "ranking", "--as-of", "2025-06-02", "--out", tmp_path / "x.xlsx", "--project", root)
    assert (book.exit_code, said in book.stderr) == (0, True)


def test_groups_worked_as_leads_are_told(bgml: Run, root: Path, tmp_path: Path) -> None:
    Made([{"account_id": "a00", "topic": "ai", "route": "lead"}]).stored(reopened(root))
    arguments = ("--as-of", "2025-06-02", "--out", tmp_path / "x.csv", "--project", root)
    result = bgml("export", "opportunities", *arguments)
    assert (result.exit_code, result.stderr) == (0, "warning: 1 selected groups are worked as leads and get no opportunity\n")
    assert read_csv(tmp_path / "x.csv") == []


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("ranking", "--out", "missing/r.csv"), 1, "there is no folder missing"),
        (("ranking",), 2, "Missing option '--out'"),
        (("rankings", "--out", "r.csv"), 2, "No such command 'rankings'"),
        (("members", "--out", "r.docx"), 1, "a file to write ends in .csv, .parquet, .xlsx"),
        (("contacts", "--crm", "hubspot", "--out", "r.xlsx"), 1, 'r.xlsx ends in ".xlsx"; a file for hubspot is a .csv'),
        (("contacts", "--crm", "sugar", "--out", "r.csv"), 2, "Invalid value for '--crm'"),
        (("ranking", "--crm", "hubspot", "--out", "r.csv"), 2, "No such option: --crm"),
        (
            ("opportunities", "--as-of", "2024-01-01", "--out", "r.csv"),
            1,
            "no ranking of 2024-01-01; the nearest is of 2025-06-30",
        ),
    ],
)
def test_stated_problems(bgml: Run, root: Path, arguments: tuple[str, ...], code: int, said: str) -> None:
    result = bgml("export", *arguments, "--project", root)
    assert (result.exit_code, said in " ".join(result.stderr.split())) == (code, True), result.stderr


def test_without_a_ranking_the_way_is_told(bgml: Run, root: Path, tmp_path: Path) -> None:
    shutil.rmtree(root / "rankings")
    for kind in ("ranking", "members", "opportunities", "contacts"):
        result = bgml("export", kind, "--out", tmp_path / "r.csv", "--project", root)
        assert (result.exit_code, "there is no ranking yet: run `bgml score`" in result.stderr) == (1, True)

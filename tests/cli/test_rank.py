"""`bgml score`."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner, Result

from bgml.cli.main import app
from tests.small_project import small_project

Run = Callable[..., Result]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = small_project(tmp_path_factory.mktemp("rank") / "small").root
    assert CliRunner().invoke(app, ["train", "--project", str(root)]).exit_code == 0
    return root


@pytest.fixture
def root(trained: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(trained, tmp_path / "moved"))


def test_scoring_shows_the_top_and_where_the_rest_is(bgml: Run, root: Path) -> None:
    result = bgml("score", "--project", root)
    assert result.exit_code == 0, result.stderr
    assert "Groups at 2025-06-30, ranked by propensity:1" in result.stdout
    assert "groups, 6 selected; kept in rankings/as_of=2025-06-30/ranking_id=" in result.stdout
    assert len([line for line in result.stdout.splitlines() if re.match(r"\s*\d+\s+Company", line)]) == 10
    assert result.stderr == ""


def test_scoring_as_json(bgml: Run, root: Path) -> None:
    document = json.loads(bgml("score", "--json", "--project", root).stdout)
    assert (document["as_of"], document["model"], document["model_version"], document["hindsight"]) == (
        "2025-06-30",
        "propensity",
        1,
        False,
    )
    assert Path(document["folder"]).name == f"ranking_id={document['ranking_id']}"
    assert [row["rank"] for row in document["top"]] == list(range(1, 11))
    assert document["top"][0]["reasons"]


def test_what_is_handed_out_is_logged_and_what_is_not_is_not(bgml: Run, root: Path, tmp_path: Path) -> None:
    log = root / ".bgml" / "exports.jsonl"
    assert bgml("score", "--project", root).exit_code == 0
    assert not log.exists()
    assert bgml("score", "--out", tmp_path / "r.csv", "--project", root).exit_code == 0
    assert [json.loads(line)["file"] for line in log.read_text().splitlines()] == ["r.csv"]


def test_chances_carry_no_more_digits_than_the_wins_allow(bgml: Run, root: Path) -> None:
    said = bgml("score", "--project", root).stdout
    document = json.loads(bgml("score", "--json", "--project", root).stdout)
    manifest = json.loads((Path(document["folder"]) / "manifest.json").read_text())
    assert f"rounded to what the {manifest['calibrated_on']} distinct wins behind them can tell" in said
    for row in document["top"]:
        assert row["chance"].endswith("%")
        assert "." not in row["chance"] or row["propensity"] < 0.1
        assert row["chance"] in said


def test_a_second_week_says_what_moved_who_rests_and_whom_nobody_owns(bgml: Run, root: Path) -> None:
    assert bgml("train", "people_count", "--as-of", "2025-06-02", "--project", root).exit_code == 0
    first = json.loads(bgml("score", "--json", "--as-of", "2025-06-02", "--model", "people_count", "--project", root).stdout)
    assert first["movement"] is None
    assert first["resting"] == 0
    said = " ".join(bgml("score", "--model", "people_count", "--project", root).stdout.split())
    found = json.loads(bgml("score", "--json", "--model", "people_count", "--project", root).stdout)
    moved = found["movement"]
    assert moved["since"] == "2025-06-02"
    assert sum(moved[name] for name in ("new", "improving", "steady", "declining")) == found["groups"]
    assert moved["dropped"] == sum(moved["why"].values()) > 0
    assert f"Since 2025-06-02: {moved['new']} new, {moved['improving']} improving, {moved['declining']} declining" in said
    assert f"{found['resting']} groups rest and are not shown: they were selected in the last 90 days" in said
    assert found["resting"] > 0
    rows = pq.read_table(Path(found["folder"]) / "ranking.parquet").to_pandas()
    unowned = rows[rows["selected"] & rows["owner"].isna()]
    assert {row["account_id"]: row["groups"] for row in found["unassigned"]} == unowned["account_id"].value_counts().to_dict()
    assert ("no owner" in said) == bool(len(unowned))
    assert [row["week"] for row in found["top"]].count("work") == sum(row["selected"] for row in found["top"])
    shown = {(row["account_id"], row["topic"]) for row in found["top"]}
    assert len(shown) == 10
    assert not shown & {(row["account_id"], row["topic"]) for row in first["top"] if row["selected"]}


def test_a_segment_that_no_account_has_is_warned_of(bgml: Run, root: Path) -> None:
    with (root / "bgml.toml").open("a") as file:
        file.write('\n[routes]\nrule = [{ route = "lead", segment = ["Small"] }]\n')
    result = bgml("score", "--project", root)
    assert result.exit_code == 0
    said = " ".join(result.stderr.split())
    assert 'warning: [routes] rule 1 names the segment "Small", which no account has; did you mean "small"?' in said


def test_hindsight_and_dates_after_the_data_are_told(bgml: Run, root: Path) -> None:
    refused = bgml("score", "--as-of", "2025-06-02", "--project", root)
    assert refused.exit_code == 1
    assert "propensity:1 was trained as of 2025-06-30, so it knows what came after 2025-06-02; no version was trained" in refused.stderr
    marked = bgml("score", "--as-of", "2025-06-02", "--hindsight", "--project", root)
    assert marked.exit_code == 0
    assert "with hindsight" in marked.stdout
    assert marked.stderr.startswith("warning: propensity:1 was trained as of 2025-06-30")
    late = bgml("score", "--as-of", "2025-07-14", "--project", root)
    assert late.exit_code == 0
    assert late.stderr.startswith("warning: 2025-07-14 is after the end of the data, 2025-06-30")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("score", "--model", "propensty"), 1, 'did you mean "propensity"'),
        (("score", "--model", "@champion"), 1, "no version has an alias yet"),
        (("score", "--as-of", "monday"), 2, '"monday" is not a date'),
        (("score", "--out", "r.docx"), 1, "a file to write ends in .csv, .parquet, .xlsx"),
    ],
)
def test_stated_problems(bgml: Run, root: Path, arguments: tuple[str, ...], code: int, said: str) -> None:
    result = bgml(*arguments, "--project", root)
    assert (result.exit_code, said in " ".join(result.stderr.split())) == (code, True), result.stderr
    assert not (root / "rankings").exists() or not list((root / "rankings").iterdir())

"""`bgml pilot` and `bgml impact`: tables, documents, files and the sentences problems end with."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from tests.small_project import SETTINGS, priced, small_project, tables

CNCF = Path(__file__).parents[3] / "shared" / "data" / "cncf"


@pytest.fixture
def project(tmp_path):
    frames = priced()
    names = frames["people"].assign(name=[f"Name {number}" for number in range(len(frames["people"]))])
    small_project(tmp_path, frames={**frames, "people": names})
    return tmp_path


def test_pilot_tells_groups_and_history(bgml, project):
    done = bgml("pilot", "--project", project, "--since", "2025-05-01")
    assert done.exit_code == 0, done.stderr
    assert "Potential buying groups behind MQLs:" in done.stdout
    assert "Company " in done.stdout
    assert "Name " in done.stdout
    assert "within 90 days" in done.stdout


def test_pilot_as_a_document_and_as_files(bgml, project, tmp_path):
    whole = json.loads(bgml("pilot", "--project", project, "--since", "2025-05-01", "--json").stdout)
    assert whole["since"] == "2025-05-01"
    assert sum(whole["counts"].values()) == len(whole["entries"])
    assert "Name " not in json.dumps(whole)
    for ending in ("csv", "parquet", "xlsx"):
        out = tmp_path / f"groups.{ending}"
        assert bgml("pilot", "--project", project, "--since", "2025-05-01", "--out", out).exit_code == 0
    parquet, csv = pd.read_parquet(tmp_path / "groups.parquet"), pd.read_csv(tmp_path / "groups.csv")
    sheet = openpyxl.load_workbook(tmp_path / "groups.xlsx").active
    assert len(parquet) == len(csv) == sheet.max_row - 1 == len(whole["entries"])
    assert parquet["people"].map(len).tolist() == parquet["others"].tolist()
    assert csv["people"].fillna("").tolist() == ["; ".join(people) for people in parquet["people"]]


@pytest.mark.parametrize("held", ["missing", "empty"])
def test_pilot_works_without_any_opportunity(bgml, tmp_path, held):
    frames = tables()
    deals = frames.pop("opportunities")
    if held == "empty":
        frames["opportunities"] = deals.iloc[:0]
    small_project(tmp_path, frames=frames)
    done = bgml("pilot", "--project", tmp_path, "--since", "2025-05-01")
    assert done.exit_code == 0, done.stderr
    assert "Potential buying groups" in done.stdout
    assert "No history" in done.stdout
    assert bgml("impact", "--project", tmp_path).exit_code == 1


def test_impact_tells_the_headline_and_keeps_the_document(bgml, project, tmp_path):
    out = tmp_path / "impact.html"
    done = bgml("impact", "--project", project, "--out", out)
    assert done.exit_code == 0, done.stderr
    assert "opportunity conversion" in done.stdout
    assert "association, not cause" in done.stdout
    assert "<h1>Impact of buying groups in small</h1>" in out.read_text(encoding="utf-8")
    whole = json.loads(bgml("impact", "--project", project, "--json").stdout)
    kept = json.loads((project / ".bgml" / "insight" / "impact.json").read_text(encoding="utf-8"))
    assert {name: value for name, value in whole.items() if name not in ("kept", "out")} == kept


def test_impact_with_a_pilot(bgml, tmp_path):
    frames = priced()
    frames["accounts"]["wave"] = ["pilot" if number % 2 else None for number in range(40)]
    small_project(tmp_path, frames=frames, settings=SETTINGS + '[impact]\npilot = "wave"\n')
    done = bgml("impact", "--project", tmp_path, "--since", "2024-09-01")
    assert done.exit_code == 0, done.stderr
    assert "Pilot against control, since 2024-09-01" in done.stdout
    assert 'accounts.wave was read as pilot "pilot" (20) and as control empty (20)' in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["pilot", "--since", "2030-01-01"], 1, "no MQL can be known since 2030-01-01"),
        (["pilot", "--since", "soon"], 2, "is not a date"),
        (["pilot", "--out", "groups.html"], 1, 'ends in ".html"'),
        (["impact", "--since", "2030-01-01"], 1, "nothing can be known since 2030-01-01"),
        (["impact", "--out", "impact.pdf"], 1, "its name ends in .html"),
        (["impact", "--out", "none/impact.html"], 1, "there is no folder none"),
    ],
)
def test_problems_are_told_in_one_line(bgml, project, arguments, code, said):
    done = bgml(*arguments, "--project", project)
    assert done.exit_code == code
    assert said in done.stderr
    assert code == 2 or done.stderr.count("\n") == 1


@pytest.mark.skipif(not CNCF.is_dir(), reason="the real, public tables stay outside this repository")
def test_real_data_without_amounts_lost_deals_or_titles(bgml, tmp_path):
    (tmp_path / "bgml.toml").write_text(f'[project]\nname = "real"\n[data]\nurl = "{CNCF.resolve()}"\n')
    pilot = bgml("pilot", "--project", tmp_path, "--since", "2021-10-01")
    assert pilot.exit_code == 0, pilot.stderr
    assert "too few to say how many times as often" in pilot.stdout
    impact = bgml("impact", "--project", tmp_path)
    assert impact.exit_code == 0, impact.stderr
    for part in ("No win rate", "No amounts", "No cycle times"):
        assert part in impact.stdout

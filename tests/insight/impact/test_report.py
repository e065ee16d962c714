"""The page holds every finding and no name; what is kept is whole."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bgml.cli.terminal import plain
from bgml.data.dataset import open_tables
from bgml.errors import ProjectError
from bgml.insight.impact import report
from bgml.insight.impact.impact import document, impact
from bgml.insight.impact.wording import sentences, trial_sentences
from bgml.project import Project
from tests.insight.impact.markets import market
from tests.insight.worlds import at, settings


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    world = market(pilot=True, size=160)
    world.accounts["a000"]["segment"] = "<script>alert(1)</script>"
    project = Project(tmp_path_factory.mktemp("project"), settings(outcome={"horizon": 90}, impact={"pilot": "wave"}))
    found = impact(project, open_tables(world.frames()), at(40).date())
    return found, plain(document(found, [*sentences(found), *trial_sentences(found)]))


def test_the_page_is_whole_and_needs_nothing_else(made):
    found, kept = made
    page = report.html(found, kept)
    unescaped = page.replace("&#34;", '"').replace("&#39;", "'").replace("&gt;", ">").replace("&lt;", "<").replace("&amp;", "&")
    for line in (*sentences(found), *trial_sentences(found)):
        assert line in unescaped
    for heading in ("With and without an engaged group", "By breadth", "By roles", "Pilot against control"):
        assert f">{heading}</h2>" in page
    assert page.count("<svg") == 4
    assert "Secret" not in page
    assert "<script" not in page
    assert "http" not in page.replace("http-equiv", "")


def test_the_same_impact_gives_the_same_page(made):
    assert report.html(*made) == report.html(*made)


def test_the_document_is_kept_whole_and_replaced(made, tmp_path):
    project = Project(tmp_path, settings())
    path = report.keep(project, made[1])
    assert path == tmp_path / ".bgml" / "insight" / "impact.json"
    assert json.loads(path.read_text(encoding="utf-8")) == made[1]
    report.keep(project, {"headline": []})
    assert json.loads(path.read_text(encoding="utf-8")) == {"headline": []}
    assert [entry.name for entry in path.parent.iterdir()] == ["impact.json"]


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path):
    with pytest.raises(ProjectError, match="cannot be written"):
        report.write(tmp_path / "none" / "impact.html", "text")

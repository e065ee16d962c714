from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import duckdb
import pytest

from bgml.sources.topics.assignment import ABOUT, READ

FRAMES = Path(__file__).parents[1] / "data" / "conftest.py"


@pytest.fixture
def project(tmp_path):
    """A project over clean tables, with an import's texts beside them."""
    spec = importlib.util.spec_from_file_location("clean_tables", FRAMES)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (tmp_path / "bgml.toml").write_text('[project]\nname = "t"\n')
    (tmp_path / "topics.toml").write_text('[default]\nroles = ["champion"]\n[topic.ai]\npatterns = ["machine learning", "zebra"]\n')
    module.write_parquet(tmp_path / "data", module.clean_frames())
    return tmp_path


def leave(project):
    empty = ", ".join(f"NULL::VARCHAR AS {column}" for column in ABOUT[1:])
    target = project / "data" / READ
    duckdb.execute(
        f"""COPY (SELECT campaign AS about_campaign, {empty}, [topic] AS topics, rows AS signals, 0 AS opportunities, 0 AS touches
        FROM (VALUES ('Machine Learning 101', 'ai', 30), ('Picnic', NULL, 10)) t(campaign, topic, rows)) TO '{target}' (FORMAT parquet)"""
    )
    duckdb.execute(f"COPY (FROM (SELECT * REPLACE (list_filter(topics, x -> x IS NOT NULL) AS topics) FROM '{target}')) TO '{target}'")


def test_topics_of_the_tables_are_told_without_an_import(bgml, project):
    result = bgml("topics", "--project", project)
    assert result.exit_code == 0, result.stderr
    assert "No import has left what it read" in result.stdout
    assert 'warning: the tables have the topic "cloud", which topics.toml does not list' in result.stdout


def test_after_an_import_what_maps_and_what_does_not_is_told(bgml, project):
    leave(project)
    told = bgml("topics", "--project", project).stdout
    assert "Of 40 signals and opportunities that say what they are about, 10 (25%) fit no pattern; they are set aside." in told
    assert "Picnic" in told and 'no text is mapped by the pattern "zebra" of the topic "ai"' in told
    assert "run the import again" not in told
    (project / "topics.toml").write_text('[default]\ntopic = "rest"\n[topic.ai]\npatterns = ["picnic"]\n')
    told = bgml("topics", "--project", project).stdout
    assert '30 (75%) fit no pattern; they go to the topic "rest".' in told
    assert "40 have other topics now than when they were imported: run the import again." in told


def test_json_holds_all_of_it(bgml, project):
    leave(project)
    document = json.loads(bgml("topics", "--json", "--project", project).stdout)
    lines = {line["topic"]: line for line in document["lines"]}
    assert (lines["ai"]["fitted"], lines["ai"]["signals"], lines["ai"]["accounts"]) == (30, 30, 3)
    assert document["fitted"]["unmapped"] == [{"field": "campaign", "text": "Picnic", "rows": 10}]


def test_tables_that_cannot_be_used_stop_the_command_unless_an_import_tells_why(bgml, project):
    (project / "data" / "signals.parquet").unlink()
    assert bgml("topics", "--project", project).exit_code == 1
    leave(project)
    result = bgml("topics", "--project", project)
    assert result.exit_code == 0 and "warning: the tables cannot be used yet" in result.stderr and "Picnic" in result.stdout


def test_a_faulty_pattern_exits_1_and_is_named(bgml, project):
    (project / "topics.toml").write_text('[topic.ai]\npatterns = ["*"]\n')
    result = bgml("topics", "--project", project)
    assert result.exit_code == 1 and "topics.toml" in result.stderr and "no letter or digit" in result.stderr

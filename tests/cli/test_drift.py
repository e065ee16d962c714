"""`bgml drift`: the table, the document, and the exit code that a weekly job asks for."""

from __future__ import annotations

import json
from datetime import date

import pytest

from bgml.evaluation.drift import Drift, Finding
from bgml.ranking import monitor
from tests.small_project import small_project

DAY = date(2025, 6, 30)
GREEN = [Finding("feature", f"x{number}", "green", 0.01, "stability index 0.01") for number in range(8)]


def drifted(*findings):
    return Drift("propensity:2", date(2025, 1, 6), DAY, 321, (*findings, *GREEN), ("no ranking is 180 days old",))


RED = Finding("score", "score", "red", 0.4, "stability index 0.40")
YELLOW = Finding("volume", "named", "yellow", 0.4, "1,000 named signals")


@pytest.fixture
def drift(bgml, tmp_path, monkeypatch):
    """Run `bgml drift` with findings made up."""
    small_project(tmp_path)

    def run(found, *arguments):
        monkeypatch.setattr(monitor, "monitor", lambda project, dataset, progress: found)
        return bgml("drift", "--project", tmp_path, *arguments)

    return run


@pytest.mark.parametrize(
    ("findings", "arguments", "code"),
    [
        ([RED], [], 0),
        ([RED], ["--fail-on", "red"], 3),
        ([RED], ["--fail-on", "yellow"], 3),
        ([YELLOW], ["--fail-on", "red"], 0),
        ([YELLOW], ["--fail-on", "yellow"], 3),
        ([], ["--fail-on", "yellow"], 0),
        ([RED], ["--fail-on", "purple"], 2),
    ],
)
def test_the_exit_code(drift, findings, arguments, code):
    assert drift(drifted(*findings), *arguments).exit_code == code


def test_what_is_off_stands_first_and_some_of_the_rest(drift):
    told = drift(drifted(RED, YELLOW)).stdout
    assert "propensity:2, trained as of 2025-01-06, at 2025-06-30: 321 groups" in told
    assert told.index("stability index 0.40") < told.index("1,000 named signals") < told.index("x0")
    assert "x4" in told and "x5" not in told
    assert "3 more are green." in told
    assert "note: no ranking is 180 days old" in told
    assert told.rstrip().endswith("All in all: red.")


def test_json_has_every_finding_whatever_the_exit_code(drift):
    result = drift(drifted(RED), "--json", "--fail-on", "red")
    assert result.exit_code == 3
    document = json.loads(result.stdout)
    assert document["level"] == "red"
    assert len(document["findings"]) == 9
    assert document["findings"][0] == {
        "kind": "score", "name": "score", "level": "red", "value": 0.4, "sentence": "stability index 0.40",
    }  # fmt: skip
    assert (document["as_of"], document["rows"]) == ("2025-06-30", 321)


def test_before_anything_is_trained_it_is_one_sentence(bgml, tmp_path):
    small_project(tmp_path)
    result = bgml("drift", "--project", tmp_path)
    assert result.exit_code == 1
    assert "run `bgml train`" in result.stderr
    assert "Traceback" not in result.output

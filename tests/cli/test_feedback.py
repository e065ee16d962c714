"""`bgml verdict` and `bgml forget`."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from typer.testing import CliRunner, Result

from bgml.cli.main import app
from bgml.project import Project
from bgml.ranking.archive import store
from bgml.ranking.feedback import forget as forgetting
from bgml.ranking.feedback.forget import Forgetting, Left
from tests.small_project import SETTINGS, small_project, tables

Run = Callable[..., Result]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    people = pd.DataFrame({"person_id": ["p000", "p001"], "name": ["Xaviera Quill", "Bo"], "email": ["x@q.example", None]})
    made = small_project(tmp_path / "small", settings=SETTINGS.replace("until = 2025-06-30\n", ""), frames={**tables(), "people": people})
    keys = pa.table({"account_id": ["a01", "a02"], "topic": ["ai", "Data/AI"]})
    store.write(made.rankings, datetime.date(2025, 6, 2), "0" * 16, {"ranking": keys}, {})
    return made


def test_a_verdict_is_kept_and_told(bgml: Run, project: Project) -> None:
    result = bgml("verdict", "a02", "Data/AI", "rejected", "--reason", "no budget", "--by", "ann", "--project", project.root)
    assert result.exit_code == 0, result.stderr
    assert result.stdout == "a02 / Data/AI, ranking of 2025-06-02: rejected\n"
    document = json.loads(bgml("verdict", "a01", "ai", "accepted", "--as-of", "2025-06-02", "--json", "--project", project.root).stdout)
    assert (document["account_id"], document["topic"], document["as_of"], document["verdict"]) == ("a01", "ai", "2025-06-02", "accepted")
    assert (document["by"], document["reason"]) == (None, None)
    kept = [json.loads(line) for line in (project.root / "verdicts/verdicts.jsonl").read_text().splitlines()]
    assert [(entry["by"], entry["reason"]) for entry in kept] == [("ann", "no budget"), ("", "")]


def test_a_verdict_after_the_end_of_the_data_is_warned_of(bgml: Run, project: Project) -> None:
    (project.root / "bgml.toml").write_text(SETTINGS)
    result = bgml("verdict", "a01", "ai", "accepted", "--project", project.root)
    assert result.exit_code == 0
    assert result.stderr.startswith("warning: data.until is 2025-06-30: the verdict is kept, and read once")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("verdict", "a03", "ai", "accepted"), 1, 'no group of the account "a03"; did you mean "a0'),
        (("verdict", "a01", "cloud", "accepted"), 1, 'no group of a01 on "cloud"; it has a01 on ai'),
        (("verdict", "a01", "ai", "maybe"), 2, "'maybe' is not one of 'accepted', 'rejected'"),
        (("verdict", "a01", "ai"), 2, "Missing argument"),
        (("verdict", "a01", "ai", "accepted", "--as-of", "monday"), 2, '"monday" is not a date'),
        (("verdict", "a01", "ai", "accepted", "--as-of", "2025-06-09"), 1, "there is no ranking of 2025-06-09"),
        (("forget", "nobody", "--yes"), 1, 'nobody has the id "nobody"'),
        (("forget", "p000"), 2, "forgetting cannot be undone: confirm it with --yes"),
        (("forget", "p000", "--json"), 2, "forgetting cannot be undone: confirm it with --yes"),
    ],
)
def test_stated_problems(bgml: Run, project: Project, arguments: tuple[str, ...], code: int, said: str) -> None:
    result = bgml(*arguments, "--project", project.root)
    assert (result.exit_code, said in " ".join(result.stderr.split())) == (code, True), result.stderr
    assert not (project.root / "verdicts/verdicts.jsonl").exists()
    assert not (project.root / ".bgml/forgotten.jsonl").exists()


def test_forgetting_tells_what_was_erased_and_the_second_time_that_it_was_before(bgml: Run, project: Project) -> None:
    (project.root / ".bgml").mkdir(exist_ok=True)
    (project.root / ".bgml/exports.jsonl").write_text('{"as_of": "2025-06-02", "ranking_id": "0000000000000000"}\n')
    first = bgml("forget", "p000", "--yes", "--project", project.root)
    assert first.exit_code == 0, first.stderr
    assert "data/people.parquet" in first.stdout
    assert "Recorded in .bgml/forgotten.jsonl: from now on p000 is read without name, title and e-mail." in first.stdout
    assert "1 files were handed out before (.bgml/exports.jsonl): they may name the person and cannot be recalled." in first.stdout
    assert "Xaviera" not in first.stdout
    assert pd.read_parquet(project.root / "data/people.parquet")["person_id"].tolist() == ["p001"]
    second = bgml("forget", "p000", "--yes", "--project", project.root)
    assert second.exit_code == 0
    assert "p000 was forgotten at 20" in second.stdout
    assert "nothing was left to erase" in second.stdout
    document = json.loads(bgml("forget", "p000", "--yes", "--json", "--project", project.root).stdout)
    assert (document["done"], document["erased"], document["left"], document["handed_out"]) == (True, {}, [], 1)


def test_in_a_terminal_it_asks_and_says_who_is_meant(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bgml.cli.feedback._is_terminal", lambda: True)
    no = CliRunner().invoke(app, ["forget", "p000", "--project", str(project.root)], input="n\n")
    assert no.exit_code == 1
    assert "p000 (Xaviera Quill, x@q.example); rows: people 1, signals " in no.stdout
    assert not (project.root / ".bgml/forgotten.jsonl").exists()
    yes = CliRunner().invoke(app, ["forget", "p000", "--project", str(project.root)], input="y\n")
    assert yes.exit_code == 0
    assert (project.root / ".bgml/forgotten.jsonl").exists()


def test_what_is_left_is_an_exit_1_with_the_way_out(bgml: Run, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    left = Left("the postgres warehouse", "2 rows of people are left", "run there: DELETE FROM people WHERE person_id = 'p000';")
    monkeypatch.setattr(forgetting, "forget", lambda *_: Forgetting("p000", left=(left,)))
    result = bgml("forget", "p000", "--yes", "--json", "--project", project.root)
    assert result.exit_code == 1
    assert json.loads(result.stdout)["left"][0]["run"] == "run there: DELETE FROM people WHERE person_id = 'p000';"
    assert result.stderr.startswith("bgml: p000 is not forgotten everywhere. the postgres warehouse: 2 rows of people are left; run there:")

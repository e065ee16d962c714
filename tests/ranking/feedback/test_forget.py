"""Forgetting a person, everywhere."""

from __future__ import annotations

import datetime
import json
import os
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from bgml.cli.main import app
from bgml.config import settings_from
from bgml.data.dataset import open_dataset
from bgml.data.kept import forgotten, lines
from bgml.data.kept.verdict_log import file as verdicts_file
from bgml.data.warehouse import open_frames
from bgml.errors import DataError, ProjectError
from bgml.learning.training import train
from bgml.project import Project
from bgml.ranking.archive import people, store
from bgml.ranking.feedback import forget as forgetting
from bgml.ranking.feedback.forget import forget, look
from bgml.ranking.feedback.verdicts import write
from bgml.ranking.score import score
from tests.small_project import SETTINGS, small_project, tables

NAME, EMAIL, TITLE = "Xaviera Quillfeather", "xaviera@quill.example", "Chief Wombat Officer"
REFUSED = "data/verdicts.parquet: Permission denied; data/people.parquet: Permission denied"
KINDS = ["parquet", "parts", "csv", "duckdb"]


def named(person: object = "p000", **changes: Any) -> dict[str, pd.DataFrame]:
    """Tables in which one person can be told by name, e-mail and title, with two rows and a colleague who shares the e-mail."""
    frames = tables()
    ids = [person, person, "p001" if isinstance(person, str) else 1]
    frames["people"] = pd.DataFrame({
        "person_id": ids, "account_id": ["a00", "a05", "a00"], "name": [NAME, NAME, "Bo Berg"], "email": EMAIL,
        "title": [TITLE, TITLE, "CTO"], "department": ["Wombats", None, "IT"], "valid_from": pd.to_datetime([None, "2024-03-01", None]),
    }).assign(**changes)  # fmt: skip
    if not isinstance(person, str):
        frames["signals"]["person_id"] = frames["signals"]["person_id"].str[1:].astype("Int64")
    frames["verdicts"] = pd.DataFrame({
        "account_id": ["a00", "a01"], "topic": "ai", "as_of": pd.Timestamp("2025-06-02"), "by": "ann", "at": pd.Timestamp("2025-06-03"),
        "verdict": "rejected", "reason": [f"{NAME} said no", "no budget"],
    })  # fmt: skip
    return frames


def placed(root: Path, kind: str, frames: dict[str, pd.DataFrame]) -> Project:
    """A project over the tables in one kind of place."""
    url = "data" if kind != "duckdb" else "data/tables.duckdb"
    project = small_project(root, settings=SETTINGS.replace('url = "data"', f'url = "{url}"'), frames=frames)
    for name, frame in frames.items():
        path = root / "data" / f"{name}.parquet"
        if kind == "csv":
            frame.to_csv(path.with_suffix(".csv"), index=False)
        elif kind == "duckdb":
            with duckdb.connect(str(root / "data" / "tables.duckdb")) as connection:
                connection.register("frame", frame)
                connection.execute(f'CREATE TABLE "{name}" AS SELECT * FROM frame')
        elif kind == "parts":
            path.with_suffix("").mkdir()
            for part in range(2):
                frame.iloc[part::2].to_parquet(path.with_suffix("") / f"{part}.parquet")
        if kind != "parquet":
            path.unlink()
    return project


def holding(root: Path, *texts: str) -> list[str]:
    """The files under a folder that hold one of the texts."""
    found = []
    for path in sorted(root.rglob("*")):
        if not path.is_file():
            continue
        content = path.read_bytes()
        if path.suffix == ".parquet":
            content += str(pq.read_table(path).to_pylist()).encode()
        if any(text.encode() in content for text in texts):
            found.append(path.relative_to(root).as_posix())
    return found


def copied_as_by_a_dead_run(project: Project) -> None:
    """What a run that was killed leaves: a staged copy of people."""
    place = project.state / "work-dead"
    place.mkdir(parents=True)
    named()["people"].to_parquet(place / "people.parquet")


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_of_the_person_is_left_in_the_tables(tmp_path: Path, kind: str) -> None:
    project = placed(tmp_path, kind, named())
    assert holding(tmp_path, NAME)
    done = forget(project, "p000")
    assert done.left == ()
    assert sum(done.erased.values()) == 3
    assert holding(tmp_path, NAME, EMAIL[:7] + "@none", TITLE, "Wombats") == []
    dataset = open_dataset(project)
    assert dataset.frame("people")[["person_id", "name", "email"]].to_numpy().tolist() == [["p001", "Bo Berg", EMAIL]]
    assert dataset.frame("verdicts")["reason"].fillna("").tolist() == ["", "no budget"]
    assert (dataset.frame("signals")["person_id"] == "p000").sum() == (named()["signals"]["person_id"] == "p000").sum()


@pytest.mark.parametrize("kind", KINDS)
def test_integer_ids(tmp_path: Path, kind: str) -> None:
    project = placed(tmp_path, kind, named(0))
    with pytest.raises(DataError, match='nobody has the id "00"'):
        forget(project, "00")
    assert forget(project, "0").left == ()
    assert holding(tmp_path, NAME, TITLE) == []


def everyone() -> pd.DataFrame:
    """People of whom each can be told by a name and a title of their own, two rows of each with one key."""
    ids = tables()["people"]["person_id"]
    told = {"name": "Xav" + ids + " Quill" + ids, "email": EMAIL, "title": "Wombat " + ids, "department": None}
    one = pd.DataFrame({"person_id": ids, **told})
    return pd.concat([one, one.assign(title=one["title"] + " again").head(20)], ignore_index=True)


def test_everything_a_trained_project_keeps(tmp_path: Path) -> None:
    project = small_project(tmp_path, settings=SETTINGS.replace("min_won = 8", "min_won = 8\nmax_bad_share = 1.0"),
                            frames={**tables(), "people": everyone()})  # fmt: skip
    dataset = open_dataset(project)
    train(project, dataset, ["propensity"])
    scored = score(project, dataset)
    members = scored.stored.table("members").to_pylist()
    raced = CliRunner().invoke(app, ["evaluate", "people_count", "--folds", "1", "--project", str(tmp_path)])
    assert raced.exit_code == 0, raced.stderr
    person, account, topic = next((row["person_id"], row["account_id"], row["topic"]) for row in members if row["person_id"])
    at = datetime.datetime(2025, 6, 29)
    for reason in (f"Quill{person} has left, Xav{person} too", "no budget"):
        write(project, account, topic, "rejected", reason=reason, at=at)
    for place in (project.state / "work-dead", project.state / "audit-dead" / "data"):
        place.mkdir(parents=True)
        everyone().to_parquet(place / "people.parquet")
    several = everyone().assign(person_id=person)
    several.to_parquet(project.state / "quarantine" / "people.parquet")
    texts = (f"Xav{person}", f"Quill{person}", f"Wombat {person}")
    assert holding(tmp_path, *texts) == [
        ".bgml/audit-dead/data/people.parquet", ".bgml/quarantine/people.parquet", ".bgml/work-dead/people.parquet", "data/people.parquet",
        "rankings/people.parquet", "verdicts/verdicts.jsonl",
    ]  # fmt: skip
    done = forget(project, person)
    assert done.left == ()
    assert holding(tmp_path, *texts) == []
    assert set(done.erased) == {"verdicts", ".bgml/quarantine", ".bgml/work", "rankings/people.parquet", "data/people.parquet"}
    assert [entry["reason"] for entry in lines.read(verdicts_file(project))[0]] == ["", "no budget"]
    stored = store.current(project.rankings, scored.stored.as_of)
    assert stored is not None
    assert stored.table("members").to_pylist() == members
    assert score(project, open_dataset(project)).stored.as_of == stored.as_of
    assert people.read(project.rankings).name(person) == person
    assert holding(tmp_path, *texts) == []


def test_whoever_is_forgotten_after_the_tables_were_read_is_not_entered(tmp_path: Path, trained: Project) -> None:
    shutil.copytree(trained.root, tmp_path / "small")
    project = Project(root=tmp_path / "small", settings=trained.settings)
    everyone().head(200).to_parquet(project.root / "data" / "people.parquet")
    dataset = open_dataset(project)
    person = score(project, dataset).stored.table("members")["person_id"].drop_null()[0].as_py()
    assert people.read(project.rankings).name(person) == f"Xav{person} Quill{person}"
    forget(project, person)
    score(project, dataset)
    assert people.read(project.rankings).name(person) == person


def test_it_is_recorded_without_a_name(tmp_path: Path) -> None:
    project = placed(tmp_path, "parquet", named())
    done = forget(project, "p000")
    entries = [json.loads(line) for line in (tmp_path / ".bgml/forgotten.jsonl").read_text().splitlines()]
    assert [(entry["person_id"], entry["state"]) for entry in entries] == [("p000", "begun"), ("p000", "done")]
    assert entries[1]["erased"] == done.erased == {"data/verdicts.parquet": 1, "data/people.parquet": 2}
    assert done.before is None


def test_a_source_that_brings_the_person_back_is_read_without_the_name(tmp_path: Path) -> None:
    project = placed(tmp_path, "parquet", named())
    first = forget(project, "p000")
    named()["people"].to_parquet(tmp_path / "data/people.parquet")
    found = open_dataset(project).frame("people").set_index("person_id")
    assert found.loc["p000", ["name", "email", "title", "department"]].isna().all(axis=None)
    assert found.loc["p001", "name"] == "Bo Berg"
    again = forget(project, "p000")
    assert again.erased == {"data/people.parquet": 2}
    assert again.before is not None
    assert first.before is None
    nothing = forget(project, "p000")
    assert (nothing.erased, nothing.left, nothing.before) == ({}, (), again.before)


def test_unknown_people_are_said_and_change_nothing(tmp_path: Path) -> None:
    project = placed(tmp_path, "parquet", named())
    for function in (look, forget):
        with pytest.raises(DataError, match='nobody has the id "nobody": it is neither in the tables of .*data nor in the rankings'):
            function(project, "nobody")
    assert not forgotten.file(project).exists()


def test_someone_known_by_signals_only_is_remembered_as_forgotten(tmp_path: Path) -> None:
    project = placed(tmp_path, "parquet", named())
    someone = open_dataset(project).frame("signals")["person_id"].dropna().loc[lambda ids: ~ids.isin(["p000", "p001"])].iloc[0]
    done = forget(project, someone)
    assert (done.erased, done.left) == ({}, ())
    assert forgotten.ids(project) == {someone}


def test_a_person_of_the_book_alone_is_found(tmp_path: Path) -> None:
    project = placed(tmp_path, "parquet", tables())
    project.rankings.mkdir(exist_ok=True)
    people.record(project.rankings, named("gone")["people"].assign(department=None), ["gone"])
    assert forget(project, "gone").erased == {"rankings/people.parquet": 1}
    assert holding(tmp_path, NAME) == []


STEPS = [
    "bgml.ranking.feedback.forget._from_verdicts",
    "bgml.ranking.feedback.forget._copies",
    "bgml.ranking.archive.people.forget",
    "bgml.ranking.feedback.forget._from_tables",
    "bgml.ranking.feedback.forget._left",
]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("kind", ["parquet", "duckdb"])
def test_dying_at_any_step_and_running_again_completes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, kind: str) -> None:
    project = placed(tmp_path, kind, named())
    people.record(project.rankings, named()["people"], ["p000"])
    plain = {"account_id": "a00", "topic": "ai", "as_of": "2025-06-02", "at": "2025-06-03T00:00:00", "verdict": "rejected"}
    lines.append(verdicts_file(project), {**plain, "by": "", "reason": "Xaviera left"})
    copied_as_by_a_dead_run(project)

    def die(*arguments: object, **more: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(step, die)
        forget(project, "p000")
    found = open_dataset(project).frame("people")
    assert found.loc[found["person_id"] == "p000", "name"].isna().all()
    assert forget(project, "p000").left == ()
    assert holding(tmp_path, NAME, "Xaviera", TITLE) == []
    assert forgotten.entries(project)[-1]["state"] == "done"


def test_two_at_once_wait_for_nobody(tmp_path: Path) -> None:
    project = placed(tmp_path, "parquet", named())
    with project.lock("forget"), pytest.raises(ProjectError, match="another bgml forget is running"):
        forget(project, "p000")


def read_only(folder: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    folder.chmod(0o500)


def test_a_folder_that_cannot_be_written_is_left_and_said(tmp_path: Path) -> None:
    project = placed(tmp_path, "parquet", named())
    read_only(tmp_path / "data")
    done = forget(project, "p000")
    assert [part.place for part in done.left] == ["people.parquet", "verdicts.parquet"]
    assert done.left[0].why == f"2 rows of people are left ({REFUSED})"
    assert done.left[0].run == "run there: DELETE FROM people WHERE person_id = 'p000';"
    (tmp_path / "data").chmod(0o700)
    assert forget(project, "p000").left == ()


def test_tables_that_refuse_are_left_and_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = placed(tmp_path, "parquet", named())

    def refuse(path: Path, change: object) -> int:
        raise PermissionError(13, "Permission denied", str(path))

    with monkeypatch.context() as patched:
        patched.setattr(forgetting, "edit", refuse)
        done = forget(project, "p000")
    assert [part.place for part in done.left] == ["people.parquet", "verdicts.parquet"]
    assert done.left[0].why == f"2 rows of people are left ({REFUSED})"
    assert done.left[0].run == "run there: DELETE FROM people WHERE person_id = 'p000';"
    assert done.document()["done"] is False
    assert open_dataset(project).frame("people").set_index("person_id").loc["p000", "name"].isna().all()
    assert forget(project, "p000").left == ()


def test_a_view_is_not_written(tmp_path: Path) -> None:
    project = placed(tmp_path, "duckdb", named())
    with duckdb.connect(str(tmp_path / "data/tables.duckdb")) as connection:
        connection.execute("ALTER TABLE people RENAME TO persons; CREATE VIEW people AS FROM persons")
    done = forget(project, "p000")
    assert "2 rows of people are left" in done.left[0].why


def test_a_database_is_not_written_but_what_to_run_there_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = "postgres://ann@db/sales"
    project = Project(root=tmp_path, settings=settings_from({"project": {"name": "t"}, "data": {"url": url}}, "test"))
    held = named(person="o'hara")
    held["signals"]["person_id"] = "o'hara"
    monkeypatch.setattr(forgetting, "open_warehouse", lambda _: open_frames(held, 1, 2**30))
    done = forget(project, "o'hara")
    assert [(part.why, part.run) for part in done.left] == [
        ("2 rows of people are left", "run there: DELETE FROM people WHERE person_id = 'o''hara';"),
        ("1 reasons of verdicts name the person", "blank them there"),
    ]
    assert forgotten.entries(project)[-1]["state"] == "begun"
    held["people"] = held["people"].iloc[2:]
    held["verdicts"]["reason"] = None
    assert forget(project, "o'hara").left == ()
    assert forgotten.entries(project)[-1]["state"] == "done"


def test_columns_outside_the_contract_are_pointed_at(tmp_path: Path) -> None:
    frames = named()
    frames["signals"]["form"] = "contact me"
    done = forget(placed(tmp_path, "parquet", frames), "p000")
    assert len(done.notes) == 1
    assert done.notes[0].startswith("signals: ")
    assert "columns outside the contract (form)" in done.notes[0]


def test_a_moved_project_still_knows_whom_to_forget(tmp_path: Path) -> None:
    project = placed(tmp_path / "here", "parquet", named())
    forget(project, "p000")
    shutil.copytree(tmp_path / "here", tmp_path / "there")
    assert forgotten.ids(Project(root=tmp_path / "there", settings=project.settings)) == {"p000"}

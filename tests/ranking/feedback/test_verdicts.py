"""Verdicts on ranked groups."""

from __future__ import annotations

import datetime
import multiprocessing
import os
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from bgml.config import settings_from
from bgml.data.dataset import open_dataset, open_tables
from bgml.data.kept import lines
from bgml.data.kept.verdict_log import file
from bgml.errors import RankingError
from bgml.project import Project
from bgml.ranking.archive import store
from bgml.ranking.feedback import verdicts
from tests.small_project import small_project, tables

OLD, NEW = datetime.date(2025, 5, 26), datetime.date(2025, 6, 2)


def rank(project: Project, as_of: datetime.date, groups: list[tuple[Any, Any]]) -> None:
    """A ranking of nothing but keys."""
    keys = pa.table({"account_id": [account for account, _ in groups], "topic": [topic for _, topic in groups]})
    ranking_id = f"{as_of:%Y%m%d}".zfill(16)
    store.write(project.rankings, as_of, ranking_id, {"ranking": keys}, {})


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project(root=tmp_path, settings=settings_from({"project": {"name": "t"}}, "test"))
    rank(made, OLD, [("a01", "ai"), ("a02", "Data/AI"), ("a03", "cloud")])
    rank(made, NEW, [("a01", "ai"), ("a02", "Data/AI"), ("a02", "cloud"), ("007", "ai")])
    return made


def test_a_verdict_is_on_disk_and_reads_back(project: Project) -> None:
    before = datetime.datetime.now(datetime.UTC).replace(tzinfo=None)
    given = verdicts.write(project, "a02", "Data/AI", "rejected", by="Ann", reason=' "no" \n budget 😀 ')
    assert (given.account_id, given.topic, given.as_of, given.verdict, given.by) == ("a02", "Data/AI", NEW, "rejected", "Ann")
    assert before <= given.at <= datetime.datetime.now(datetime.UTC).replace(tzinfo=None)
    (entry,), torn = lines.read(file(project))
    assert torn == 0
    assert verdicts._verdict(entry) == given
    assert entry["reason"] == '"no" \n budget 😀'
    assert file(project).parent.stat().st_mode & 0o777 == 0o700


def test_the_newest_ranking_that_holds_the_group_is_meant(project: Project) -> None:
    assert verdicts.write(project, "a01", "ai", "accepted").as_of == NEW
    assert verdicts.write(project, "a03", "cloud", "accepted").as_of == OLD
    assert verdicts.write(project, "a01", "ai", "accepted", OLD).as_of == OLD


def test_integer_ids_may_be_given_as_text(tmp_path: Path) -> None:
    project = Project(root=tmp_path, settings=settings_from({"project": {"name": "t"}}, "test"))
    rank(project, NEW, [(7, 1), (77, 2)])
    assert verdicts.write(project, "7", "1", "accepted").account_id == 7
    assert verdicts.write(project, 77, 2, "accepted").topic == 2
    with pytest.raises(RankingError, match='no group of the account "007"'):
        verdicts.write(project, "007", "1", "accepted")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("a01", "ai", "acepted"), '"acepted" is no verdict; did you mean "accepted"?; use accepted or rejected'),
        (("a0l", "ai", "accepted"), 'the ranking of 2025-06-02 has no group of the account "a0l"; did you mean "a0'),
        (("zzzz", "ai", "accepted"), 'no group of the account "zzzz"; only ranked groups are judged'),
        (("a02", "clod", "accepted"), 'the ranking of 2025-06-02 has no group of a02 on "clod"; did you mean "cloud"?'),
        (("a02", "x", "accepted"), 'no group of a02 on "x"; it has a02 on Data/AI, cloud'),
        (("a02", "cloud", "accepted", OLD), "a02 / cloud is not in the ranking of 2025-05-26; it is in that of 2025-06-02: use --as-of"),
        (("a01", "ai", "accepted", datetime.date(2025, 6, 9)), "there is no ranking of 2025-06-09; the nearest is of 2025-06-02"),
        (("7", "ai", "accepted"), 'no group of the account "7"'),
    ],
)
def test_what_is_not_ranked_cannot_be_judged(project: Project, given: tuple[Any, ...], said: str) -> None:
    with pytest.raises(RankingError) as error:
        verdicts.write(project, *given)
    assert said in str(error.value)
    assert not file(project).exists()


def test_without_a_ranking_there_is_nothing_to_judge(tmp_path: Path) -> None:
    project = Project(root=tmp_path, settings=settings_from({"project": {"name": "t"}}, "test"))
    with pytest.raises(RankingError, match="there is no ranking yet"):
        verdicts.write(project, "a01", "ai", "accepted")


def test_times_are_utc_and_those_that_cannot_be_are_refused(project: Project) -> None:
    tokyo = datetime.datetime(2025, 6, 3, 9, tzinfo=datetime.timezone(datetime.timedelta(hours=9)))
    assert verdicts.write(project, "a01", "ai", "accepted", at=tokyo).at == datetime.datetime(2025, 6, 3)
    for at in (datetime.datetime(1989, 1, 1), datetime.datetime(2150, 1, 1)):
        with pytest.raises(RankingError, match="cannot have been given at"):
            verdicts.write(project, "a01", "ai", "accepted", at=at)


def test_a_key_keeps_one_verdict(project: Project) -> None:
    first = verdicts.write(project, "a01", "ai", "accepted", key="request 1")
    rank(project, datetime.date(2025, 6, 9), [("a01", "ai")])
    assert verdicts.write(project, "a01", "ai", "accepted", key="request 1") == first
    assert verdicts.write(project, "a01", "ai", "accepted", key="request 2") != first
    with pytest.raises(RankingError, match='the key "request 1" was used for another verdict'):
        verdicts.write(project, "a01", "ai", "rejected", key="request 1")
    assert len(lines.read(file(project))[0]) == 2


def _many(project: Project, by: str) -> None:
    for number in range(25):
        verdicts.write(project, "a01", "ai", "accepted", by=by, key=f"both {number}")
        verdicts.write(project, "a01", "ai", "rejected", by=by)


def test_two_writers_at_once_keep_all_and_each_key_once(project: Project) -> None:
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=_many, args=(project, by)) for by in ("ann", "bob")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    found, torn = lines.read(file(project))
    keys = [entry["key"] for entry in found if "key" in entry]
    assert (len(found), torn, len(keys), len(set(keys))) == (75, 0, 25, 25)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_said(project: Project) -> None:
    project.verdicts.chmod(0o500)
    with pytest.raises(RankingError, match="the verdict was not kept: .* cannot be written"):
        verdicts.write(project, "a01", "ai", "accepted")


def test_a_folder_that_is_a_file_is_said(project: Project) -> None:
    shutil.rmtree(project.verdicts)
    (project.root / "verdicts").write_text("")
    with pytest.raises(RankingError, match="the verdict was not kept: .* cannot be written"):
        verdicts.write(project, "a01", "ai", "accepted")


def test_verdicts_of_a_group_come_in_order_and_the_latest_counts() -> None:
    given = [("a01", "ai", "2025-06-02", "2025-06-04", "rejected"), ("a01", "ai", "2025-06-02", "2025-06-03", "accepted"),
             ("a01", "ai", "2025-05-26", "2025-06-05", "accepted"), ("a01", "cloud", "2025-06-02", "2025-06-03", "rejected")]  # fmt: skip
    table = pd.DataFrame(given, columns=["account_id", "topic", "as_of", "at", "verdict"]).assign(by="ann")
    for name in ("as_of", "at"):
        table[name] = pd.to_datetime(table[name])
    found = verdicts.of_group(open_tables({**tables(), "verdicts": table}), "a01", "ai")
    assert found["verdict"].tolist() == ["accepted", "rejected", "accepted"]
    assert found["counts"].tolist() == [False, True, True]
    assert list(found) == ["as_of", "at", "by", "verdict", "reason", "counts"]


def test_what_is_written_is_what_every_command_reads(tmp_path: Path) -> None:
    project = small_project(tmp_path)
    rank(project, NEW, [("a01", "ai"), ("a02", "cloud")])
    verdicts.write(project, "a01", "ai", "accepted", at=datetime.datetime(2025, 6, 3))
    verdicts.write(project, "a01", "ai", "rejected", reason="changed", at=datetime.datetime(2025, 6, 4))
    dataset = open_dataset(project)
    assert verdicts.of_group(dataset, "a01", "ai")["counts"].tolist() == [False, True]
    assert verdicts.of_group(dataset, "a02", "cloud").empty
    assert dataset.frame("verdicts")["as_of"].tolist() == [pd.Timestamp(NEW)] * 2

"""The project's own verdicts beside those of the data."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import pytest

from bgml.data.dataset import Dataset, open_dataset
from bgml.data.kept.verdict_log import file, read
from bgml.errors import DataError
from bgml.project import Project

COLUMNS = ["account_id", "topic", "as_of", "by", "at", "verdict", "reason"]
KINDS = ["parquet", "csv", "duckdb"]


def keep(project: Project, *changes: dict[str, Any]) -> None:
    """Verdicts as `bgml verdict` keeps them."""
    plain = {"account_id": "a1", "topic": "cloud", "as_of": "2024-02-05", "at": "2024-02-07T10:30:00.000001", "verdict": "rejected",
             "by": "ann", "reason": "no budget"}  # fmt: skip
    file(project).write_text("".join(json.dumps(plain | change) + "\n" for change in changes))


def rows(dataset: Dataset) -> list[tuple[Any, ...]]:
    found = dataset.frame("verdicts")[COLUMNS]
    return [tuple(row) for row in found.astype(object).where(found.notna(), None).itertuples(index=False)]


OURS = ("a1", "cloud", pd.Timestamp("2024-02-05"), "ann", pd.Timestamp("2024-02-07 10:30:00.000001"), "rejected", "no budget")
THEIRS = ("a0", "ai", pd.Timestamp("2024-02-05"), None, pd.Timestamp("2024-02-06"), "accepted", None)


@pytest.mark.parametrize("kind", KINDS)
def test_verdicts_of_the_project_are_a_table_of_their_own(frames, placed, kind):
    project = placed(frames, kind)
    keep(project, {})
    dataset = open_dataset(project)
    assert dataset.has("verdicts")
    assert rows(dataset) == [OURS]
    assert dataset.report.faults == ()


@pytest.mark.parametrize("kind", KINDS)
def test_verdicts_of_both_are_one_table(every, placed, kind):
    project = placed(every, kind)
    keep(project, {})
    dataset = open_dataset(project)
    assert rows(dataset) == [THEIRS, OURS]
    assert dataset.report.faults == ()
    assert next(table.where for table in dataset.report.tables if table.name == "verdicts").endswith(" and verdicts/")


@pytest.mark.parametrize("kind", KINDS)
def test_integer_ids_stay_integers(every, placed, kind):
    for frame in every.values():
        if "account_id" in frame:
            frame["account_id"] = frame["account_id"].str[1:].astype("int64")
    for with_theirs in (True, False):
        project = placed(every if with_theirs else {name: rows for name, rows in every.items() if name != "verdicts"}, kind)
        if not with_theirs and kind != "duckdb":
            (project.root / "data" / f"verdicts.{kind}").unlink(missing_ok=True)
        keep(project, {"account_id": 1})
        assert 1 in open_dataset(project).frame("verdicts")["account_id"].tolist()
        assert str(open_dataset(project).frame("verdicts")["account_id"].dtype) == "int64"


def test_dates_zones_and_further_columns_of_theirs_meet_ours(every, placed):
    every["verdicts"]["at"] = every["verdicts"]["at"].dt.tz_localize("Europe/Berlin")
    every["verdicts"]["as_of"] = every["verdicts"]["as_of"].dt.date
    every["verdicts"]["channel"] = ["mail"]
    every["verdicts"]["seen"] = [3]
    project = placed(every)
    keep(project, {})
    dataset = open_dataset(project)
    found = dataset.frame("verdicts")
    assert found["at"].tolist() == [pd.Timestamp("2024-02-05 23:00"), OURS[4]]
    assert found["channel"].tolist()[0] == "mail"
    assert found["seen"].isna().tolist() == [False, True]


def test_the_same_checks_hold_for_both(every, placed):
    project = placed(every)
    keep(project, {}, {}, {"verdict": "maybe"}, {"verdict": "accepted", "at": "2150-01-01T00:00:00"})
    dataset = open_dataset(project)
    assert rows(dataset) == [THEIRS, OURS]
    said = " ".join(fault.message for fault in dataset.report.faults)
    assert "unknown verdict" in said
    assert "in the future" in said
    assert "1 rows repeat another row" in " ".join(dataset.report.notes)


def test_verdicts_on_accounts_that_are_gone_stop_nobody(frames, placed):
    project = placed(frames)
    keep(project, {}, *({"account_id": f"gone{number}"} for number in range(30)))
    dataset = open_dataset(project)
    assert rows(dataset) == [OURS]
    assert dataset.report.faults == ()
    assert any("30 verdicts of" in note and "no longer there" in note for note in dataset.report.notes)


def test_only_verdicts_on_accounts_that_are_gone_are_none(frames, placed):
    project = placed(frames)
    keep(project, {"account_id": "gone"})
    assert not open_dataset(project).has("verdicts")


@pytest.mark.parametrize("line", [
    "no json", "[1]", "{}", '{"account_id": "a1"}',
    '{"account_id": ["a1"], "topic": "ai", "as_of": "2024-02-05", "at": "2024-02-05", "verdict": "accepted"}',
    '{"account_id": "a1", "topic": "ai", "as_of": "monday", "at": "2024-02-05", "verdict": "accepted"}',
    '{"account_id": "a1", "topic": "ai", "as_of": "2024-02-05", "at": "2024-02-05T00:00:00+00:00", "verdict": "accepted"}',
    '{"account_id": true, "topic": "ai", "as_of": "2024-02-05", "at": "2024-02-05", "verdict": "accepted"}',
])  # fmt: skip
def test_lines_that_are_no_verdicts_are_left_out_and_counted(frames, placed, line):
    project = placed(frames)
    keep(project, {})
    with file(project).open("a") as log:
        log.write(line + "\n")
    dataset = open_dataset(project)
    assert rows(dataset) == [OURS]
    assert any("1 lines of" in note and "are no verdicts" in note for note in dataset.report.notes)


def test_a_table_that_breaks_the_contract_says_so_itself(every, placed):
    every["verdicts"] = every["verdicts"].drop(columns="verdict")
    project = placed(every)
    keep(project, {})
    with pytest.raises(DataError, match="verdicts.verdict: the column is missing"):
        open_dataset(project)


def test_a_table_of_wrong_types_says_so_itself(every, placed):
    every["verdicts"]["at"] = ["yesterday"]
    project = placed(every)
    keep(project, {})
    with pytest.raises(DataError, match="verdicts.at: the column is of type string"):
        open_dataset(project)


def test_no_verdicts_are_an_absent_table(frames, placed):
    project = placed(frames)
    assert read(project) == ([], 0)
    assert not open_dataset(project).has("verdicts")

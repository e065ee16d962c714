from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bgml.data.dataset import Dataset, open_dataset
from bgml.evaluation.audit.history.rebuild import check, rebuild, summary
from bgml.learning.examples import collect
from bgml.project import Project
from tests.small_project import small_project, tables

DAY = date(2025, 1, 6)
COLUMNS = ["actions_28d", "actions_91d", "people_91d", "won_before", "topic_actions_28d", "share_of_account", "industry"]


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, Dataset]:
    """The small project, with every tenth signal recorded forty days late."""
    frames = tables()
    late = np.arange(len(frames["signals"])) % 10 == 0
    recorded = (frames["signals"]["occurred_at"] + pd.Timedelta(days=40)).where(late)
    frames["signals"] = frames["signals"].assign(recorded_at=recorded)
    project = small_project(tmp_path_factory.mktemp("honest"), frames=frames)
    return project, open_dataset(project)


def test_nothing_changes_in_an_honest_project(honest: tuple[Project, Dataset]) -> None:
    project, dataset = honest
    checked = check(project, dataset, collect(project, dataset, [DAY], columns=COLUMNS), [DAY])
    assert checked.findings == ()
    assert checked.data["dates"][0]["deleted"]["signals"] > 100
    assert checked.data["dates"][0]["differences"] == []


def test_an_engine_that_forgets_recorded_at_is_caught(honest: tuple[Project, Dataset], tmp_path: Path) -> None:
    project, dataset = honest
    forgetful = tables()
    forgetful["signals"] = forgetful["signals"].assign(recorded_at=pd.NaT)
    careless = small_project(tmp_path, frames=forgetful)
    given = collect(careless, open_dataset(careless), [DAY], columns=COLUMNS)
    checked = check(project, dataset, given, [DAY])
    columns = {part["column"] for part in checked.data["dates"][0]["differences"]}
    assert {"actions_28d", "topic_actions_28d", "share_of_account"} <= columns
    assert not {"won_before", "industry"} & columns
    first = checked.findings[0]
    assert first.severity == "fault"
    assert "when everything known at or after that date is deleted: a" in first.found
    assert [finding.found for finding in checked.findings if "more columns change" in finding.found]
    assert first.found.endswith("; computed again with all rows it is right: the cache or the engine is not.")


def test_one_value_is_named_with_both_sides(honest: tuple[Project, Dataset]) -> None:
    project, dataset = honest
    given = collect(project, dataset, [DAY], columns=COLUMNS)
    right = given.features["actions_28d"].iloc[5]
    given.features.loc[5, "actions_28d"] = right + 7
    (difference,) = rebuild(project, dataset, given, DAY).differences
    assert (difference.column, difference.groups) == ("actions_28d", 1)
    assert (difference.given, difference.rebuilt) == (right + 7, right)
    assert difference.account_id == given.accounts[given.account[5]]


def test_a_missing_value_equals_a_missing_one_only(honest: tuple[Project, Dataset]) -> None:
    project, dataset = honest
    given = collect(project, dataset, [DAY], columns=["days_since_third_person", "industry"])
    assert given.features["days_since_third_person"].isna().any()
    assert rebuild(project, dataset, given, DAY).differences == ()
    given.features["industry"] = given.features["industry"].where(given.features.index != 3)
    (difference,) = rebuild(project, dataset, given, DAY).differences
    assert (difference.column, difference.given) == ("industry", None)


def test_a_group_that_is_a_candidate_on_one_side_only_is_a_fault(honest: tuple[Project, Dataset]) -> None:
    project, dataset = honest
    given = collect(project, dataset, [DAY], columns=["actions_28d"])
    short = given.take(np.arange(1, len(given)))
    result = rebuild(project, dataset, short, DAY)
    assert result.only_rebuilt == (f"{given.accounts[given.account[0]]} / {given.topics[given.topic[0]]}",)
    (finding,) = summary(result)
    assert finding.found.startswith("1 groups are candidates on 2025-01-06 only with")


def test_a_feature_that_needs_another_file_is_a_fault(tmp_path: Path) -> None:
    project = small_project(tmp_path)
    (tmp_path / "features").mkdir()
    (tmp_path / "tiers.txt").write_text("7")
    code = "from pathlib import Path\n\n_seven = int((Path(__file__).parent.parent / 'tiers.txt').read_text())\n\n\n"
    code += 'def seven(m):\n    """Seven times the actions."""\n    return _seven * m.actions_28d\n'
    (tmp_path / "features" / "tiers.py").write_text(code)
    dataset = open_dataset(project)
    given = collect(project, dataset, [DAY], columns=["seven"])
    (finding,) = check(project, dataset, given, [DAY]).findings
    assert finding.severity == "fault"
    assert finding.found.startswith("The features of 2025-01-06 cannot be computed from the tables alone: features/tiers.py, line 3")


def test_a_date_before_all_deals_cannot_be_rebuilt(honest: tuple[Project, Dataset]) -> None:
    project, dataset = honest
    early = date(2024, 2, 5)
    given = collect(project, dataset, [early], columns=["actions_28d"])
    (finding,) = check(project, dataset, replace(given), [early]).findings
    assert finding.severity == "warning"
    assert finding.found.startswith("2024-02-05 could not be rebuilt: opportunities: the table in opportunities.parquet has no row")

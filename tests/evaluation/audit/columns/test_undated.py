from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bgml.data.dataset import open_dataset
from bgml.engine.columns.catalog import load_catalog
from bgml.evaluation.audit.columns import undated
from bgml.learning.examples import collect
from tests.small_project import small_project, tables


@pytest.fixture
def frames() -> dict[str, pd.DataFrame]:
    frames = tables()
    frames["people"]["department"] = np.where(np.arange(len(frames["people"])) % 2, "IT", "Finance")
    return frames


def test_what_is_asked_for_and_not_declared(tmp_path: Path, frames: dict[str, pd.DataFrame]) -> None:
    project = small_project(tmp_path, frames=frames, data={"url": "data", "static": ["industry"]})
    dataset = open_dataset(project)
    findings = undated.undeclared(project, dataset, load_catalog(project, dataset))
    assert {finding.severity for finding in findings} == {"fault"}
    text = " ".join(finding.found for finding in findings)
    assert "accounts.region (region)" in text
    assert "people.department (departments_7d" in text
    assert "revenue" not in text  # the table has no such column
    assert "industry" not in text


def test_what_the_settings_take_away_is_not_asked_for(tmp_path: Path) -> None:
    static = {"url": "data", "static": ["industry", "region"]}
    project = small_project(tmp_path, data=static, features={"without": ["segment"]})
    dataset = open_dataset(project)
    assert undated.undeclared(project, dataset, load_catalog(project, dataset)) == []


def test_declared_columns_in_use_are_notes(tmp_path: Path, frames: dict[str, pd.DataFrame]) -> None:
    project = small_project(tmp_path, frames=frames)
    dataset = open_dataset(project)
    used = undated.in_use(project, dataset, load_catalog(project, dataset))
    assert used["accounts.industry"] == ["industry"]
    assert "departments_28d" in used["people.department"]
    checked = undated.check(project, dataset, collect(project, dataset, [date(2025, 1, 6)], columns=["industry"]))
    assert [finding.severity for finding in checked.findings] == ["note"]


def test_too_few_buyers_say_nothing(tmp_path: Path) -> None:
    project = small_project(tmp_path)
    dataset = open_dataset(project)
    examples = collect(project, dataset, [date(2025, 1, 6)], columns=["industry"])
    few = examples.take(examples.account < 20)
    assert len(few)
    deals = dataset.frame("opportunities")
    assert deals.loc[deals["outcome"] == "won", "account_id"].nunique() < 2 * undated.BUYERS
    assert undated.following(dataset, few, ["industry"]) == {}

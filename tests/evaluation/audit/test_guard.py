from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from bgml.data.dataset import Dataset, open_dataset
from bgml.evaluation.audit import guard as guarding
from bgml.evaluation.audit.guard import guard
from bgml.groups.dates import grid
from bgml.learning.examples import Examples, collect
from bgml.learning.training import train
from bgml.project import Project
from bgml.scoring.definition import Model, load_models
from tests.small_project import reopened, small_project

DATES = [date(2024, month, 4) for month in range(7, 13)]
COLUMNS = ["people_28d", "people_91d", "actions_28d", "actions_91d", "days_since_last", "industry"]
Ready = tuple[Project, Dataset, Model, Examples]


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Ready:
    project = small_project(tmp_path_factory.mktemp("guard"))
    dataset = open_dataset(project)
    examples = collect(project, dataset, DATES, columns=COLUMNS)
    return project, dataset, load_models(project)["propensity"], examples


def test_a_rule_alone_in_an_honest_project_is_warned_of_nothing(ready: Ready) -> None:
    project, dataset, _, examples = ready
    assert guard(project, dataset, [Model(rule=lambda groups: groups["people_28d"], features=["people_28d"])], examples) == ()


def test_a_column_made_of_the_outcome(ready: Ready) -> None:
    project, dataset, model, _ = ready
    project = reopened(project.root, check={"min_won": 4})
    examples = collect(project, dataset, grid(7, date(2024, 5, 6), date(2025, 3, 17)), columns=COLUMNS)
    leak = (examples.won + np.random.default_rng(0).normal(0, 0.05, len(examples))).astype(np.float32)
    planted = replace(examples, features=examples.features.assign(people_leak=leak))
    said = guarding._alone(project, model, planted)
    assert [finding.found.split(" has ")[0] for finding in said] == ["people_leak alone"]


def test_values_that_change_when_the_future_is_deleted(ready: Ready) -> None:
    project, dataset, model, examples = ready
    features = examples.features.copy()
    features["actions_28d"] += 1
    warnings = guard(project, dataset, [], replace(examples, features=features))
    assert len(warnings) == 1
    assert warnings[0].startswith("actions_28d changes on 2024-12-04 when everything known at or after that date is deleted.")


def test_large_tables_are_left_to_the_audit(ready: Ready, monkeypatch: pytest.MonkeyPatch) -> None:
    project, dataset, _, examples = ready
    monkeypatch.setattr(guarding, "SIGNALS", 10)
    monkeypatch.setattr(guarding.rebuild, "rebuild", lambda *arguments: pytest.fail("rebuilt"))
    assert guard(project, dataset, [], examples) == ()


def test_training_passes_the_warnings_on(tmp_path: Path) -> None:
    project = small_project(tmp_path)
    seen: list[int] = []

    def warns(project: Project, dataset: Dataset, models: object, examples: Examples) -> list[str]:
        seen.append(len(examples))
        return ["mind the gap"]

    first, second = train(project, open_dataset(project), ["people_count", "recency"], guard=warns)
    assert "mind the gap" in first.warnings
    assert "mind the gap" not in second.warnings
    assert len(seen) == 1

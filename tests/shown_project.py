"""A project whose dates are ranked, with names and titles of people and touches of sellers: for tests of what is shown of a group."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd

from bgml.data.dataset import open_dataset
from bgml.learning.training import train
from bgml.project import Project
from bgml.ranking.score import score
from tests.small_project import small_project, tables

MONDAYS = [date(2025, 6, 2), date(2025, 6, 16), date(2025, 6, 30)]


def shown_project(root: Path) -> Project:
    """The project in `root`, ranked at MONDAYS by a version of before them."""
    frames = tables()
    titles = ["CFO", "VP Sales", "Team Lead", "Software Engineer", None]
    people = frames["people"].assign(
        name=[f"Name {number} | *{number}*" for number in range(200)], title=[titles[number % 5] for number in range(200)]
    )
    touched = [f"p{number:03d}" for number in range(0, 200, 7)]
    touches = pd.DataFrame({
        "touch_id": [f"t{number}" for number in range(len(touched))], "person_id": touched,
        "account_id": [f"a{int(person[1:]) // 5:02d}" for person in touched], "kind": "mail", "occurred_at": pd.Timestamp("2025-05-20"),
    })  # fmt: skip
    project = small_project(root, frames={**frames, "people": people, "touches": touches})
    dataset = open_dataset(project)
    train(project, dataset, ["propensity"], date(2025, 5, 26))
    for day in MONDAYS:
        score(project, dataset, day)
    return project

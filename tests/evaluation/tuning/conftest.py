"""Sixty weeks of examples and a project to search in."""

from __future__ import annotations

from pathlib import Path

import pytest

from bgml.config import settings_from
from bgml.learning.examples import Examples
from bgml.project import Project
from bgml.scoring.definition import Model
from tests.made_up import made_up, propensity, with_closed

SETTINGS = {"project": {"name": "t"}, "outcome": {"horizon": 28}, "check": {"min_won": 5}, "engine": {"threads": 1}}


@pytest.fixture(scope="session")
def weeks() -> Examples:
    return with_closed(made_up(groups=300, dates=60, base=-5.0))


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(root=tmp_path, settings=settings_from(SETTINGS, "test"))


@pytest.fixture
def stump() -> Model:
    """One tree of two leaves, which knows hardly anything, and a search in which better is to be had."""
    search = {"n_estimators": (1, 30), "num_leaves": (2, 7)}
    return propensity(parameters={"n_estimators": 1, "num_leaves": 2, "min_child_samples": 20}, search=search, seed=3)

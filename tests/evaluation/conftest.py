"""Small sets of scored candidates, and a project whose models can be told apart."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from bgml.data.dataset import Dataset, open_dataset
from bgml.evaluation.race.scored import Scored
from bgml.project import Project
from tests.rivals import trained_rivals
from tests.small_project import reopened

Make = Callable[..., Scored]


def make_scored(
    dates: Sequence[Sequence[tuple[float, bool]]], *, accounts: Sequence[int] | None = None, amount: float = 100.0, propensity: bool = False
) -> Scored:
    """One model "a" from (score, won) per group, date by date; every group an account of its own unless `accounts` says otherwise."""
    rows = [(number, score, won) for number, date in enumerate(dates) for score, won in date]
    score = np.array([row[1] for row in rows], dtype=float)
    won = np.array([row[2] for row in rows], dtype=bool)
    return Scored(
        as_of=np.datetime64("2024-01-01") + np.array([7 * row[0] for row in rows], dtype=int),
        account=np.array(accounts if accounts is not None else range(len(rows)), dtype=np.int32),
        topic=np.zeros(len(rows), np.int32),
        won=won,
        amount=np.where(won, amount, np.nan),
        scores={"a": score},
        propensities={"a": np.clip(score, 0, 1)} if propensity else {},
    )


def make_random(seed: int, *, rows: int = 400, dates: int = 3, accounts: int = 40, models: int = 2, tied: bool = False) -> Scored:
    """Random candidates of several models, the later models noisier; `tied` rounds the scores."""
    rng = np.random.default_rng(seed)
    number = np.sort(rng.integers(0, dates, rows))
    account = rng.integers(0, accounts, rows).astype(np.int32)
    order = np.lexsort((account, number))
    latent = rng.normal(size=rows)
    won = rng.random(rows) < 0.2 / (1 + np.exp(-latent))
    scores = {f"model_{place}": latent + place * rng.normal(size=rows) for place in range(models)}
    return Scored(
        as_of=np.datetime64("2024-01-01") + 7 * number[order],
        account=account[order],
        topic=np.arange(rows, dtype=np.int32) % 3,
        won=won,
        amount=np.where(won, rng.integers(1, 100, rows), np.nan).astype(float),
        scores={name: np.round(score) if tied else score for name, score in scores.items()},
        propensities={name: 1 / (1 + np.exp(-score)) for name, score in scores.items()},
        fold=number[order] * 2 // dates,
    )


@pytest.fixture(scope="session")
def scored() -> Make:
    """Builds one model's candidates by hand."""
    return make_scored


@pytest.fixture(scope="session")
def random_scored() -> Make:
    """Builds random candidates of several models."""
    return make_random


@pytest.fixture(scope="session")
def rivals(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """propensity:1 and contrary:2 as of EARLY, propensity:3 as of the end; not to be changed."""
    return trained_rivals(tmp_path_factory.mktemp("rivals") / "rivals")


@pytest.fixture(scope="session")
def rivals_data(rivals: Project) -> Dataset:
    """Its tables."""
    return open_dataset(rivals)


@pytest.fixture
def moved(rivals: Project, tmp_path: Path) -> Project:
    """A copy of it to change, in another place."""
    shutil.copytree(rivals.root, tmp_path / "moved")
    return reopened(tmp_path / "moved")

"""A small simulated market, and projects on it into which leaks are planted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from bgml.data.dataset import open_dataset
from bgml.evaluation import backtest
from bgml.evaluation.chapters.chapter import Chapter
from bgml.evaluation.chapters.tested import Tested
from bgml.evaluation.evaluation import Evaluation
from bgml.market.simulate import simulate
from bgml.project import Project, find_project

SETTINGS = """
[project]
name = "planted"
[data]
url = "data"
{data}
[outcome]
horizon = 120
[dates]
every = 28
[check]
min_won = 15
[models]
without = ["[!p]*", "points"]
"""
STATIC = '"industry", "region", "segment", "employees", "revenue", "title", "department", "seniority"'
PROPENSITY = """from bgml import Model

MODEL = Model(
    estimator="lightgbm.LGBMClassifier",
    parameters={"n_estimators": 40, "num_leaves": 7, "min_child_samples": 40, "colsample_bytree": 0.3, "learning_rate": 0.1},
)
"""
Tables = dict[str, pd.DataFrame]
Raced = tuple[Evaluation, Tested]
Plant = Callable[..., Project]


@pytest.fixture(scope="session")
def market(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    """The tables of a market of 300 accounts and 120 weeks, without its truth."""
    folder = tmp_path_factory.mktemp("market") / "data"
    simulate(folder, accounts=300, weeks=120, seed=3)
    return {path.stem: pd.read_parquet(path) for path in sorted(folder.glob("*.parquet")) if path.stem != "truth"}


def market_project(root: Path, tables: Tables, feature: str = "", static: str = "") -> Project:
    """The project in `root` on some tables, with a feature file and one more static column where they are given."""
    for name in ("data", "features", "models"):
        (root / name).mkdir()
    for name, frame in tables.items():
        frame.to_parquet(root / "data" / f"{name}.parquet")
    if feature:
        (root / "features" / "planted.py").write_text(feature)
    (root / "models" / "propensity.py").write_text(PROPENSITY)
    more = f'static = [{STATIC}, "{static}"]' if static else ""
    (root / "bgml.toml").write_text(SETTINGS.format(data=more))
    return find_project(named=root)


@pytest.fixture
def planted(market: Tables, tmp_path: Path) -> Plant:
    """Builds a project on the market: `tables` replace some of its tables, `feature` is a feature file, `static` a static column."""

    def build(feature: str = "", static: str = "", **tables: pd.DataFrame) -> Project:
        return market_project(tmp_path, {**market, **tables}, feature, static)

    return build


@pytest.fixture(scope="session")
def raced(market: Tables, tmp_path_factory: pytest.TempPathFactory) -> Raced:
    """A race on the market as it is, two folds, as the audit is given it."""
    project, given = market_project(tmp_path_factory.mktemp("raced"), market), list[Raced]()

    def keep(evaluation: Evaluation, tested: Tested) -> Chapter:
        given.append((evaluation, tested))
        return Chapter("audit", "kept")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backtest, "with_chapters", lambda evaluation, tested: evaluation)
        patch.setattr(backtest, "audit", keep)
        backtest.evaluate(project, open_dataset(project), ["propensity"], 2, draws=60, audited=True)
    return given[0]


def audited(project: Project) -> Chapter:
    """The audit of a race of the project's propensity model, without the other chapters, which fit models of their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backtest, "with_chapters", lambda evaluation, tested: evaluation)
        evaluation = backtest.evaluate(project, open_dataset(project), ["propensity"], 1, draws=60, audited=True)
    return next(chapter for chapter in evaluation.chapters if chapter.name == "audit")

"""How often the 95% intervals hold what they are about: the same fitted models on many fresh markets of the same settings.

    python benchmarks/interval_coverage.py                      # 200 markets of 400 accounts; about a quarter of an hour on two cores
    python benchmarks/interval_coverage.py --markets 20 --workers 1

The models are fitted once, on one market. Every other market (another seed, all else the same) is scored by them as they are, on the
same test dates, and gives each metric a value and an account-bootstrap interval. The mean of the values over all markets is what an
interval should hold; coverage is the share of markets whose interval does, once as it is and once for differences of two models.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from bgml.data.dataset import Dataset, open_dataset
from bgml.evaluation.race.intervals import Estimate, race
from bgml.evaluation.race.metrics import METRICS
from bgml.evaluation.race.reliability import reliability
from bgml.evaluation.race.scored import Scored
from bgml.evaluation.race.shares import shares
from bgml.groups.dates import grid
from bgml.learning.examples import Examples, collect
from bgml.learning.fitting.fit import fit
from bgml.market.parameters import HORIZON, UNTIL
from bgml.market.simulate import simulate
from bgml.project import Project, find_project
from bgml.scoring.artifact import load, save
from bgml.scoring.definition import load_models

MODELS = ("propensity", "logistic", "people_count")
WEEKS = 84
TESTED = 5
"""Test dates, four weeks apart, the last one just mature."""
TRAINED_ON = 1500
"""Accounts of the market that trains, so that there are deals enough to learn from."""
FIRST_SEED = 1000


@dataclass(frozen=True)
class Plan:
    """What all markets share."""

    folder: Path
    accounts: int
    draws: int


def market(folder: Path, accounts: int, seed: int) -> tuple[Project, Dataset]:
    """A fresh market as a project."""
    (folder / "data").mkdir(parents=True)
    (folder / "bgml.toml").write_text('[project]\nname = "coverage"\n[engine]\nthreads = 1\n')
    simulate(folder / "data", accounts=accounts, weeks=WEEKS, seed=seed)
    project = find_project(named=folder)
    return project, open_dataset(project)


def test_dates() -> list[Any]:
    """The dates every market is tested on."""
    last = grid(7, UNTIL - timedelta(HORIZON + 7), UNTIL - timedelta(HORIZON))[-1]
    return [last - timedelta(28 * number) for number in reversed(range(TESTED))]


def train(plan: Plan) -> None:
    """Fit the models on a market of its own, on the weeks before the first test date and those after it alike."""
    project, dataset = market(plan.folder / "training", TRAINED_ON, FIRST_SEED)
    first, last = test_dates()[0], test_dates()[-1]
    examples = collect(project, dataset, grid(7, first, last))
    known = load_models(project)
    for name in MODELS:
        save(fit(known[name], examples, project.settings, threads=1, name=name), plan.folder / "models" / name)
    print(f"trained on {len(examples):,} candidates with {examples.won_opportunities()} distinct wins", flush=True)


def measured(plan: Plan, seed: int) -> dict[str, Any]:
    """Every estimate of one fresh market: value, low, high."""
    folder = plan.folder / f"market-{seed}"
    try:
        project, dataset = market(folder, plan.accounts, seed)
        scorers = {name: load(plan.folder / "models" / name, project) for name in MODELS}
        columns = sorted({column for scorer in scorers.values() for column in scorer.features})
        examples = collect(project, dataset, test_dates(), columns=columns)
        frame = examples.frame()
        scores = {name: scorer.score(frame) for name, scorer in scorers.items()}
        scored = _scored(examples, scores, {name: scorers[name].propensity(raw) for name, raw in scores.items()})
        return {name: [one.value, one.low, one.high] for name, one in estimates(scored, plan.draws)}
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _scored(examples: Examples, scores: dict[str, Any], propensities: dict[str, Any]) -> Scored:
    return Scored(
        as_of=examples.as_of,
        account=examples.account,
        topic=examples.topic,
        won=examples.won == 1,
        amount=examples.amount,
        scores=scores,
        propensities=propensities,
        deals=examples.deals,
    )


def estimates(scored: Scored, draws: int) -> Iterator[tuple[str, Estimate]]:
    """Each metric of each model, and of the first model against the last."""
    run, tops, lines = race(scored, draws=draws), shares(scored, MODELS, draws=draws), reliability(scored, MODELS, draws=draws)
    for model in MODELS:
        yield from ((f"{model} {metric}", run.estimate(model, metric)) for metric in METRICS)
        yield f"{model} predicted/observed", run.predicted_over_observed(model)
        yield from ((f"{model} predicted/observed, top {share.share:.0%}", share.ratio) for share in tops[model])
        yield f"{model} slope", lines[model].slope
    for metric in METRICS:
        yield f"{MODELS[0]} - {MODELS[-1]} {metric}", run.difference(MODELS[0], MODELS[-1], metric)


def report(found: list[dict[str, Any]]) -> None:
    """The mean, the share of intervals that hold it, and those wholly below and above."""
    print(f"\n{len(found)} markets\n{'':46}{'mean':>10}{'covered':>9}{'below':>8}{'above':>8}{'undefined':>11}")
    for name in found[0]:
        values = np.array([one[name] for one in found], dtype=np.float64)
        known = values[np.isfinite(values[:, 0]) & ~np.isnan(values[:, 1:]).any(axis=1)]
        target = known[:, 0].mean()
        below, above = (known[:, 2] < target).mean(), (known[:, 1] > target).mean()
        print(f"{name:46}{target:10.4f}{1 - below - above:9.1%}{below:8.1%}{above:8.1%}{len(values) - len(known):11}")


def main() -> None:
    """Train, measure, report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--markets", type=int, default=200)
    parser.add_argument("--accounts", type=int, default=400)
    parser.add_argument("--draws", type=int, default=300)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path, help="a JSON file for the estimates of every market")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bgml-coverage-") as folder:
        plan = Plan(Path(folder), given.accounts, given.draws)
        train(plan)
        found = []
        with ProcessPoolExecutor(given.workers) as pool:
            seeds = range(FIRST_SEED + 1, FIRST_SEED + 1 + given.markets)
            for one in pool.map(partial(measured, plan), seeds):
                found.append(one)
                if len(found) % 20 == 0:
                    print(f"{len(found)} of {given.markets}", flush=True)
    if given.out:
        given.out.write_text(json.dumps(found), encoding="utf-8")
    report(found)


if __name__ == "__main__":
    main()

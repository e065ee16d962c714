"""The evaluation without fitting: the race and every chapter that fits nothing, on a million scored candidates of a hundred weekly dates.

    python benchmarks/evaluation.py                  # eight models, five folds, 1,000 draws; the bar is 60 s on two cores
    python benchmarks/evaluation.py --groups 1000    # a tenth of the candidates
    python benchmarks/evaluation.py --draws 200 --threads 1

Groups live for some months; one in twelve ends as a deal, and wins on every date until the deal is created. Two entries are learned,
one of them coarse as trees of few leaves are; five are rules, most of them in steps (many equal scores); the truth is the eighth.
"""

from __future__ import annotations

import argparse
import datetime
import resource
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from bgml.config import settings_from
from bgml.evaluation.chapters.book import CHAPTERS
from bgml.evaluation.chapters.tested import Tested
from bgml.evaluation.evaluation import Counts, Evaluation
from bgml.evaluation.race.intervals import race
from bgml.evaluation.race.scored import Scored
from bgml.evaluation.reach import Reach
from bgml.groups.dates import Fold
from bgml.learning.examples import Examples
from bgml.project import Project

WEEKS, FOLDS, TOPICS, OWNERS, HORIZON = 100, 5, 12, 60, 180
FIRST = np.datetime64("2023-01-02")
STAY = 30
"""Weeks a group is a candidate, on average."""
FITTING = ("leave_one_out", "amounts")
"""Chapters that fit models of their own."""


def market(groups: int, seed: int = 0) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Candidates (week, account, topic, latent, won, deal) in order of week and account, and deals (opportunity_id, week)."""
    rng = np.random.default_rng(seed)
    lives = groups * (WEEKS + 2 * STAY) // STAY
    accounts = max(lives // 3, 1)
    account, topic = rng.integers(0, accounts, lives), rng.integers(0, TOPICS, lives)
    stay = np.maximum(rng.poisson(STAY, lives), 1)
    begin = rng.integers(-STAY, WEEKS + STAY, lives)
    latent = rng.normal(size=accounts)[account] + rng.normal(size=lives)
    wins = rng.random(lives) < 0.083 * np.minimum(np.exp(latent) / np.exp(1.0), 3)
    rows = np.repeat(np.arange(lives), stay)
    week = begin[rows] + np.arange(len(rows)) - np.repeat(np.cumsum(stay) - stay, stay)
    left = begin[rows] + stay[rows] - week
    frame = pd.DataFrame({"week": week, "account": account[rows], "topic": topic[rows], "life": rows, "latent": latent[rows], "left": left})
    frame = frame[(week >= 0) & (week < WEEKS)].drop_duplicates(["week", "account", "topic"])
    frame["won"] = wins[frame["life"]] & (frame["left"] <= HORIZON // 7)
    frame = frame.sort_values(["week", "account", "topic"], ignore_index=True)
    deals = pd.DataFrame({"opportunity_id": np.flatnonzero(wins), "week": (begin + stay)[wins], "account": account[wins]})
    return frame, deals


def entries(frame: pd.DataFrame, seed: int = 1) -> dict[str, np.ndarray]:
    """What eight entries say: the latent will to buy, seen more or less well and in finer or coarser steps."""
    rng = np.random.default_rng(seed)
    seen = frame["latent"].to_numpy() + 2.0 * np.exp(-frame["left"].to_numpy() / 10)
    habit = rng.normal(size=frame["life"].max() + 1)[frame["life"]]

    def noisy(noise: float) -> np.ndarray:
        return np.asarray(seen + noise * habit + 0.3 * noise * rng.normal(size=len(frame)))

    return {
        "propensity": np.round(noisy(0.7), 3),
        "lambdarank": noisy(0.8),
        "people_count": np.floor(np.maximum(noisy(1.2) + 2, 0)),
        "actions_count": np.floor(np.maximum(3 * noisy(1.5) + 5, 0)),
        "mql_rule": np.where(noisy(2.0) > 3, np.floor(noisy(1.0)), 0.0),
        "points": np.round(noisy(1.2), 1),
        "random": rng.random(len(frame)),
        "truth": seen,
    }


def scored_market(groups: int) -> tuple[Scored, pd.DataFrame]:
    """The scored candidates and the opportunities behind them."""
    frame, deals = market(groups)
    rng = np.random.default_rng(2)
    said = entries(frame)
    won = frame["won"].to_numpy()
    amounts = rng.lognormal(10, 1, len(deals))
    place = np.searchsorted(deals["opportunity_id"], frame["life"].to_numpy()[won])
    behind = {"row": np.flatnonzero(won), "opportunity_id": deals["opportunity_id"].to_numpy()[place], "amount": amounts[place]}
    accounts = int(frame["account"].max()) + 1
    account = frame["account"].to_numpy()
    value = np.full(len(frame), np.nan)
    value[won] = amounts[place]

    def of_account(names: list[str], missing: float = 0.0) -> pd.Categorical:
        codes = np.where(rng.random(accounts) < missing, -1, rng.integers(0, len(names), accounts))
        return pd.Categorical.from_codes(codes[account], names)

    facts = pd.DataFrame({
        "topic": pd.Categorical.from_codes(frame["topic"], [f"topic {number}" for number in range(TOPICS)]),
        "segment": of_account(["enterprise", "mid-market", "small"]),
        "region": of_account(["americas", "asia", "europe", "middle east"]),
        "owner": of_account([f"owner {number}" for number in range(OWNERS)], missing=0.1),
        "size": pd.Categorical.from_codes(rng.integers(0, 4, len(frame)), ["1", "2", "3 to 5", "6 or more"], ordered=True),
        "mql": rng.random(len(frame)) < 0.15,
    })  # fmt: skip
    scored = Scored(
        as_of=FIRST + 7 * frame["week"].to_numpy(),
        account=account.astype(np.int32),
        topic=frame["topic"].to_numpy(np.int32),
        won=won,
        amount=value,
        scores=said,
        propensities={name: 1 / (1 + np.exp(3 - score)) for name, score in said.items() if name in ("propensity", "lambdarank", "truth")},
        fold=1 + frame["week"].to_numpy() * FOLDS // WEEKS,
        deals=pd.DataFrame(behind),
        facts=facts,
    )
    created = FIRST + 7 * deals["week"].to_numpy()
    table = {"opportunity_id": deals["opportunity_id"], "outcome": "won", "created_at": created, "closed_at": created + 60}
    return scored, pd.DataFrame(table)


def evaluated(scored: Scored, draws: int, threads: int) -> Evaluation:
    """The race in its cover, without the folds' stories."""
    outcome = {"target": "won", "horizon": HORIZON, "match": "pair"}
    baselines = tuple(name for name in scored.models if name not in ("propensity", "lambdarank", "truth"))
    found = race(scored, draws=draws, threads=threads)
    until = datetime.date(2025, 12, 1)
    return Evaluation("benchmark", outcome, until, (), (), baselines, Reach(0, 0, 0, 0, 0), Counts.of(scored), found)


def tested(scored: Scored, opportunities: pd.DataFrame, draws: int, threads: int) -> Tested:
    """What the chapters look into; features are not among it."""
    settings = settings_from({"project": {"name": "benchmark"}, "engine": {"threads": threads}}, "benchmark")
    project = Project(root=Path.cwd(), settings=settings)
    dataset: Any = SimpleNamespace(frame=lambda name: opportunities, has_column=lambda table, column: True, has=lambda table: False)
    examples = Examples(
        features=pd.DataFrame(index=range(len(scored))),
        as_of=scored.as_of,
        account=scored.account,
        topic=scored.topic,
        accounts=np.arange(int(scored.account.max()) + 1).astype(object),
        topics=np.arange(TOPICS).astype(object),
        won=scored.won.astype(np.float32),
        amount=scored.amount,
        deals=scored.deals,
    )
    days = scored.dates.astype("datetime64[D]").tolist()
    folds = tuple(Fold(number, (), tuple(np.array(days)[scored.date_folds == number])) for number in range(1, FOLDS + 1))
    return Tested(project, dataset, folds, examples, scored, {}, draws, 0)


def main() -> None:
    """Time the race, then each chapter."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--groups", type=int, default=10_000, help="candidates a week")
    parser.add_argument("--draws", type=int, default=1000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", nargs="*", default=None, help="chapters by name of their function")
    options = parser.parse_args()
    small, few = scored_market(20)
    warm = evaluated(small, 2, 1)
    chapters = [write for write in CHAPTERS if write.__name__ in (options.only or {part.__name__ for part in CHAPTERS} - {*FITTING})]
    for write in chapters:
        write(warm, tested(small, few, 2, 1))
    scored, opportunities = scored_market(options.groups)
    share = scored.won.mean()
    print(f"{len(scored):,} candidates, {share:.1%} winners, {scored.won_opportunities():,} distinct wins, {len(scored.models)} models")
    total, cpu = time.perf_counter(), time.process_time()
    evaluation = evaluated(scored, options.draws, options.threads)
    print(f"{'race':16}{time.perf_counter() - total:7.2f} s  {time.process_time() - cpu:7.2f} s CPU")
    everything = tested(scored, opportunities, options.draws, options.threads)
    for write in chapters:
        start, used = time.perf_counter(), time.process_time()
        write(evaluation, everything)
        print(f"{write.__name__:16}{time.perf_counter() - start:7.2f} s  {time.process_time() - used:7.2f} s CPU")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"{'all':16}{time.perf_counter() - total:7.2f} s  {time.process_time() - cpu:7.2f} s CPU, peak {peak:.1f} GiB")


if __name__ == "__main__":
    main()

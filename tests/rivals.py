"""A project in which models can be told apart: 130 accounts on every list, deals that follow months of many people."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from bgml.data.dataset import open_dataset
from bgml.learning.training import train
from bgml.project import Project
from tests.small_project import small_project

BEGIN, UNTIL = pd.Timestamp("2024-01-01"), "2025-06-30"
EARLY = date(2025, 2, 17)
"""Trained as of here, versions have two later dates whose outcomes are known by the end."""
SETTINGS = f"""
[project]
name = "rivals"
[data]
url = "data"
until = {UNTIL}
[groups]
customer_days = 1
[outcome]
horizon = 60
[dates]
every = 28
[check]
min_won = 8
[models]
train = ["propensity"]
without = ["lambdarank", "logistic", "actions_count", "mql_*", "points", "recency"]
"""
CONTRARY = """from bgml import Model


def score(groups):
    return -groups["people_28d"]


MODEL = Model(rule=score, features=["people_28d"])
"""


def tables(seed: int = 0, accounts: int = 130) -> dict[str, pd.DataFrame]:
    """Every account does something every month; after a month of five people it is likely to buy."""
    chance = np.random.default_rng(seed)
    signals, opportunities = [], []
    for month in range(18):
        busy = chance.random(accounts) < 0.15
        for account in range(accounts):
            for person in range(5 if busy[account] else 1):
                for day in chance.integers(0, 30, 2):
                    signals.append((account, account * 5 + person, month * 30 + int(day)))
            if busy[account] and chance.random() < 0.6 and month < 17:
                opportunities.append((account, month * 30 + 30 + int(chance.integers(0, 8))))
    who, person, day = np.array(signals).T
    buyer, created = np.array(opportunities).T
    return {
        "accounts": pd.DataFrame({"account_id": [f"a{number:03d}" for number in range(accounts)], "industry": "Health"}),
        "people": pd.DataFrame({"person_id": [f"p{number:04d}" for number in range(accounts * 5)]}),
        "signals": pd.DataFrame({
            "signal_id": [f"s{number}" for number in range(len(who))], "account_id": [f"a{number:03d}" for number in who],
            "person_id": [f"p{number:04d}" for number in person], "topic": "ai", "category": "named", "action": "visit",
            "occurred_at": BEGIN + pd.to_timedelta(day * 24 + 9, "h"),
        }),
        "opportunities": pd.DataFrame({
            "opportunity_id": [f"o{number}" for number in range(len(buyer))], "account_id": [f"a{number:03d}" for number in buyer],
            "topic": "ai", "created_at": BEGIN + pd.to_timedelta(created, "D"), "closed_at": BEGIN + pd.to_timedelta(created + 10, "D"),
            "outcome": "won",
        }),
    }  # fmt: skip


def rivals_project(root: Path) -> Project:
    """The project in `root`, untrained; its model `contrary` puts the quietest groups first."""
    project = small_project(root, settings=SETTINGS, frames=tables())
    (root / "models" / "contrary.py").write_text(CONTRARY)
    return project


def trained_rivals(root: Path) -> Project:
    """The project with propensity:1 and the rule contrary:2 as of EARLY, propensity:3 as of the end."""
    project = rivals_project(root)
    dataset = open_dataset(project)
    train(project, dataset, ["propensity", "contrary"], EARLY)
    train(project, dataset, ["propensity"])
    return project

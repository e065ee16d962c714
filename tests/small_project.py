"""A small project with tables of its own: forty accounts, two topics, eighteen months."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bgml.config import settings_from
from bgml.project import Project

BEGIN, UNTIL = pd.Timestamp("2024-01-01"), "2025-06-30"
SETTINGS = f"""
[project]
name = "small"
[data]
url = "data"
until = {UNTIL}
[outcome]
horizon = 90
[dates]
every = 28
[check]
min_won = 8
[models]
train = ["propensity"]
[ranking]
capacity = 6
owner_capacity = 4
max_per_account = 1
"""
# Trees that can be grown from so little, and fast.
PROPENSITY = """from bgml import Model

MODEL = Model(
    estimator="lightgbm.LGBMClassifier",
    parameters={"n_estimators": 20, "num_leaves": 4, "min_child_samples": 10},
    features=["people_*", "actions_*", "days_since_last", "industry"],
)
"""


def tables(seed: int = 0) -> dict[str, pd.DataFrame]:
    """Accounts of three owners (some without), people, signals, and deals that follow busy months."""
    chance = np.random.default_rng(seed)
    accounts = pd.DataFrame({
        "account_id": [f"a{number:02d}" for number in range(40)],
        "name": [f"Company {number}" for number in range(40)],
        "industry": chance.choice(["Banking", "Health"], 40),
        "segment": chance.choice(["large", "small"], 40),
        "region": chance.choice(["north", "south"], 40),
        "owner": chance.choice(["ann", "bob", ""], 40),
    })  # fmt: skip
    people = pd.DataFrame({"person_id": [f"p{number:03d}" for number in range(200)]})
    n = 3000
    account, day = chance.integers(0, 40, n), chance.integers(0, 540, n)
    busy = (account + day // 90) % 4 == 0
    keep = busy | (chance.random(n) < 0.3)
    account, day, busy = account[keep], day[keep], busy[keep]
    n = len(day)
    person = [f"p{who * 5 + chance.integers(0, 5 if active else 2):03d}" for who, active in zip(account, busy, strict=True)]
    signals = pd.DataFrame({
        "signal_id": [f"s{number}" for number in range(n)],
        "account_id": [f"a{who:02d}" for who in account],
        "person_id": pd.Series(person).where(chance.random(n) < 0.8),
        "visitor_id": pd.Series([f"v{who}" for who in chance.integers(0, 50, n)]),
        "topic": np.where(chance.random(n) < 0.7, "ai", "cloud"),
        "category": chance.choice(["named", "anonymous", "qualified_lead"], n, p=[0.6, 0.35, 0.05]),
        "action": chance.choice(["visit", "download"], n),
        "occurred_at": BEGIN + pd.to_timedelta(day * 24 + chance.integers(0, 24, n), "h"),
    })  # fmt: skip
    created = [(who, quarter * 90 + 80) for who in range(40) for quarter in range(6) if (who + quarter) % 4 == 0]
    opportunities = pd.DataFrame({
        "opportunity_id": [f"o{number}" for number in range(len(created))],
        "account_id": [f"a{who:02d}" for who, _ in created],
        "topic": "ai",
        "created_at": [BEGIN + pd.Timedelta(days=day) for _, day in created],
        "closed_at": [BEGIN + pd.Timedelta(days=day + 30) for _, day in created],
        "outcome": ["lost" if number % 3 == 0 else "won" for number in range(len(created))],
    })  # fmt: skip
    return {"accounts": accounts, "people": people, "signals": signals, "opportunities": opportunities}


def priced(seed: int = 0) -> dict[str, pd.DataFrame]:
    """The same tables with amounts, and fifty more deals won early on another topic, so that there are enough to learn amounts from."""
    frames = tables(seed)
    deals = frames["opportunities"]
    early = pd.DataFrame({
        "opportunity_id": [f"early{number}" for number in range(50)], "account_id": [f"a{number % 40:02d}" for number in range(50)],
        "topic": "cloud", "created_at": BEGIN - pd.Timedelta(days=800), "closed_at": BEGIN - pd.Timedelta(days=700), "outcome": "won",
    })  # fmt: skip
    both = pd.concat([deals, early], ignore_index=True)
    large = both["account_id"].map(frames["accounts"].set_index("account_id")["segment"]) == "large"
    return {**frames, "opportunities": both.assign(amount=np.where(large, 9000.0, 1000.0))}


def small_project(root: Path, *, settings: str = SETTINGS, frames: dict[str, pd.DataFrame] | None = None, **changes: Any) -> Project:
    """The project in `root`, its tables written and its bgml.toml; `changes` replace whole sections of the settings."""
    (root / "data").mkdir(parents=True, exist_ok=True)
    (root / "models").mkdir(exist_ok=True)
    (root / "models" / "propensity.py").write_text(PROPENSITY)
    (root / "bgml.toml").write_text(settings)
    for name, frame in (frames or tables()).items():
        frame.to_parquet(root / "data" / f"{name}.parquet")
    return reopened(root, **changes)


def reopened(root: Path, **changes: Any) -> Project:
    """The project in `root`, with some sections of its settings replaced."""
    return Project(root=root, settings=settings_from({**tomllib.loads((root / "bgml.toml").read_text()), **changes}, "test"))

"""A seeded world of a few hundred signals in which everything happens at once, for tests of the engine."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

BEGIN = pd.Timestamp("2023-06-05")
DAYS = 330
ACCOUNTS = tuple(f"a{number}" for number in range(7))
PEOPLE = tuple(f"p{number:02d}" for number in range(16))
VISITORS = (*PEOPLE[:3], *(f"v{number}" for number in range(5)))
TOPICS = ("Data/AI", "cloud", "Été")
CATEGORIES = ("named", "anonymous", "qualified_lead", "third_party_intent")
ROLES = ("decision_maker", "champion", "practitioner", "finance", "executive", None)
WEIGHTS = (np.nan, 0.0, 1.0, 2.5, 0.1, 1 / 3, 0.01, 12345.678)
DATES = (date(2023, 9, 4), date(2023, 11, 20), date(2023, 11, 21), date(2024, 2, 5), date(2024, 4, 30))


def world(seed: int = 0, n: int = 320) -> dict[str, pd.DataFrame]:
    """Tables by name: signals in bursts, at midnights, late, twice; dated people; deals of all outcomes; accounts of two kinds."""
    rng = np.random.default_rng(seed)
    accounts = pd.DataFrame({
        "account_id": ACCOUNTS,
        "industry": ["Banking", "Health", None, "Banking", "Steel", "Health", "Steel"],
        "employees": [10.0, 200.0, np.nan, 4000.0, 35.0, 7.0, 90_000.0],
    })  # fmt: skip
    return {"accounts": accounts, "people": _people(rng), "opportunities": _opportunities(rng), "signals": _signals(rng, n)}


def _signals(rng: np.random.Generator, n: int) -> pd.DataFrame:
    bursts = rng.integers(0, DAYS, 12)
    day = np.where(rng.random(n) < 0.7, rng.choice(bursts, n) + rng.poisson(4, n), rng.integers(0, DAYS, n))
    hours = rng.choice([0.0, 0.0, 7.5, 23.999], n)
    occurred = BEGIN + pd.to_timedelta(day * 24 + hours, "h").round("us")
    late = pd.to_timedelta(rng.choice([0.0, 1.0, 30.0, 24 * 40.0, -24.0], n), "h")
    person = rng.choice(PEOPLE, n)
    frame = pd.DataFrame({
        "account_id": rng.choice(ACCOUNTS[:6], n),
        "person_id": pd.Series(person).where(rng.random(n) < 0.65),
        "visitor_id": pd.Series(rng.choice(VISITORS, n)).where(rng.random(n) < 0.5),
        "topic": rng.choice(TOPICS, n, p=[0.5, 0.3, 0.2]),
        "category": rng.choice(CATEGORIES, n, p=[0.5, 0.3, 0.05, 0.15]),
        "action": rng.choice(["visit", "download", "call"], n),
        "weight": rng.choice(WEIGHTS, n),
        "occurred_at": occurred.astype("datetime64[us]"),
        "recorded_at": pd.Series(occurred + late).where(rng.random(n) < 0.6).astype("datetime64[us]"),
    })  # fmt: skip
    frame = pd.concat([frame, frame.sample(n // 4, random_state=int(rng.integers(2**31)))], ignore_index=True)
    frame.insert(0, "signal_id", [f"s{number:04d}" for number in range(len(frame))])
    return frame


def _people(rng: np.random.Generator) -> pd.DataFrame:
    rows = []
    for person in PEOPLE[:-3]:
        begins = [None, *sorted(rng.choice(DAYS, 2, replace=False))][: rng.integers(1, 4)]
        for begin in begins:
            ends = int(rng.integers(1, DAYS)) if rng.random() < 0.3 else None
            rows.append({
                "person_id": person,
                "department": rng.choice(["Sales", "IT", "Finance", ""]),
                "seniority": rng.choice(["Director", "Manager", None]),
                "role": rng.choice(np.array(ROLES, object)),
                "valid_from": pd.NaT if begin is None else BEGIN + pd.Timedelta(days=int(begin), hours=int(rng.integers(0, 2))),
                "valid_to": pd.NaT if ends is None else BEGIN + pd.Timedelta(days=ends + int(begin or 0)),
            })  # fmt: skip
    frame = pd.DataFrame(rows)
    return frame.astype({"role": "str", "seniority": "str", "valid_from": "datetime64[us]", "valid_to": "datetime64[us]"})


def _opportunities(rng: np.random.Generator, n: int = 16) -> pd.DataFrame:
    created = BEGIN + pd.to_timedelta(rng.integers(-100, DAYS - 40, n), "D")
    outcome = rng.choice(["won", "lost", "lost", "open"], n)
    closed = created + pd.to_timedelta(rng.choice([0, 1, 30, 80], n), "D")
    return pd.DataFrame({
        "opportunity_id": [f"o{number:02d}" for number in range(n)],
        "account_id": rng.choice(ACCOUNTS, n),
        "topic": rng.choice(TOPICS, n),
        "created_at": created.astype("datetime64[us]"),
        "closed_at": pd.Series(closed).where(outcome != "open").astype("datetime64[us]"),
        "outcome": outcome,
    })  # fmt: skip


def rows_of(frames: dict[str, pd.DataFrame]) -> dict[str, list[dict[str, object]]]:
    """The frames as plain rows, missing values None."""
    return {
        name: [{key: None if pd.isna(value) else value for key, value in row.items()} for row in frame.to_dict("records")]
        for name, frame in frames.items()
    }

"""An evaluation's document as it is kept: two models, two baselines, the truth, and every chapter that is drawn."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np

from bgml.evaluation.race.metrics import METRICS

ENTRIES = {"truth": 0.58, "propensity": 0.44, "lambdarank": 0.41, "points": 0.31, "random": 0.08}
ROLES = {"truth": "truth", "propensity": "model", "lambdarank": "model", "points": "baseline", "random": "baseline"}


def a_document(dates: int = 26) -> dict[str, Any]:
    """Plain JSON values, the same on every call."""
    chance = np.random.default_rng(0)
    days = [datetime.date(2024, 1, 1) + datetime.timedelta(7 * week) for week in range(dates)]
    models = {name: _model(name, level) for name, level in ENTRIES.items()}
    return {
        "project": "acme", "target": "won", "horizon": 180, "match": "pair", "data_until": "2025-06-30", "headline": "precision_at_50",
        "best_baseline": "points", "order": [name for name in ENTRIES if name != "truth"], "summary": ["propensity is ahead."],
        "reach": {"wins": 40, "in_reach": 30, "beyond_horizon": 2, "other_topic": 3, "no_candidate": 5},
        "counts": {"candidates": 31_200, "dates": dates, "accounts": 600, "groups_won": 900, "won_opportunities": 97, "with_amount": 90},
        "blocks": [_block(number, days) for number in (1, 2)], "left_out": [], "notes": [], "models": models,
        "inputs": {"fingerprint": "f" * 64, "rows": 60_000, "columns": 148, "columns_fingerprint": "c" * 64},
        "folds": [
            {"number": number, "model": name, "metrics": {"precision_at_50": level, "auc": None}}
            for name, level in ENTRIES.items() for number in (1, 2)
        ],
        "dates": [
            {"as_of": str(day), "fold": 1 + (place >= dates // 2), "model": name, **dict.fromkeys(METRICS, 0.5),
             "precision_at_50": float(np.clip(level + 0.08 * chance.normal(), 0, 1))}
            for place, day in enumerate(days) for name, level in ENTRIES.items()
        ],
        "gains": _gains(), "calibration": {"models": {"propensity": {"bins": _bins()}}}, "slices": {"facts": _facts()},
        "capacity": _capacity(days),
    }  # fmt: skip


def _model(name: str, level: float) -> dict[str, Any]:
    metrics = {metric: _around(0.5, 0.05) for metric in METRICS}
    metrics |= {f"precision_at_{k}": _around(level * (1.25 - k / 200), 0.04) for k in (10, 25, 50, 100)}
    return {
        "role": ROLES[name], "metrics": metrics, "predicted_over_observed": _around(0.95, 0.12),
        "to_best_baseline": {} if name == "points" else {"precision_at_50": _around(level - ENTRIES["points"], 0.05)},
        "share_of_truth": _around(level / ENTRIES["truth"], 0.05),
    }  # fmt: skip


def _around(value: float, half: float) -> dict[str, Any]:
    return {"value": value, "low": value - half, "high": value + half, "undefined_dates": 0}


def _block(number: int, days: list[datetime.date]) -> dict[str, Any]:
    first = days[0] if number == 1 else days[len(days) // 2]
    return {
        "number": number, "test_first": str(first), "test_last": str(days[-1]), "train_first": "2022-01-03", "train_last": "2023-06-26",
        "left_out": "",
    }  # fmt: skip


def _gains() -> dict[str, Any]:
    shares = np.linspace(0, 1, 101)
    curves = {}
    for name, steep in (("propensity", 9), ("points", 5), ("truth", 13)):
        found = (1 - np.exp(-steep * shares)) / (1 - np.exp(-steep))
        band = 0.06 * np.sqrt(found * (1 - found))
        curves[name] = {part: (found + sign * band).tolist() for part, sign in (("found", 0), ("low", -1), ("high", 1))}
    return {"shares": shares.tolist(), "dates": 26, "curves": curves}


def _bins() -> list[dict[str, Any]]:
    middle = (0.002, 0.006, 0.012, 0.02, 0.035, 0.06, 0.11, 0.2, 0.35, 0.55)
    rows = (12_000, 6_000, 4_500, 3_000, 2_200, 1_500, 900, 600, 350, 150)
    return [
        {"predicted": p, "observed": 1.05 * p, "low": 0.7 * p, "high": 1.4 * p, "rows": n, "won_opportunities": round(p * n / 8)}
        for p, n in zip(middle, rows, strict=True)
    ]


def _facts() -> dict[str, list[dict[str, Any]]]:
    values = {"topic": ["ai", "cloud", "security"], "segment": ["large", "mid", "small"], "size": ["1", "2", "3 to 5", "6 or more"]}
    return {fact: [_slice(value, place) for place, value in enumerate(names)] for fact, names in values.items()}


def _slice(value: str, place: int) -> dict[str, Any]:
    small = place == 2
    half = 0.15 if small else 0.05
    models = {name: {"precision_at_50": _around(level - 0.07 * place, half), "auc": _around(0.8, half)} for name, level in ENTRIES.items()}
    return {
        "value": value, "candidates": 9000 // (1 + place), "won_opportunities": 40 // (1 + place * place), "too_small": small,
        "models": models, "difference": _around(0.13, half),
    }  # fmt: skip


def _capacity(days: list[datetime.date]) -> dict[str, Any]:
    curves = {
        name: {k: np.cumsum(np.full(len(days), level * int(k) / 10)).tolist() for k in ("10", "50")} for name, level in ENTRIES.items()
    }
    return {"weeks": [str(day) for day in days], "curves": curves, "totals": {}, "wins": 97}

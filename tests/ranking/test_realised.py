"""What became of past rankings: only mature, current ones, held against what they promised."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from bgml.config import DriftSection
from bgml.data.dataset import Dataset
from bgml.groups.outcomes import label
from bgml.project import Project
from bgml.ranking.archive import store
from bgml.ranking.realised import Realised, finding, realised
from bgml.ranking.score import score

MARCH, JUNE = date(2025, 3, 31), date(2025, 6, 2)
THRESHOLDS = DriftSection()


def one(found: Realised) -> Any:
    (made,) = finding(found, THRESHOLDS)
    return made


def test_without_rankings_and_without_mature_ones_it_says_why(dataset: Dataset, copied: Callable[..., Project]) -> None:
    project = copied()
    assert realised(project, dataset) == (None, ["there is no ranking yet, so what became of one cannot be told: run `bgml score`"])
    score(project, dataset, JUNE, "propensity:1")
    assert realised(project, dataset) == (None, ["no ranking is 90 days old, so what became of them is not known yet"])


def test_the_first_fifty_of_a_mature_ranking(dataset: Dataset, copied: Callable[..., Project]) -> None:
    project = copied()
    scored = score(project, dataset, MARCH, "propensity:1")
    score(project, dataset, JUNE, "propensity:1")
    score(project, dataset, date(2025, 3, 3), "propensity:1", hindsight=True)
    found, why = realised(project, dataset)
    assert found is not None and why == []
    assert found.dates == (MARCH,)
    top = scored.table.slice(0, 50).to_pandas()
    keys = top[["account_id", "topic"]].assign(as_of=pd.Timestamp(MARCH))
    won = label(keys, dataset, project.settings)["won"]
    assert (found.groups, found.expected, found.realised) == pytest.approx((len(top), top["propensity"].mean(), won.mean()))
    assert found.ratio == pytest.approx(won.sum() / top["propensity"].sum())
    assert found.low <= found.ratio <= found.high
    assert "of the first 50 of 1 past rankings" in one(found).sentence


def test_a_rule_that_promises_nothing_is_not_held_to_it(dataset: Dataset, copied: Callable[..., Project]) -> None:
    project = copied()
    table = score(project, dataset, MARCH, "propensity:1").table
    kept = table.set_column(table.column_names.index("propensity"), "propensity", pa.nulls(len(table), pa.float64()))
    store.write(project.rankings, MARCH, "0" * 16, {"ranking": kept}, {})
    assert realised(project, dataset)[1] == ["past rankings state no propensities, so there is nothing to hold their outcomes against"]


def test_the_interval_redraws_accounts(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    # One account with all the wins decides everything: with it drawn or not the ratio swings; spread over accounts it is steady.
    def ratio(accounts: list[str]) -> Realised:
        rows = pd.DataFrame({"rank": range(1, 41), "account_id": accounts, "topic": "x", "propensity": 0.5})
        stored = SimpleNamespace(manifest=lambda: {}, table=lambda columns: pa.Table.from_pandas(rows[columns]))
        monkeypatch.setattr(store, "dates", lambda rankings: [date(2024, 1, 1)])
        monkeypatch.setattr(store, "current", lambda rankings, day: stored)
        won = pd.DataFrame({"won": np.arange(40) < 20})
        monkeypatch.setattr("bgml.ranking.realised.label", lambda keys, dataset, settings: won)
        settings = SimpleNamespace(outcome=SimpleNamespace(horizon=90))
        project: Any = SimpleNamespace(rankings=tmp_path, settings=settings)
        data: Any = SimpleNamespace(until=date(2025, 1, 1))
        found, _ = realised(project, data)
        assert found is not None and found.ratio == 1
        return found

    spread, lumped = ratio([f"a{number}" for number in range(40)]), ratio(["a"] * 20 + [f"b{number}" for number in range(20)])
    assert lumped.high - lumped.low > 1.5 * (spread.high - spread.low)
    assert spread.low < 1 < spread.high


@pytest.mark.parametrize(
    ("ratio", "low", "high", "level"),
    [
        (1.0, 0.8, 1.2, "green"),
        (0.6, 0.3, 1.1, "green"),
        (0.6, 0.4, 0.8, "yellow"),
        (0.4, 0.2, 0.6, "red"),
        (1.6, 1.2, 2.0, "red"),
        (0.9, 0.85, 0.95, "green"),
    ],
)
def test_off_by_more_than_the_thresholds_and_by_more_than_chance(ratio: float, low: float, high: float, level: str) -> None:
    made = one(Realised((MARCH,), 50, 0.2, 0.2 * ratio, ratio, low, high))
    assert (made.level, made.value) == (level, pytest.approx(ratio - 1))

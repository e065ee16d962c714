"""A finished race of a few groups written down by hand, for chapters to look into."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from bgml.config import settings_from
from bgml.evaluation.chapters.tested import Tested
from bgml.evaluation.evaluation import Counts, Evaluation
from bgml.evaluation.race.intervals import race
from bgml.evaluation.race.scored import Scored
from bgml.evaluation.reach import Reach
from bgml.project import Project

FIRST = np.datetime64("2024-01-01")
Row = tuple[int, str, Mapping[str, float], str | None]
"""Number of the week, account, score of each entry, and the deal that makes the row's outcome."""


def raced(
    rows: Sequence[Row], *, facts: Mapping[str, Any] | None = None, opportunities: pd.DataFrame | None = None,
    amounts: Mapping[str, float] | None = None, draws: int = 20, folds: Sequence[int] | None = None,
    deals_known: bool = True, **ranking: Any,
) -> Tested:  # fmt: skip
    """A race on one topic; `folds` gives each week's fold, `ranking` the settings of that section."""
    week = np.array([row[0] for row in rows])
    accounts = np.array(sorted({row[1] for row in rows}), object)
    won = np.array([row[3] is not None for row in rows])
    deals = [(place, row[3], (amounts or {}).get(row[3] or "", np.nan)) for place, row in enumerate(rows) if row[3]]
    scored = Scored(
        as_of=FIRST + 7 * week,
        account=np.searchsorted(accounts, [row[1] for row in rows]).astype(np.int32),
        topic=np.zeros(len(rows), np.int32),
        won=won,
        amount=np.array([(amounts or {}).get(row[3] or "", np.nan) for row in rows]),
        scores={entry: np.array([row[2][entry] for row in rows], float) for entry in rows[0][2]},
        fold=np.array(folds)[week] if folds else np.zeros(0, np.int64),
        facts=pd.DataFrame(dict(facts or {}), index=range(len(rows))),
        **({"deals": pd.DataFrame(deals, columns=["row", "opportunity_id", "amount"])} if deals_known and deals else {}),
    )
    settings = settings_from({"project": {"name": "by-hand"}, "ranking": ranking, "engine": {"threads": 1}}, "test")
    dataset: Any = SimpleNamespace(frame=lambda name: opportunities)
    examples: Any = SimpleNamespace(accounts=accounts, topics=np.array(["ai"], object))
    return Tested(Project(root=Path(), settings=settings), dataset, (), examples, scored, {}, draws, 0)


def evaluation_of(tested: Tested, *, baselines: Sequence[str] = ("rule",)) -> Evaluation:
    """The race in its cover."""
    outcome = {"target": "won", "horizon": 90, "match": "pair"}
    found = race(tested.scored, draws=tested.draws, seed=tested.seed)
    kept = tuple(name for name in baselines if name in tested.scored.models)
    return Evaluation("by-hand", outcome, datetime.date(2025, 1, 6), (), (), kept, Reach(0, 0, 0, 0, 0), Counts.of(tested.scored), found)

"""The groups that two lists place most differently, and why: what families of features add in the one and in the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bgml.evaluation.duel.overlap import K, expected_places
from bgml.evaluation.duel.refit import Entry, Refitted
from bgml.scoring.predict import Scorer

if TYPE_CHECKING:
    from bgml.data.dataset import Dataset

MOVES = 10
FAMILIES = 3
READ = 4
LEAST = 0.05
"""Standard deviations of the score below which a family is no reason."""


@dataclass(frozen=True)
class Move:
    """A group, its place in each list (the middle of its places where it is tied), and what makes the difference, weightiest first."""

    account_id: str
    topic: str
    first: float
    second: float
    why: tuple[str, ...]


def moves(refitted: Refitted, dataset: Dataset, names: Mapping[str, str], n: int = MOVES) -> list[Move]:
    """Of the groups among the top K of either list at the newest test date, the `n` whose places differ most.

    names: of the two, each with what it is called in the reasons.
    """
    low = int(refitted.scored.starts[-2])
    places = [expected_places(refitted.scored.scores[name][low:]) for name in names]
    distance = np.where(np.minimum(*places) <= K, np.abs(places[0] - places[1]), 0)
    rows = [int(row) for row in np.argsort(-distance, kind="stable")[:n] if distance[row] > 0]
    sides = [_Side(name, label, refitted, dataset, rows) for name, label in names.items()]
    keys = refitted.newest(next(iter(names))).iloc[rows]
    return [
        Move(str(account), str(topic), float(places[0][row]), float(places[1][row]), _why(sides, number))
        for number, (row, account, topic) in enumerate(zip(rows, keys["account_id"], keys["topic"], strict=True))
    ]


class _Side:
    """One list's account of the rows: what each family adds, in standard deviations of its score; for a rule the columns it reads."""

    def __init__(self, name: str, label: str, refitted: Refitted, dataset: Dataset, rows: list[int]) -> None:
        self.label = label
        scorer, frame = refitted.scorers[name], refitted.newest(name).iloc[rows]
        spread = float(refitted.scored.scores[name][refitted.scored.starts[-2] :].std()) or 1.0
        added = scorer.contributions(frame)
        self.added = None if added is None else _by_family(added / spread, refitted.entries[name], dataset)
        self.read = frame[list(scorer.features)[:READ]].to_dict("records")
        self.about = _about(scorer)

    def says(self, row: int) -> str:
        """What a rule reads in the row."""
        values = ", ".join(f"{name} {_shown(value)}" for name, value in self.read[row].items())
        return f"{self.label} reads {values}" if values else f"{self.label} {self.about}"


def _about(scorer: Scorer) -> str:
    return f"reads {', '.join(scorer.keys)} only" if scorer.keys else "reads nothing"


def _by_family(added: pd.DataFrame, entry: Entry, dataset: Dataset) -> pd.DataFrame:
    """Contributions summed over the families (files) of the features."""
    from bgml.engine.columns.catalog import load_catalog

    family = {info.name: info.family for info in load_catalog(entry.code, dataset).columns}
    return added.T.groupby([family.get(str(name), str(name)) for name in added.columns]).sum().T


def _why(sides: list[_Side], row: int) -> tuple[str, ...]:
    """The families whose parts differ most, then what a rule reads."""
    told = [side.added.iloc[row] for side in sides if side.added is not None]
    stated = tuple(side.says(row) for side in sides if side.added is None)
    if not told:
        return stated
    if len(told) == 1:
        label = next(side.label for side in sides if side.added is not None)
        most = told[0].reindex(told[0].abs().sort_values(ascending=False, kind="stable").index)[:FAMILIES]
        return (*(f"{family} {part:+.1f} in {label}" for family, part in most.items() if abs(part) >= LEAST), *stated)
    both = pd.concat(told, axis=1).fillna(0.0)
    both = both.reindex((both.iloc[:, 0] - both.iloc[:, 1]).abs().sort_values(ascending=False, kind="stable").index)[:FAMILIES]
    apart = [(str(family), *parts) for family, parts in zip(both.index, both.to_numpy().tolist(), strict=True)]
    return tuple(f"{family} {one:+.1f} against {other:+.1f}" for family, one, other in apart if abs(one - other) >= LEAST)


def _shown(value: Any) -> str:  # noqa: ANN401 - a number, a text or missing
    if value is None or pd.isna(value):
        return "unknown"
    return value if isinstance(value, str) else f"{float(value):.3g}"

"""What a deal brings if it is won: an amount to expect of each group, written down as a few numbers."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bgml.scoring.columns import numbers, texts

Floats = npt.NDArray[np.float64]
IF_WON = "amount_if_won"
"""What the amount to expect is called where columns are told."""


@dataclass(frozen=True)
class Term:
    """A number's part in the logarithm of the amount: slope x (log(1 + sum of the columns) - center), nothing where one is missing."""

    columns: tuple[str, ...]
    center: float
    slope: float

    def of(self, frame: pd.DataFrame) -> Floats:
        """The part of each row."""
        moved = logged(frame, self.columns) - self.center
        return np.where(np.isnan(moved), 0.0, self.slope * moved)


@dataclass(frozen=True)
class Effect:
    """A category's part in the logarithm of the amount, by its text; of several columns, by their texts together. Others have none."""

    columns: tuple[str, ...]
    values: tuple[tuple[tuple[str, ...], float], ...]

    def of(self, frame: pd.DataFrame) -> Floats:
        """The part of each row."""
        if not set(self.columns) <= set(frame.columns):
            return np.zeros(len(frame))
        read = [texts(frame[column]).cat for column in self.columns]
        known = dict(self.values)
        table = np.array([known.get(value, 0.0) for value in itertools.product(*(column.categories for column in read))])
        table = np.pad(table.reshape([len(column.categories) for column in read]), [(0, 1)] * len(read))
        return np.asarray(table[tuple(column.codes.to_numpy() for column in read)], np.float64)


@dataclass(frozen=True)
class Amounts:
    """The amount to expect of a group that reaches the outcome: share x smearing x exp(base + terms + effects), at most `cap`.

    method: "regression" or "median"; deals: won deals with an amount it was learned from; typical: the median of those deals.
    smearing: mean of amount / exp(fitted logarithm) (Duan 1983), which makes a mean of what would be a median. share: of the groups
    that reach the outcome, those that bring an amount. cap: the 99th percentile of the amounts, above which none was believed.
    currency: None where the tables state none.
    """

    method: str
    deals: int
    typical: float
    base: float
    smearing: float
    share: float
    cap: float
    currency: str | None
    terms: tuple[Term, ...] = ()
    effects: tuple[Effect, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it reads, of the features and the keys."""
        parts = [*(term.columns for term in self.terms), *(effect.columns for effect in self.effects)]
        return tuple(dict.fromkeys(column for part in parts for column in part))

    @property
    def usual(self) -> float:
        """The amount to expect of a group that is average in everything."""
        return float(self._expected(np.array(self.base)))

    def logarithm(self, frame: pd.DataFrame) -> Floats:
        """The logarithm of the median amount of each row, were it won and paid; a column that is not there counts as missing."""
        parts = [*(term.of(frame) for term in self.terms), *(effect.of(frame) for effect in self.effects)]
        return sum(parts, np.full(len(frame), self.base))

    def if_won(self, frame: pd.DataFrame) -> Floats:
        """The amount to expect of each row if it reaches the outcome; always above 0."""
        return self._expected(self.logarithm(frame))

    def _expected(self, logarithm: Floats) -> Floats:
        return self.share * np.minimum(self.smearing * np.exp(logarithm), self.cap)

    def record(self) -> dict[str, Any]:
        """The parameters as plain JSON values; `restore` reads them back."""
        terms = [{**asdict(term), "columns": list(term.columns)} for term in self.terms]
        effects = [{"columns": list(e.columns), "values": [[list(key), value] for key, value in e.values]} for e in self.effects]
        return asdict(self) | {"terms": terms, "effects": effects}

    @classmethod
    def restore(cls, recorded: Mapping[str, Any]) -> Amounts:
        """The amounts that `record` wrote down."""
        terms = tuple(Term(tuple(t["columns"]), t["center"], t["slope"]) for t in recorded["terms"])
        effects = tuple(Effect(tuple(e["columns"]), tuple((tuple(key), value) for key, value in e["values"])) for e in recorded["effects"])
        return cls(**{**recorded, "terms": terms, "effects": effects})


def logged(frame: pd.DataFrame, columns: tuple[str, ...]) -> Floats:
    """log(1 + sum of the columns) of each row, NaN where one is missing or not there."""
    if not set(columns) <= set(frame.columns):
        return np.full(len(frame), np.nan)
    total = sum((numbers(frame[column]).astype(np.float64) for column in columns), np.zeros(len(frame)))
    return np.log1p(np.maximum(total, 0.0))

"""Scored groups: what every model said of every candidate of the test dates, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sized
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from bgml.errors import DataError, ModelError

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

WON = 1
CLOSES = 2
HOLDS_WINNER = 4


def _no_deals() -> pd.DataFrame:
    return pd.DataFrame({"row": np.zeros(0, np.int64), "opportunity_id": pd.Series(dtype="str"), "amount": np.zeros(0)})


@dataclass(frozen=True)
class Ordered:
    """One model's candidates, date by date from the highest score to the lowest; equal scores form one tied block.

    `account`: account code per place; `flags`: WON where the group won, CLOSES on the last place of a tied block, HOLDS_WINNER on
    every place of a block with a winner; `won_amount`: amounts of the winners in order, unknown ones 0; `winners`: where each
    date's winners start in it.
    """

    account: npt.NDArray[np.int32]
    flags: npt.NDArray[np.uint8]
    won_amount: Floats
    winners: Integers


@dataclass(frozen=True)
class Scored:
    """Candidates of the test dates, in order of as_of, with the outcome and the raw score and propensity of each model.

    `won` bool; `amount` won amount, NaN where there is none or it is unknown; `fold` the test block of the row; `deals` the won
    opportunities behind the outcomes (row, opportunity_id, amount). `propensities` holds the models that state a probability. `facts`
    has a column per fact known of the candidates (see `race.facts`), or none.
    """

    as_of: npt.NDArray[np.datetime64]
    account: npt.NDArray[np.int32]
    topic: npt.NDArray[np.int32]
    won: npt.NDArray[np.bool_]
    amount: Floats
    scores: Mapping[str, Floats]
    propensities: Mapping[str, Floats] = field(default_factory=dict)
    fold: Integers = field(default_factory=lambda: np.zeros(0, np.int64))
    deals: pd.DataFrame = field(default_factory=_no_deals)
    facts: pd.DataFrame = field(default_factory=pd.DataFrame)

    def __post_init__(self) -> None:
        """Refuse rows out of date order, columns of different lengths and scores that are not numbers."""
        if not len(self.fold):
            object.__setattr__(self, "fold", np.zeros(len(self.as_of), np.int64))
        if not len(self.facts.columns):
            object.__setattr__(self, "facts", pd.DataFrame(index=range(len(self.as_of))))
        columns: dict[str, Sized] = {name: getattr(self, name) for name in ("account", "topic", "won", "amount", "fold", "facts")}
        for name, column in {**columns, **self.scores, **self.propensities}.items():
            if len(column) != len(self.as_of):
                raise DataError(f"{name} has {len(column):,} values for {len(self.as_of):,} candidates; give one per candidate")
        if len(self.as_of) and (self.as_of[1:] < self.as_of[:-1]).any():
            raise DataError("candidates are not in order of as_of; sort them before they are evaluated")
        for name, values in {**self.scores, **self.propensities}.items():
            if bad := int((~np.isfinite(values)).sum()):
                raise ModelError(f"{name} gave {bad:,} of {len(values):,} candidates a score that is no finite number; correct the model")

    def __len__(self) -> int:
        """Candidates over all dates."""
        return len(self.as_of)

    @property
    def models(self) -> tuple[str, ...]:
        """The models in the race, in order."""
        return tuple(self.scores)

    @cached_property
    def starts(self) -> Integers:
        """Where each date's rows start; one more entry for the end."""
        changes = np.flatnonzero(self.as_of[1:] != self.as_of[:-1]) + 1
        return np.concatenate([[0], changes, [len(self)]]).astype(np.int64) if len(self) else np.zeros(1, np.int64)

    @property
    def dates(self) -> npt.NDArray[np.datetime64]:
        """The as-of dates that have a candidate."""
        return self.as_of[self.starts[:-1]]

    @property
    def date_folds(self) -> Integers:
        """The test block of each date."""
        return self.fold[self.starts[:-1]]

    def won_opportunities(self) -> int:
        """Distinct won opportunities behind the outcomes; one deal counts once however many dates and groups it decides.

        Where the target is no opportunity (accepted groups), the distinct groups that reached it.
        """
        if self.deals["opportunity_id"].notna().any():
            return int(self.deals["opportunity_id"].nunique())
        return len(np.unique(np.stack([self.account[self.won], self.topic[self.won]]), axis=1).T)

    def take(self, mask: npt.NDArray[np.bool_]) -> Scored:
        """The candidates where `mask` is true: a slice of the race."""
        rows = np.flatnonzero(mask)
        place = np.full(len(self), -1, np.int64)
        place[rows] = np.arange(len(rows))
        deals = self.deals.assign(row=place[self.deals["row"].to_numpy(np.int64)])
        return replace(
            self, as_of=self.as_of[rows], account=self.account[rows], topic=self.topic[rows], won=self.won[rows], amount=self.amount[rows],
            scores={name: score[rows] for name, score in self.scores.items()},
            propensities={name: propensity[rows] for name, propensity in self.propensities.items()},
            fold=self.fold[rows], deals=deals[deals["row"] >= 0].reset_index(drop=True), facts=self.facts.iloc[rows].reset_index(drop=True),
        )  # fmt: skip

    def ordered(self, model: str) -> Ordered:
        """The candidates of each date by falling score of `model`."""
        score = self.scores[model]
        empty = np.zeros(0, np.int64)
        order = np.concatenate([empty, *(low + np.argsort(-score[low:high], kind="stable") for low, high in self._spans())])
        won = self.won[order]
        closes = np.ones(len(order), bool)
        closes[:-1] = score[order][1:] != score[order][:-1]
        closes[self.starts[1:] - 1] = True
        block = np.concatenate([[0], np.cumsum(closes)[:-1]]).astype(np.int64) if len(order) else np.zeros(0, np.int64)
        holds = np.bincount(block, weights=won)[block] > 0 if len(order) else won
        flags = won * WON + closes * CLOSES + holds * HOLDS_WINNER
        amount = np.nan_to_num(self.amount[order][won])
        winners = np.concatenate([[0], np.cumsum(won)])[self.starts[:-1]]
        return Ordered(self.account[order], flags.astype(np.uint8), amount.astype(np.float64), winners.astype(np.int64))

    def _spans(self) -> list[tuple[int, int]]:
        return list(zip(self.starts[:-1].tolist(), self.starts[1:].tolist(), strict=True))

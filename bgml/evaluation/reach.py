"""Reach: of all wins that began in the test span, how many were on the list when they began. No ranking finds the others."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from bgml.config import Settings
from bgml.evaluation.race.scored import Integers
from bgml.learning.examples import Examples

if TYPE_CHECKING:
    from bgml.data.dataset import Dataset

NEVER = np.iinfo(np.int64).max
CALLED = {"won": "won deals", "created": "opportunities", "accepted": "accepted groups"}
"""The wins of each target, in words."""


@dataclass(frozen=True)
class Reach:
    """Wins that began in the test span by what the last as-of date before their beginning knew of them.

    in_reach: a candidate, and won within the horizon; beyond_horizon: a candidate, but won later; other_topic: the account was a
    candidate with other topics only; no_candidate: the account had no candidate at all.
    """

    wins: int
    in_reach: int
    beyond_horizon: int
    other_topic: int
    no_candidate: int

    def sentence(self, target: str) -> str:
        """Reach in words."""
        what = CALLED[target]
        if not self.wins:
            return f"No {what} began in the test span, so reach cannot be told."
        share = f"{self.in_reach:,} ({self.in_reach / self.wins:.0%})"
        gaps = (
            (self.beyond_horizon, "won after the horizon"),
            (self.other_topic, "on another topic than those on which the account was a candidate"),
            (self.no_candidate, "from accounts without any candidate"),
        )
        told = ", ".join(f"{count:,} {why}" for count, why in gaps if count)
        rest = f" Out of reach: {told}." if told else ""
        return f"Reach: of {self.wins:,} {what} that began in the test span, {share} were candidates then and within the horizon.{rest}"


def reach(dataset: Dataset, settings: Settings, examples: Examples, dates: Sequence[datetime.date]) -> Reach:
    """Reach over the test `dates`; `examples` holds all their candidates.

    A win belongs to the last test date on or before its first day (the opportunity's creation), if that is less than `dates.every`
    days back.
    """
    events = wins(dataset, settings)
    days = np.array(sorted(dates), dtype="datetime64[D]").astype(np.int64)
    at = np.searchsorted(days, events["begun"].to_numpy(), side="right") - 1
    inside = (at >= 0) & (events["begun"].to_numpy() < days[np.maximum(at, 0)] + settings.dates.every)
    events, at = events[inside], at[inside]
    on_account, on_pair = _candidates(events, at, examples, days)
    candidate = on_pair if settings.outcome.match == "pair" else on_account
    in_time = events["won"].to_numpy() < days[at] + settings.outcome.horizon
    parts = (candidate & in_time, candidate & ~in_time, ~candidate & on_account, ~candidate & ~on_account)
    return Reach(len(events), *(int(part.sum()) for part in parts))


def wins(dataset: Dataset, settings: Settings) -> pd.DataFrame:
    """What the target calls a win: account_id, topic, begun and won as days since 1970-01-01."""
    if settings.outcome.target == "accepted":
        rows: pd.DataFrame = dataset.frame("verdicts")
        rows = rows[rows["verdict"] == "accepted"]
        begun = won = _days(rows["at"])
    else:
        rows = dataset.frame("opportunities")
        if settings.outcome.target == "won":
            rows = rows[rows["outcome"] == "won"]
        begun = _days(rows["created_at"])
        won = _days(rows["closed_at"]) if settings.outcome.target == "won" else begun
    return rows[["account_id", "topic"]].assign(begun=begun, won=won)


def _candidates(
    events: pd.DataFrame, at: npt.NDArray[np.int64], examples: Examples, days: Integers
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Whether each event's account, and its pair of account and topic, was a candidate on the day numbered `at`."""
    date = np.searchsorted(days, examples.as_of.astype("datetime64[D]").astype(np.int64))
    account = pd.Index(examples.accounts).get_indexer(pd.Index(events["account_id"].astype(object)))
    topic = pd.Index(examples.topics).get_indexer(pd.Index(events["topic"].astype(object)))
    width, depth = max(len(examples.accounts), 1), max(len(examples.topics), 1)
    known_account = date * width + examples.account
    on_account = np.isin(at * width + account, known_account) & (account >= 0)
    on_pair = np.isin((at * width + account) * depth + topic, known_account * depth + examples.topic) & (account >= 0) & (topic >= 0)
    return on_account, on_pair


def _days(times: pd.Series) -> Integers:
    """Day numbers since 1970-01-01; a missing time is never."""
    days = times.to_numpy(dtype="datetime64[D]")
    return np.where(np.isnat(days), NEVER, days.astype(np.int64)).astype(np.int64)

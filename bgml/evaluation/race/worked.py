"""Which candidates sales worked: an accepted verdict, a touch soon after the date, or a place in an exported selection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from bgml.evaluation.race.scored import Floats, Integers
from bgml.learning.examples import Examples

if TYPE_CHECKING:
    from bgml.data.dataset import Dataset

Flags = npt.NDArray[np.bool_]
DAYS = 28
"""A touch counts from the as-of date's midnight until this many days later."""
EXPLORATION = "exploration"
SECONDS = 86_400
WIDTH = 1 << 32
"""Seconds since 1970 stay below it, so that a group and a time make one sortable number."""
UNKNOWN = (
    "Nothing is known of what sales worked (no touches, no verdicts, no exported ranking), so outcomes cannot be told apart by whether "
    "a group was worked."
)


@dataclass(frozen=True)
class Worked:
    """Per candidate: whether a verdict accepted it, a seller touched it, an exported ranking had selected it.

    probability: the chance with which it was selected where exploration selected it, NaN elsewhere.
    """

    accepted: Flags
    touched: Flags
    selected: Flags
    probability: Floats

    @property
    def any(self) -> Flags:
        """Worked in one way at least."""
        return np.asarray(self.accepted | self.touched | self.selected, bool)

    @property
    def explored(self) -> Flags:
        """Selected at random."""
        return np.asarray(self.probability > 0, bool)


def is_known(dataset: Dataset, exported: pd.DataFrame | None) -> bool:
    """Whether there is anything to tell worked groups by."""
    return dataset.has("touches") or dataset.has("verdicts") or exported is not None


def worked(dataset: Dataset, candidates: Examples, exported: pd.DataFrame | None = None) -> Worked:
    """What is known of the work on each candidate.

    exported: the groups that exported rankings had selected: as_of, account_id, topic, selected_by, selection_probability.
    """
    keys = _Keys(candidates)
    none = np.zeros(len(candidates), bool)
    touched = _touched(keys, dataset.frame("touches")) if dataset.has("touches") else none
    accepted = _accepted(keys, dataset.frame("verdicts")) if dataset.has("verdicts") else none
    selected, probability = none, np.full(len(candidates), np.nan)
    if exported is not None and len(exported):
        selected = keys.found(exported)
        explored = exported[(exported["selected_by"] == EXPLORATION) & (exported["selection_probability"] > 0)]
        probability = keys.values(explored, "selection_probability")
    return Worked(accepted, touched, selected, probability)


class _Keys:
    """The candidates' keys as whole numbers, so that other tables can be matched with them."""

    def __init__(self, candidates: Examples) -> None:
        self.accounts, self.topics = pd.Index(candidates.accounts), pd.Index(candidates.topics)
        self.account, self.topic = candidates.account.astype(np.int64), candidates.topic.astype(np.int64)
        self.group = self.account * max(len(self.topics), 1) + self.topic
        self.second = candidates.as_of.astype("datetime64[s]").astype(np.int64)
        self.row = self.group * WIDTH + self.second

    def codes(self, ids: pd.Series, index: pd.Index) -> Integers:
        """The code of each id, -1 for one that no candidate has."""
        return index.get_indexer(pd.Index(ids.astype(object))).astype(np.int64)

    def groups(self, table: pd.DataFrame) -> Integers:
        """The group of each row of a table with account_id and topic, -1 for none of the candidates'."""
        account, topic = self.codes(table["account_id"], self.accounts), self.codes(table["topic"], self.topics)
        return np.where((account >= 0) & (topic >= 0), account * max(len(self.topics), 1) + topic, -1)

    def rows(self, table: pd.DataFrame) -> Integers:
        """The key of each row of a table with as_of, account_id and topic."""
        return self.groups(table) * WIDTH + seconds(table["as_of"])

    def found(self, table: pd.DataFrame) -> Flags:
        """Which candidates the table names."""
        return np.isin(self.row, self.rows(table))

    def values(self, table: pd.DataFrame, column: str) -> Floats:
        """The table's value of each candidate, NaN where it names none; its keys are unique."""
        series = pd.Series(table[column].to_numpy(np.float64), index=self.rows(table))
        return series[~series.index.duplicated()].reindex(self.row).to_numpy(np.float64)


def seconds(times: pd.Series) -> Integers:
    """Whole seconds since 1970 of times, rounded down."""
    return np.asarray(pd.to_datetime(times).to_numpy("datetime64[s]").astype(np.int64))


def _touched(keys: _Keys, touches: pd.DataFrame) -> Flags:
    """A touch of the account about the group's topic, or about none in particular, in the days that follow."""
    about_topic = touches["topic"].notna()
    account = keys.codes(touches["account_id"], keys.accounts)
    group = np.full(len(touches), -1, np.int64)
    group[about_topic] = keys.groups(touches[about_topic])
    second = seconds(touches["occurred_at"])
    general = (account >= 0) & ~about_topic.to_numpy(bool)
    of_group = _within(keys.group, keys.second, group[group >= 0], second[group >= 0])
    return of_group | _within(keys.account, keys.second, account[general], second[general])


def _within(code: Integers, start: Integers, other: Integers, second: Integers) -> Flags:
    """Whether any of the times of the same code lies in the DAYS from `start` on."""
    times = np.sort(other * WIDTH + second)
    first = np.searchsorted(times, code * WIDTH + start)
    return np.asarray(np.searchsorted(times, code * WIDTH + start + DAYS * SECONDS) > first, bool)


def _accepted(keys: _Keys, verdicts: pd.DataFrame) -> Flags:
    """A verdict that accepts the group as it stood in that date's ranking."""
    last = latest(verdicts)
    return keys.found(last[last["verdict"] == "accepted"])


def latest(verdicts: pd.DataFrame) -> pd.DataFrame:
    """Of several verdicts on a group in one ranking the one given last; at the same moment the last by name."""
    ordered = verdicts.sort_values(["at", "by"], kind="stable", na_position="first")
    return ordered.drop_duplicates(["account_id", "topic", "as_of"], keep="last")


def judged(dataset: Dataset, candidates: Examples) -> Floats:
    """What sales said of each candidate in that date's ranking: 1 accepted, 0 rejected, NaN nothing."""
    last = latest(dataset.frame("verdicts"))
    return _Keys(candidates).values(last.assign(said=last["verdict"] == "accepted"), "said")

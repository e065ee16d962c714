"""Examples: the candidates of past dates, what was known of them, and what became of them."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bgml.learning.fingerprint import fingerprint
from bgml.project import Progress, Project, quiet
from bgml.scoring.columns import kind_of, numbers, texts
from bgml.scoring.definition import KEYS

if TYPE_CHECKING:
    from bgml.data.dataset import Dataset

Codes = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Examples:
    """Groups at as-of dates, in order of as_of, account_id, topic, with their outcomes.

    features: the feature columns, numbers as float32, categories as pandas categories, one row per group and date.
    as_of: the date of each row; account, topic: codes into `accounts` and `topics`, the ids in order.
    won: 1 or 0, NaN where immature; amount: what the deals behind a win brought, NaN where unknown or none.
    deals: row, opportunity_id, amount: the won opportunities behind each winning row. One deal stands behind many rows.
    created: 1 or 0, whether an opportunity was created within the horizon, won or not; None where the outcome is another than "won".
    closed: every closed opportunity of the tables, whenever it closed (see `closed_deals`): what amounts are learned from.
    """

    features: pd.DataFrame
    as_of: npt.NDArray[np.datetime64]
    account: Codes
    topic: Codes
    accounts: npt.NDArray[Any]
    topics: npt.NDArray[Any]
    won: npt.NDArray[np.float32]
    amount: npt.NDArray[np.float64]
    deals: pd.DataFrame
    closed: pd.DataFrame = field(default_factory=lambda: no_closed())
    created: npt.NDArray[np.float32] | None = None

    def __len__(self) -> int:
        """Rows: groups over all dates."""
        return len(self.won)

    def take(self, chosen: npt.NDArray[Any]) -> Examples:
        """The rows where a mask is true, or the (distinct) rows an array of numbers names, in its order."""
        rows = np.flatnonzero(chosen) if chosen.dtype == bool else np.asarray(chosen, np.int64)
        place = np.full(len(self), -1, np.int64)
        place[rows] = np.arange(len(rows))
        deals = self.deals.assign(row=place[self.deals["row"].to_numpy(np.int64)])
        return Examples(
            self.features.iloc[rows].reset_index(drop=True), self.as_of[rows], self.account[rows], self.topic[rows],
            self.accounts, self.topics, self.won[rows], self.amount[rows], deals[deals["row"] >= 0].reset_index(drop=True), self.closed,
            None if self.created is None else self.created[rows],
        )  # fmt: skip

    def frame(self) -> pd.DataFrame:
        """Keys and features as the engine's frames have them, for scoring: as_of, account_id, topic, then the columns."""
        return pd.concat([self.keys(), self.features], axis=1)

    def keys(self) -> pd.DataFrame:
        """as_of, account_id and topic of each row, the ids as categories."""
        keys = {
            "as_of": pd.Series(self.as_of.astype("datetime64[s]"), self.features.index),
            "account_id": pd.Series(pd.Categorical.from_codes(self.account, pd.Index(self.accounts)), self.features.index),
            "topic": pd.Series(pd.Categorical.from_codes(self.topic, pd.Index(self.topics)), self.features.index),
        }
        return pd.DataFrame(keys)

    def fingerprint(self) -> str:
        """SHA-256 of everything: keys, features and outcomes."""
        return fingerprint(pd.concat([self.frame(), self.outcomes()], axis=1))

    def outcomes(self) -> pd.DataFrame:
        """What became of each row: won, amount and, where it is asked, created."""
        known = {"won": self.won, "amount": self.amount} | ({} if self.created is None else {"created": self.created})
        return pd.DataFrame(known, index=self.features.index)

    def won_opportunities(self) -> int:
        """Distinct won opportunities behind the rows; where the target is no opportunity, the groups that reached it."""
        opportunities = int(self.deals["opportunity_id"].nunique())
        if opportunities:
            return opportunities
        return len(np.unique(self.groups()[self.won == 1]))

    def groups_not_won(self) -> int:
        """Distinct groups (account and topic) with no winning row."""
        groups = self.groups()
        return len(np.setdiff1d(groups[self.won == 0], groups[self.won == 1]))

    def groups(self) -> npt.NDArray[np.int64]:
        """A number per row that is the same for all dates of a group."""
        return self.account.astype(np.int64) * max(len(self.topics), 1) + self.topic


def collect(
    project: Project,
    dataset: Dataset,
    dates: Sequence[datetime.date],
    *,
    columns: Sequence[str] | None = None,
    unseen: Collection[str] = (),
    progress: Progress = quiet,
) -> Examples:
    """All candidates of the dates with features and outcomes, in row order.

    columns: the feature columns wanted, None for all; unseen: categories hidden from the features. Besides the result only a few
    dates are in memory at a time.
    """
    from bgml.engine.build import build
    from bgml.groups.outcomes import closed_deals, got_opportunity, label

    gathered = _Gathered()
    matrix = build(project, dataset, sorted(dates), only=columns, unseen=unseen, progress=progress)
    rows = 0
    for frame in matrix.runs():
        gathered.add(frame)
        rows += len(frame)
        progress("examples", rows, len(matrix))
    found = gathered.examples()
    keys = found.keys()
    outcome = label(keys, dataset, project.settings)
    known = {"amount": outcome["amount"].to_numpy(np.float64), "deals": outcome.attrs["deals"], "closed": closed_deals(dataset)}
    begun = got_opportunity(keys, dataset, project.settings)
    return replace(found, won=outcome["won"].to_numpy(np.float32), created=begun, **known)


class _Gathered:
    """Columns of the dates seen so far, piece by piece."""

    def __init__(self) -> None:
        self._pieces: dict[str, list[Any]] = {}
        self._keys: dict[str, list[Any]] = {name: [] for name in KEYS}
        self._rows = 0

    def add(self, frame: pd.DataFrame) -> None:
        """A frame of one date or several, in order."""
        for name in (column for column in frame.columns if column not in KEYS):
            values = frame[name]
            self._pieces.setdefault(str(name), []).append(numbers(values) if kind_of(values) == "number" else texts(values))
        self._keys["as_of"].append(frame["as_of"].to_numpy("datetime64[D]"))
        for name in ("account_id", "topic"):
            codes, ids = pd.factorize(frame[name])
            self._keys[name].append((codes.astype(np.int32), pd.Index(ids).astype(object)))
        self._rows += len(frame)

    def examples(self) -> Examples:
        """Everything added, as one; outcomes not known yet."""
        account, accounts = self._coded("account_id")
        topic, topics = self._coded("topic")
        as_of = np.concatenate([np.empty(0, "datetime64[D]"), *self._keys["as_of"]])
        unknown = np.full(self._rows, np.nan)
        return Examples(self._features(), as_of, account, topic, accounts, topics, unknown.astype(np.float32), unknown, no_deals())

    def _coded(self, name: str) -> tuple[Codes, npt.NDArray[Any]]:
        """The codes of a key over all dates, and its ids in order."""
        pieces = self._keys[name]
        if not pieces:
            return np.empty(0, np.int32), np.empty(0, object)
        union = pd.Index(pieces[0][1]).append([ids for _, ids in pieces[1:]]).unique()
        order = pd.Index(sorted(union), dtype=object)
        codes = np.concatenate([order.get_indexer(ids).astype(np.int32)[codes] for codes, ids in pieces])
        return codes, order.to_numpy()

    def _features(self) -> pd.DataFrame:
        """One block of numbers, then the categories: the block is filled column by column, its pieces freed as it grows."""
        names = [name for name, pieces in self._pieces.items() if isinstance(pieces[0], np.ndarray)]
        block = np.empty((len(names), self._rows), np.float32)
        for place, name in enumerate(names):
            np.concatenate(self._pieces.pop(name), out=block[place])
        frame = pd.DataFrame(block.T, columns=names, copy=False)
        for name, pieces in self._pieces.items():
            union = pd.api.types.union_categoricals(pieces, sort_categories=True)
            frame[name] = pd.Series(union, frame.index)
        return frame


def no_deals() -> pd.DataFrame:
    """The deals of rows that won nothing."""
    return pd.DataFrame({"row": np.zeros(0, np.int64), "opportunity_id": pd.Series(dtype=object), "amount": np.zeros(0)})


def no_closed() -> pd.DataFrame:
    """The closed deals of examples that tell of none."""
    days = {name: pd.Series(dtype="datetime64[s]") for name in ("created", "closed")}
    ids = {name: pd.Series(dtype=object) for name in ("account_id", "topic", "opportunity_id", "segment")}
    return pd.DataFrame({**ids, **days, "won": np.zeros(0, bool), "amount": np.zeros(0)})

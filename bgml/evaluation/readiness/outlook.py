"""What settings make of the wins in the data: which were in reach, and how many a model could learn from. No model is needed."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from bgml.config import Settings
from bgml.engine.candidacy import Candidacy, Candidates
from bgml.errors import DataError
from bgml.evaluation.race.scored import Integers
from bgml.evaluation.reach import wins
from bgml.groups.dates import day_number, folds, grid, newest_monday, training_dates

if TYPE_CHECKING:
    from bgml.data.dataset import Dataset

EPOCH = datetime.date(1970, 1, 1)
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Whole:
    """All wins of the data, each in one part, by what the last as-of date before its beginning knew of it.

    in_reach: a candidate, and won within the horizon; beyond_horizon: a candidate, but won later; blocked: no candidate only because
    another deal of the pair was open or freshly won; earlier: a candidate at some earlier date only;
    other_topic: only other topics of the account were candidates then; no_candidate: the account was known, but no candidate;
    no_signal: nothing was known of the account; before_signals: it began before the first as-of date there is.
    ever: a candidate, within the horizon or not, at some date before the beginning, whichever.
    """

    wins: int
    in_reach: int
    beyond_horizon: int
    blocked: int
    earlier: int
    other_topic: int
    no_candidate: int
    no_signal: int
    before_signals: int
    ever: int


@dataclass(frozen=True)
class FoldWins:
    """Distinct wins that the training and the test dates of a backtest's fold hold."""

    number: int
    train: int
    test: int


class Outlook:
    """The wins of a dataset, seen under any settings of groups, outcome and dates.every as they stand."""

    def __init__(self, dataset: Dataset, settings: Settings, threads: int = 1) -> None:
        """One pass over the signals of accounts with opportunities; every question after that is answered from memory."""
        self.dataset, self.settings = dataset, settings
        self.first_signal = EPOCH + datetime.timedelta(dataset.first_day)
        self.dates = grid(settings.dates.every, self.first_signal + datetime.timedelta(1), dataset.until)
        self._days = np.array([day_number(day) for day in self.dates], np.int64)
        self._wins: dict[str, pd.DataFrame] = {}
        self._kept: dict[object, Candidates] = {}
        self._threads = threads

    def wins(self, settings: Settings) -> pd.DataFrame:
        """The wins of the settings' target: account_id, topic, begun, won (days since 1970-01-01)."""
        target = settings.outcome.target
        if target not in self._wins:
            self._wins[target] = wins(self.dataset, settings).reset_index(drop=True)
        return self._wins[target]

    def learnable(self, settings: Settings) -> int:
        """Distinct wins behind the training dates of the newest Monday: what `bgml train` would count. DataError without dates."""
        dates = training_dates(settings, self.first_signal, newest_monday(self.dataset.until), self.dataset.until)
        return int(self._positive(settings)[:, self._places(dates)].any(axis=1).sum())

    def in_reach(self, settings: Settings) -> int:
        """Wins that were candidates at the last date before they began, and won within the horizon."""
        last = self._last(settings)
        return int(self._positive(settings)[np.flatnonzero(last >= 0), last[last >= 0]].sum())

    def whole(self, settings: Settings) -> Whole:
        """Every win in its part."""
        found, last = self.wins(settings), self._last(settings)
        some = last >= 0
        at = np.flatnonzero(some), last[some]
        before = self._before(settings)
        candidates, free = self._candidates(settings), self._candidates(settings, all_groups=True)
        own, lifted = (there.pair if settings.outcome.match == "pair" else there.account for there in (candidates, free))
        candidate_before: Mask = own & before
        before_it: Mask = np.asarray(candidate_before.any(axis=1))
        tests = [
            own[at] & self._positive(settings)[at],
            own[at],
            lifted[at],
            before_it[some],
            candidates.account[at],
            self._candidacy.first_known(self._keys(settings))[some] < self._days[last[some]],
        ]
        part = np.select(tests, list(range(len(tests))), len(tests))
        in_reach, beyond, blocked, earlier, other, known, unknown = np.bincount(part, minlength=len(tests) + 1).tolist()
        too_early, ever = int((~some).sum()), int(before_it.sum())
        return Whole(len(found), in_reach, beyond, blocked, earlier, other, known, unknown, too_early, ever)

    def fold_wins(self, settings: Settings, n: int) -> tuple[FoldWins, ...]:
        """The wins of each fold of a backtest. DataError where no date can be tested."""
        positive = self._positive(settings)
        plan = folds(settings, self.first_signal, self.dataset.until, n)
        counted = [[int(positive[:, self._places(dates)].any(axis=1).sum()) for dates in (fold.train, fold.test)] for fold in plan]
        return tuple(FoldWins(fold.number, *counts) for fold, counts in zip(plan, counted, strict=True))

    def needed_horizon(self, settings: Settings, share: float) -> int | None:
        """The least horizon that holds a share of all wins, each counted from the last as-of date before it began; None without wins."""
        found = self.wins(settings)
        if found.empty:
            return None
        every = settings.dates.every
        shift = day_number(datetime.date(1970, 1, 5))
        last = (found["begun"].to_numpy() - shift) // every * every + shift
        spans = np.sort(found["won"].to_numpy() - last + 1)
        return int(spans[int(np.ceil(share * len(spans))) - 1])

    def _last(self, settings: Settings) -> Integers:
        """The place of the last date on or before the day each win began, -1 for none."""
        return np.searchsorted(self._days, self.wins(settings)["begun"].to_numpy(), side="right") - 1

    def _before(self, settings: Settings) -> Mask:
        """bool[wins, dates]: dates on or before the day the win began."""
        before: Mask = self._days[None, :] <= self.wins(settings)["begun"].to_numpy()[:, None]
        return before

    def _positive(self, settings: Settings) -> Mask:
        """bool[wins, dates]: where the win makes the outcome of a candidate 1."""
        candidates = self._candidates(settings)
        own = candidates.pair if settings.outcome.match == "pair" else candidates.account
        in_time = self.wins(settings)["won"].to_numpy()[:, None] - self._days[None, :] < settings.outcome.horizon
        positive: Mask = own & self._before(settings) & in_time
        return positive

    def _places(self, dates: list[datetime.date] | tuple[datetime.date, ...]) -> Integers:
        days = np.array([day_number(day) for day in dates], np.int64)
        places: Integers = np.searchsorted(self._days, days)
        return places

    def _candidates(self, settings: Settings, *, all_groups: bool = False) -> Candidates:
        key = (settings.outcome.target, settings.groups, all_groups)
        if key not in self._kept:
            self._kept[key] = self._candidacy.candidates(self._keys(settings), settings, all_groups=all_groups)
        return self._kept[key]

    def _keys(self, settings: Settings) -> pd.DataFrame:
        return self.wins(settings)[["account_id", "topic"]]

    @cached_property
    def _candidacy(self) -> Candidacy:
        if not self.dates:
            raise DataError(f"no as-of date lies between the first signal, of {self.first_signal}, and the end of the data")
        return Candidacy(self.dataset, self.dates, self._threads)

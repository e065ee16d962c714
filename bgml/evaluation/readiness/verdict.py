"""The readiness verdict: can a model be learned from this data, how much of what is won can it reach, and what to change."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bgml.config import Settings
from bgml.errors import DataError
from bgml.evaluation.reach import CALLED
from bgml.evaluation.readiness.changes import HELD, Change, Numbers, numbers, rounded, single, together
from bgml.evaluation.readiness.outlook import FoldWins, Outlook, Whole
from bgml.evaluation.readiness.tables import Ended, Undated, ended, undated
from bgml.project import Progress, quiet

if TYPE_CHECKING:
    from bgml.data.dataset import Dataset

FOLDS = 5
JUDGED = 40
"""Distinct wins in the test dates below which intervals are too wide, and themselves unsure (docs/evaluation.md)."""
VENDORS = {"Dynamics 365": 40, "Gong": 50, "Oracle": 100, "Salesforce": 200}
"""Won opportunities below which these vendors train no model, from their public documentation (see docs/evaluation.md)."""


@dataclass(frozen=True)
class DaysToWin:
    """Days from the creation of an opportunity to its being won: quartiles, the share within the horizon, the horizon that holds 80%."""

    lower: float
    median: float
    upper: float
    within_horizon: float
    needed_horizon: int


@dataclass(frozen=True)
class Readiness:
    """Whether a model can be learned from the data, from what that follows, and what to change.

    numbers: of the settings as they are; least: distinct wins (`check.min_won`) and groups that did not win that training asks for;
    groups: pairs of account and topic with a signal; problem: why nothing can be learned, empty where something can.
    """

    target: str
    horizon: int
    least: int
    numbers: Numbers
    groups: int
    problem: str
    whole: Whole
    days: DaysToWin | None
    per_year: dict[int, int]
    folds: tuple[FoldWins, ...]
    changes: tuple[Change, ...]
    together: Change | None
    undated: tuple[Undated, ...]
    ended: tuple[Ended, ...]

    @property
    def ready(self) -> bool:
        """Whether `bgml train` would find enough to learn from."""
        return not self.problem

    def document(self) -> dict[str, Any]:
        """The verdict as JSON values, its sentences among them."""
        return {"ready": self.ready, "sentences": self.sentences(), **dataclasses.asdict(self)}

    def sentences(self) -> list[str]:
        """The verdict in words, the most important first."""
        return [self._verdict(), *self._reach(), *self._time(), *self._advice(), *self._tables()]

    def _verdict(self) -> str:
        if self.problem:
            return f"Not ready: {self.problem}."
        passed = [f"{vendor} ({least})" for vendor, least in VENDORS.items() if self.numbers.learnable >= least]
        short = [f"{vendor} ({least})" for vendor, least in VENDORS.items() if self.numbers.learnable < least]
        told = f"; as many as {_listed(passed)} would ask for" if passed else ""
        told += f"{', but' if passed else ';'} fewer than {_listed(short)} would" if short else ""
        ready = "Ready" if self._tested() >= JUDGED else "Ready to train, but not to judge a model by"
        return f"{ready}: {self.numbers.learnable:,} distinct {self.what} can be learned from, at least {self.least} are needed{told}."

    @property
    def what(self) -> str:
        """What a win is called."""
        return CALLED[self.target]

    def _reach(self) -> Iterator[str]:
        whole, wins = self.whole, self.whole.wins
        if not wins:
            return
        share = f"{whole.in_reach:,} ({whole.in_reach / wins:.0%})"
        yield (
            f"Of all {wins:,} {self.what}, {share} were candidates at the last as-of date before they began and within the horizon; "
            f"{whole.ever:,} ({whole.ever / wins:.0%}) were candidates at some date before."
        )
        gaps = (
            (whole.beyond_horizon, f"came later than the horizon of {self.horizon} days"),
            (whole.blocked, "were no candidates because the pair had an open or freshly won deal (groups.customer_days)"),
            (whole.earlier, "were candidates only earlier: their signals were older than groups.lookback"),
            (whole.other_topic, "were on another topic than those on which the account was a candidate"),
            (whole.no_candidate, "came from accounts with signals but no candidate then"),
            (whole.no_signal, "came from accounts without any signal before"),
            (whole.before_signals, "began before the first as-of date that signals allow"),
        )
        if told := [f"{count:,} {why}" for count, why in gaps if count]:
            yield f"Out of reach: {', '.join(told)}."
        if whole.no_signal > wins / 2:
            yield "Most of what is won leaves no trace in the signals: no model and no setting finds it, more sources of signals would."

    def _time(self) -> Iterator[str]:
        if self.days is not None:
            days = self.days
            yield (
                f"From creation to won: a quarter within {days.lower:.0f} days, half within {days.median:.0f}, three quarters within "
                f"{days.upper:.0f}; {days.within_horizon:.0%} within the horizon, {days.needed_horizon} days would hold {HELD:.0%}."
            )
        if self.per_year:
            yield f"Distinct {self.what} per year: {', '.join(f'{year} {count:,}' for year, count in self.per_year.items())}."
        if self.folds:
            yield self._backtest()

    def _backtest(self) -> str:
        """The folds of a backtest in distinct wins, and whether they are enough to judge by."""
        told = ", ".join(f"{fold.train:,} and {fold.test:,}" for fold in self.folds)
        said = f"The folds of a backtest hold, to learn from and to test on, oldest first: {told} {self.what}"
        if self._tested() >= JUDGED:
            return f"{said}."
        left = f"{sum(fold.train >= self.least for fold in self.folds)} of {len(self.folds)} have the {self.least} to learn from"
        return f"{said}; {left}, and with {self._tested():,} to test on no model can be told from another, some {JUDGED} are needed."

    def _tested(self) -> int:
        """Distinct wins in the test dates of the folds that have enough to learn from."""
        return sum(fold.test for fold in self.folds if fold.train >= self.least)

    def _advice(self) -> Iterator[str]:
        for change in self.changes:
            yield f"With {_settings(change)}: {self._effect(change)}."
        if self.together is not None and self.together not in self.changes:
            yield f"To be ready: {_settings(self.together)}: {self._effect(self.together)}."
        elif self.problem and self.together is None:
            yield "No change of settings that was tried makes it ready: bring older data, more sources of signals, or more opportunities."

    def _effect(self, change: Change) -> str:
        now, then = self.numbers, change.numbers
        if change.target != self.target:
            return f"{then.in_reach:,} of {then.wins:,} {CALLED[change.target]} in reach, {then.learnable:,} to learn from"
        return f"{then.in_reach:,} instead of {now.in_reach:,} of {then.wins:,} {self.what} in reach, {then.learnable:,} instead of " \
            f"{now.learnable:,} to learn from"  # fmt: skip

    def _tables(self) -> Iterator[str]:
        for table in self.ended:
            cut = f", or set [data] until = {table.last + datetime.timedelta(1)}" if table.table in ("signals", "opportunities") else ""
            yield (
                f"The table {table.table} ends on {table.last}, {table.days} days before the others: what is missing since then counts as "
                f"not having happened; bring the rest{cut}."
            )
        static = [f"{column.table}.{column.column}" for column in self.undated if column.static]
        other = [f"{column.table}.{column.column}" for column in self.undated if not column.static]
        if static:
            yield f"Without dates, but features because [data] static says that they never change: {', '.join(static)}."
        if other:
            yield f"Without dates, and so no features: {', '.join(other)}; name those that never change in [data] static."


def assess(dataset: Dataset, settings: Settings, threads: int = 1, folds: int = FOLDS, progress: Progress = quiet) -> Readiness:
    """The verdict on a dataset under some settings; never an error where the tables can be used."""
    progress("readiness", 0, 3)
    outlook = Outlook(dataset, settings, threads)
    found = outlook.wins(settings)
    groups = _groups(dataset)
    now = numbers(outlook, settings) if outlook.dates else Numbers(len(found), 0, 0)
    whole = outlook.whole(settings) if outlook.dates else Whole(len(found), 0, 0, 0, 0, 0, 0, 0, len(found), 0)
    progress("readiness", 1, 3)
    problem = _problem(outlook, settings, now, groups)
    searchable = bool(outlook.dates) and bool(len(dataset.frame("opportunities")))
    changes = single(outlook, settings, whole, now, not problem) if searchable else ()
    progress("readiness", 2, 3)
    found_together = together(outlook, settings, whole, now) if problem and searchable else None
    progress("readiness", 3, 3)
    return Readiness(
        target=settings.outcome.target,
        horizon=settings.outcome.horizon,
        least=settings.check.min_won,
        numbers=now,
        groups=groups,
        problem=problem,
        whole=whole,
        days=_days(outlook, settings),
        per_year=_per_year(found["won"].to_numpy()),
        folds=_folds(outlook, settings, folds),
        changes=changes,
        together=found_together,
        undated=undated(dataset, settings),
        ended=ended(dataset),
    )


def _problem(outlook: Outlook, settings: Settings, now: Numbers, groups: int) -> str:
    """Why nothing can be learned; empty where something can."""
    least, what = settings.check.min_won, CALLED[settings.outcome.target]
    if not now.wins:
        return f"the tables hold no {what}" if settings.outcome.target != "accepted" else "the tables hold no accepted verdict"
    try:
        outlook.learnable(settings)
    except DataError as error:
        return str(error)
    if now.learnable < least:
        return f"{now.learnable:,} of {now.wins:,} {what} can be learned from, at least {least} are needed (check.min_won)"
    if groups - now.learnable < least:
        return f"the signals hold {groups:,} groups, too few for {least} that did not win (check.min_won)"
    return ""


def _days(outlook: Outlook, settings: Settings) -> DaysToWin | None:
    """None for another target than won, without wins, and where opportunities are created on the day they are won."""
    found = outlook.wins(settings)
    spans = (found["won"] - found["begun"]).to_numpy()
    if settings.outcome.target != "won" or not len(spans) or not spans.any():
        return None
    lower, median, upper = np.quantile(spans, [0.25, 0.5, 0.75]).tolist()
    within = float((spans < settings.outcome.horizon).mean())
    return DaysToWin(lower, median, upper, within, rounded(outlook.needed_horizon(settings, HELD)))


def _per_year(days: Any) -> dict[int, int]:  # noqa: ANN401  (an array of day numbers)
    years, counts = np.unique(np.asarray(days, "datetime64[D]").astype("datetime64[Y]").astype(int) + 1970, return_counts=True)
    return dict(zip(years.tolist(), counts.tolist(), strict=True))


def _folds(outlook: Outlook, settings: Settings, n: int) -> tuple[FoldWins, ...]:
    """The folds of a backtest, none where there is too little history for one."""
    try:
        return outlook.fold_wins(settings, n)
    except DataError:
        return ()


def _groups(dataset: Dataset) -> int:
    """Pairs of account and topic with a signal."""
    pairs = dataset.table("signals").select("account_id", "topic").distinct()
    return int(dataset.arrow(pairs.aggregate(n=pairs.count())).column("n")[0].as_py())


def _settings(change: Change) -> str:
    """Settings as bgml.toml writes them: [outcome] match = "account"."""
    told = []
    for name, value in change.settings.items():
        section, key = name.split(".")
        told.append(f'[{section}] {key} = "{value}"' if isinstance(value, str) else f"[{section}] {key} = {value}")
    return " and ".join(told)


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"

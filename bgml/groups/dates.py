"""As-of dates: the fixed grid, which of them are mature, what trains a model and what tests it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from bgml.errors import DataError, SettingsError

if TYPE_CHECKING:
    from bgml.config import Settings

FIRST_MONDAY = date(1970, 1, 5)
HISTORY = 182  # days of signals that the longest standard window needs
BLOCK = 28  # days a test block should span, so that one fold is worth one fit


@dataclass(frozen=True)
class Fold:
    """One step of a backtest: as-of dates to train on, and later ones to test on."""

    number: int
    train: tuple[date, ...]
    test: tuple[date, ...]


def day_number(day: date) -> int:
    """Whole days from 1970-01-01 to `day`."""
    return day.toordinal() - date(1970, 1, 1).toordinal()


def grid(every: int, first: date, last: date) -> list[date]:
    """The as-of dates 1970-01-05 + k × `every` days from `first` to `last`, both inclusive.

    >>> [str(day) for day in grid(7, date(2024, 9, 2), date(2024, 9, 15))]
    ['2024-09-02', '2024-09-09']
    """
    low, high = (first - FIRST_MONDAY).days, (last - FIRST_MONDAY).days
    return [FIRST_MONDAY + timedelta(days) for days in range(-(-low // every) * every, high + 1, every)]


def newest_monday(until: date) -> date:
    """The newest Monday on or before `until`: the default as-of date of training and scoring."""
    return until - timedelta(until.weekday())


def mature(as_of: date, horizon: int, until: date) -> bool:
    """Whether outcomes over `horizon` days from `as_of` are known in data that is complete before `until`."""
    return as_of.toordinal() + horizon <= until.toordinal()


def newest_mature(horizon: int, until: date) -> date:
    """The last as-of date whose outcomes are known in data that is complete before `until`."""
    return date.fromordinal(max(1, until.toordinal() - horizon))


def training_dates(settings: Settings, first_signal: date, as_of: date, until: date | None = None) -> list[date]:
    """The as-of dates a model trained as of `as_of` learns from, oldest first.

    Each has its outcome known by `as_of` (and by `until`, the day before which data is complete, if that is
    earlier). They begin 182 days after the first signal, or `groups.lookback` days where that leaves none.
    DataError if there is none at all.
    """
    known = min(as_of, until or as_of)
    for history in _histories(settings):
        if dates := _mature_dates(settings, first_signal, known, history):
            return dates
    raise _too_little_history(settings, first_signal, known)


def folds(settings: Settings, first_signal: date, until: date, n: int = 5) -> list[Fold]:
    """Rolling folds, oldest first: test blocks that follow each other up to the newest mature date.

    Every training date d of a fold satisfies d + horizon <= its first test date, so nothing a fold learns from
    was unknown when its test begins. Tests begin where half a year of training dates exists (less in a short history).
    The dates are split into `n` blocks as equal as can be, or into fewer that span four weeks.
    DataError if no date can be tested.
    """
    if n < 1:
        raise SettingsError(f"folds: {n} asked for, expected at least 1")
    for history in _histories(settings):
        if found := folds_within(_mature_dates(settings, first_signal, until, history), settings, n):
            return found
    raise _too_little_history(settings, first_signal, until, "a test date needs an earlier training date that is mature by then")


def folds_within(dates: list[date], settings: Settings, n: int) -> list[Fold]:
    """Rolling folds as `folds` makes them, over the as-of dates given and no other; none where no date can be tested."""
    tests = _testable(dates, settings)
    if not tests:
        return []
    blocks = _blocks(tests, min(n, len(tests), max(1, len(tests) * settings.dates.every // BLOCK)))
    return [Fold(number, _learnable(dates, block[0], settings), block) for number, block in enumerate(blocks, 1)]


def _histories(settings: Settings) -> tuple[int, int]:
    return HISTORY, settings.groups.lookback


def _mature_dates(settings: Settings, first_signal: date, until: date, history: int) -> list[date]:
    return grid(settings.dates.every, first_signal + timedelta(history), newest_mature(settings.outcome.horizon, until))


def _learnable(dates: list[date], test: date, settings: Settings) -> tuple[date, ...]:
    return tuple(day for day in dates if mature(day, settings.outcome.horizon, test))


def _testable(dates: list[date], settings: Settings) -> list[date]:
    """The dates that half a year of training dates precedes, or half of that, and so on down to one training date."""
    needed = max(1, HISTORY // settings.dates.every)
    while needed:
        if len(dates) >= needed and (tests := [day for day in dates if mature(dates[needed - 1], settings.outcome.horizon, day)]):
            return tests
        needed //= 2
    return []


def _blocks(dates: list[date], n: int) -> list[tuple[date, ...]]:
    edges = [len(dates) * number // n for number in range(n + 1)]
    return [tuple(dates[low:high]) for low, high in zip(edges, edges[1:], strict=False)]


def _too_little_history(settings: Settings, first_signal: date, until: date, needs: str = "") -> DataError:
    horizon = settings.outcome.horizon
    earliest = first_signal + timedelta(min(_histories(settings)))
    reason = f"the first signal is of {first_signal}, so the earliest usable as-of date is {earliest}"
    return DataError(
        f"data until {until}, horizon {horizon} days: the newest mature as-of date is {newest_mature(horizon, until)}; "
        f"{reason}{', and ' + needs if needs else ''}: bring older data or lower outcome.horizon"
    )

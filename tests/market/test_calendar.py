"""Seasons and topics."""

from __future__ import annotations

import numpy as np
import pytest

from bgml.market.calendar import AHEAD, WEEKDAYS, make_calendar
from bgml.market.parameters import BURN_IN, TOPICS, Market

MARKET = Market(weeks=200)
CALENDAR = make_calendar(MARKET)


def test_the_calendar_reaches_to_the_end_of_the_last_horizon() -> None:
    assert len(CALENDAR.busy) == len(CALENDAR.starts) == CALENDAR.popularity.shape[1] == BURN_IN + MARKET.weeks + AHEAD + 1
    assert AHEAD * 7 >= 180


def test_averages_are_one() -> None:
    assert CALENDAR.busy.mean() == pytest.approx(1.0)
    assert CALENDAR.starts.mean() == pytest.approx(1.0)
    assert CALENDAR.popularity.mean(axis=0) == pytest.approx(1.0)
    assert WEEKDAYS.sum() == pytest.approx(1.0)


def test_christmas_is_quiet() -> None:
    last = BURN_IN + MARKET.weeks - 1  # the week before 2026-01-05
    assert CALENDAR.busy[last] < 0.5


def test_topics_drift_over_the_years() -> None:
    year = CALENDAR.popularity[:, :52].mean(axis=1), CALENDAR.popularity[:, -52:].mean(axis=1)
    assert np.corrcoef(*year)[0, 1] < 0.9
    assert len(year[0]) == len(TOPICS)

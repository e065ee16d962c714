"""The weeks: seasons, and what topics people care about when. Known in advance, so never part of what is hidden."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bgml.market.parameters import BURN_IN, HORIZON, TOPICS, Market, generator

AHEAD = -(-HORIZON // 7)
"""Weeks after the last as-of date that its horizon reaches into."""

WEEKDAYS = np.array([0.19, 0.21, 0.21, 0.19, 0.14, 0.03, 0.03])
"""How acts spread over a week."""


@dataclass(frozen=True)
class Calendar:
    """Weeks from -BURN_IN to the end of the last horizon; week 0 is the first of the tables. Row w + BURN_IN is week w."""

    busy: NDArray[np.float64]  # by week: how much is done, 1 on average
    starts: NDArray[np.float64]  # by week: how many journeys start, 1 on average
    popularity: NDArray[np.float64]  # topic × week: 1 on average over topics


def make_calendar(market: Market) -> Calendar:
    """Seasons of every year, and topics that come and go."""
    random = generator(market, "calendar")
    week = np.arange(-BURN_IN, market.weeks + AHEAD + 1)
    day = market.first_day + 7.0 * week
    year = (day / 365.25) % 1.0
    holiday = (year > 0.965) | (year < 0.012)
    summer = (year > 0.56) & (year < 0.66)
    busy = np.where(holiday, 0.35, np.where(summer, 0.7, 1.0)) * (1.0 + 0.10 * np.cos(2 * np.pi * (year - 0.2)))
    starts = np.where(holiday, 0.4, np.where(summer, 0.7, 1.0)) * (1.0 + 0.25 * np.cos(2 * np.pi * (year - 0.8)))
    return Calendar(busy=busy / busy.mean(), starts=starts / starts.mean(), popularity=_popularity(market, random, week))


def _popularity(market: Market, random: np.random.Generator, week: NDArray[np.int64]) -> NDArray[np.float64]:
    """Topics drift over the years, and swing over months."""
    topics = len(TOPICS)
    trend = random.normal(0.0, market.drift, topics)[:, None] * (week / 52.0 - market.weeks / 104.0)
    phase, period = random.random(topics)[:, None], random.uniform(60, 130, topics)[:, None]
    raw = np.exp(random.normal(0.0, 0.3, topics)[:, None] + trend + market.fashion * np.sin(2 * np.pi * (week / period + phase)))
    return np.asarray(raw * topics / raw.sum(axis=0), dtype=np.float64)

"""What has nothing to do with buying: newsletters, bots, stray visits, empty intent, people who change company, late records."""

from __future__ import annotations

import numpy as np

from bgml.market.calendar import Calendar
from bgml.market.deals import DAY
from bgml.market.journeys import scatter
from bgml.market.parameters import BURN_IN, SEATS, TOPICS, Market, generator
from bgml.market.population import Ints, Population, activity
from bgml.market.traces import CAMPAIGN, LIGHT, LIGHT_UNKNOWN, NOBODY, SCAN, Signals, join, signals_of, third_party, times


def make_noise(market: Market, population: Population, calendar: Calendar, journeys: int) -> Signals:
    """Every signal without a journey behind it. Visitors of journeys, of which there are `journeys`, are numbered below these."""
    random = generator(market, "noise")
    parts = [_echoes(market, population, calendar, random)]
    for topic in range(len(TOPICS)):
        parts += [_campaigns(market, population, random, topic), _strays(market, population, calendar, random, topic)]
        parts.append(_bots(market, population, calendar, random, topic))
    return _number_visitors(join(parts), journeys * SEATS)


def _number_visitors(signals: Signals, first: int) -> Signals:
    """Give the visitors of the noise, numbered by event so far, numbers of their own."""
    known = signals.visitor != NOBODY
    visitor = signals.visitor.copy()
    visitor[known] = first + np.unique(visitor[known], return_inverse=True)[1]
    columns = dict(vars(signals))
    return Signals(**(columns | {"visitor": visitor}))


def _campaigns(market: Market, population: Population, random: np.random.Generator, topic: int) -> Signals:
    """Newsletters and webinars: for a day several people of an account do one thing each."""
    weeks = np.arange(random.integers(0, market.campaign_every), market.weeks, market.campaign_every)
    answers = random.random((len(weeks), population.accounts)) < market.campaign_reach * 2.0 * random.random((len(weeks), 1))
    which, account = np.nonzero(answers)
    people = 1 + random.poisson(market.campaign_people - 1.0, len(account))
    account, which = np.repeat(account, people), np.repeat(which, people)
    first, after = population.first_person[account], population.first_person[account + 1]
    person = first + (random.random(len(account)) * (after - first)).astype(np.int64)
    day = market.first_day + 7 * weeks[which] + random.integers(0, 4, len(weeks))[which]
    second = np.clip(random.normal(11 * 3600, 2 * 3600, len(account)), 0, 86399).astype(np.int64)
    action = np.asarray(CAMPAIGN)[random.integers(0, 2, len(weeks))[which]]
    return signals_of(account, np.full(len(account), topic), day * DAY + second * 1_000_000, action, person=person)


def _strays(market: Market, population: Population, calendar: Calendar, random: np.random.Generator, topic: int) -> Signals:
    """One or two acts of somebody who never comes back."""
    account, week = _anywhere(market, population, calendar, random, topic, market.strays)
    number = random.integers(1, 3, len(account))
    event = np.repeat(np.arange(len(account)), number)
    first, after = population.first_person[account], population.first_person[account + 1]
    person = first + (random.random(len(account)) * (after - first)).astype(np.int64)
    known = (random.random(len(account)) < 0.4)[event]
    coin = random.integers(0, 3, len(event))
    action = np.where(known, np.asarray(LIGHT)[coin], np.asarray(LIGHT_UNKNOWN)[coin])
    return signals_of(
        account[event],
        np.full(len(event), topic),
        times(market, random, week[event]),
        action,
        person=np.where(known, person[event], NOBODY),
        visitor=np.where(known, NOBODY, event * len(TOPICS) * 2 + 2 * topic),
    )


def _bots(market: Market, population: Population, calendar: Calendar, random: np.random.Generator, topic: int) -> Signals:
    """Machines: hundreds of page views in a day, from a few visitors."""
    account, week = _anywhere(market, population, calendar, random, topic, market.bots)
    number = random.integers(20, 250, len(account))
    event = np.repeat(np.arange(len(account)), number)
    faces = random.integers(1, 6, len(account))
    face = (random.random(len(event)) * faces[event]).astype(np.int64)
    day = market.first_day + 7 * week + random.integers(0, 7, len(account))
    second = random.integers(0, 86400, len(event))
    action = np.asarray(LIGHT_UNKNOWN)[random.integers(0, 3, len(event))]
    visitor = (event * 8 + face) * len(TOPICS) * 2 + 2 * topic + 1
    return signals_of(account[event], np.full(len(event), topic), day[event] * DAY + second * 1_000_000, action, visitor=visitor)


def _echoes(market: Market, population: Population, calendar: Calendar, random: np.random.Generator) -> Signals:
    """Third parties also report research that nobody did, one to three weeks long."""
    parts = []
    for topic in range(len(TOPICS)):
        account, week = _anywhere(market, population, calendar, random, topic, market.echoes)
        number = random.integers(1, 4, len(account))
        event = np.repeat(np.arange(len(account)), number)
        ahead = np.arange(len(event)) - np.repeat(np.cumsum(number) - number, number)
        kept = week[event] + ahead < market.weeks
        event, ahead = event[kept], ahead[kept]
        parts.append(third_party(market, random, account[event], np.full(len(event), topic), week[event] + ahead))
    return join(parts)


def _anywhere(
    market: Market, population: Population, calendar: Calendar, random: np.random.Generator, topic: int, rate: float
) -> tuple[Ints, Ints]:
    """Account and week of events that happen to everybody, a little more where and when more is done."""
    weeks = slice(BURN_IN, BURN_IN + market.weeks)
    expected = rate / len(TOPICS) * calendar.busy[weeks] * calendar.popularity[topic, weeks]
    return scatter(random, activity(market, population), expected)


def move_people(market: Market, population: Population, signals: Signals) -> Signals:
    """People who changed company act for the new one from then on."""
    week = (signals.occurred // DAY - market.first_day) // 7
    known = signals.person != NOBODY
    moved = known & (week >= population.moves_week[np.where(known, signals.person, 0)])
    account = np.where(moved, population.moves_to[np.where(known, signals.person, 0)], signals.account)
    columns = dict(vars(signals))
    return Signals(**(columns | {"account": account.astype(np.int32)}))


def record_late(market: Market, signals: Signals) -> Signals:
    """Some rows arrive days to weeks after the act; badges scanned at events always do. Rows not there by the last day are left out."""
    random = generator(market, "records")
    late = (random.random(len(signals)) < market.late) | (signals.action == SCAN)
    late &= signals.recorded == 0
    delay = (random.exponential(market.late_days, len(signals)) * DAY).astype(np.int64) // 1_000_000 * 1_000_000
    recorded = np.where(late, signals.occurred + delay, signals.recorded)
    columns = dict(vars(signals))
    found = Signals(**(columns | {"recorded": recorded}))
    return found.take(np.flatnonzero(np.maximum(found.occurred, found.recorded) < market.last_day * DAY))

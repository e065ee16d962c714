"""What journeys leave behind."""

from __future__ import annotations

import numpy as np

from bgml.market.deals import DAY
from bgml.market.parameters import SEATS
from bgml.market.simulate import Simulated
from bgml.market.traces import ACTIONS, HELP, MQL, NOBODY, RESEARCH

CATEGORY = np.array([category for _, category in ACTIONS])


def test_categories_name_people_as_they_should(made: Simulated) -> None:
    signals = made.signals
    category = CATEGORY[signals.action]
    assert (signals.person[np.isin(category, ["named", "qualified_lead"])] != NOBODY).all()
    anonymous = category == "anonymous"
    assert (signals.person[anonymous] == NOBODY).all() and (signals.visitor[anonymous] != NOBODY).all()
    reported = category == "third_party_intent"
    assert (signals.person[reported] == NOBODY).all() and (signals.visitor[reported] == NOBODY).all()
    assert not np.isnan(signals.weight[reported]).any() and np.isnan(signals.weight[~reported]).any()


def test_who_joins_acts_in_that_week(made: Simulated) -> None:
    journeys, market = made.journeys, made.market
    seen = {(int(visitor), int(week)) for visitor, week in zip(made.signals.visitor, _weeks(made), strict=True)}
    seen_people = {(int(person), int(week)) for person, week in zip(made.signals.person, _weeks(made), strict=True)}
    rows, number = np.nonzero((journeys.joined < journeys.plans.length[:, None]) & ~journeys.plans.dark[:, None])
    week = journeys.start[rows] + journeys.joined[rows, number]
    kept = (week >= 0) & (week < market.weeks - 10)
    missing = 0
    for row, seat, when in zip(rows[kept], number[kept], week[kept], strict=True):
        place = int(row) * SEATS + int(seat)
        missing += (place, int(when)) not in seen and (int(made.members.person[place]), int(when)) not in seen_people
    assert missing <= 0.01 * kept.sum()  # badges scanned in the last weeks arrive after the end


def _weeks(made: Simulated) -> np.ndarray:
    return np.asarray((made.signals.occurred // DAY - made.market.first_day) // 7)


def test_members_are_anonymous_before_they_say_who_they_are(made: Simulated) -> None:
    anonymous = (made.signals.person == NOBODY) & (made.signals.visitor != NOBODY) & (made.signals.visitor < len(made.members.visitor))
    seat = made.signals.visitor[anonymous]
    age = _weeks(made)[anonymous] - made.journeys.start[seat // SEATS]
    assert (age < made.members.named_from[seat]).all()


def test_dark_journeys_are_seen_by_third_parties_only(made: Simulated) -> None:
    dark = np.flatnonzero(made.journeys.plans.dark)
    inside = made.signals.visitor[(made.signals.visitor != NOBODY) & (made.signals.visitor < len(made.members.visitor))]
    assert len(dark) and not np.isin(inside // SEATS, dark).any()


def test_mqls_are_those_of_the_walk_and_customers_read_the_manual(made: Simulated) -> None:
    rows, age = np.nonzero(made.journeys.leads & ~made.journeys.plans.dark[:, None])
    week = made.journeys.start[rows] + age
    assert (made.signals.action == MQL).sum() == ((week >= 0) & (week < made.market.weeks)).sum()
    assert (made.signals.action == HELP).any() and np.isin(made.signals.action, RESEARCH).any()

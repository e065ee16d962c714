"""Touches and contacts."""

from __future__ import annotations

import numpy as np

from bgml.market.deals import DAY, NO_JOURNEY
from bgml.market.parameters import SEATS
from bgml.market.population import OUTSIDER
from bgml.market.sellers import NO_TIME, NO_TOPIC, make_touches, note_contacts
from bgml.market.simulate import Simulated


def test_sellers_touch_pairs_with_an_opportunity_more(made: Simulated) -> None:
    touches = make_touches(made.market, made.population, made.signals, made.deals)
    assert (np.diff(touches.occurred) >= 0).all() and touches.occurred[-1] < made.market.last_day * DAY
    topical = touches.topic != NO_TOPIC
    worked = {*zip(made.deals.account.tolist(), made.deals.topic.tolist(), strict=True)}
    pairs = [pair in worked for pair in zip(touches.account[topical].tolist(), touches.topic[topical].tolist(), strict=True)]
    assert np.mean(pairs) > 0.5 and (~topical).any()


def test_contacts_were_involved_when_the_opportunity_was_opened(made: Simulated) -> None:
    contacts = note_contacts(made.market, made.population, made.journeys, made.deals, made.members.person)
    assert len({*zip(contacts.deal.tolist(), contacts.person.tolist(), strict=True)}) == len(contacts.deal)
    assert (made.population.person_account[contacts.person] == made.deals.account[contacts.deal]).all()
    assert (contacts.role == OUTSIDER).any() and (contacts.role < OUTSIDER).any()
    dated = contacts.added != NO_TIME
    assert dated.any() and (~dated).any()
    assert (contacts.added[dated] > made.deals.created[contacts.deal[dated]]).all()
    journey = made.deals.journey[contacts.deal]
    people = made.members.person.reshape(-1, SEATS)
    for row in np.flatnonzero(journey != NO_JOURNEY)[:200]:
        there = made.journeys.joined[journey[row]] <= made.journeys.opened[journey[row]]
        assert contacts.person[row] in people[journey[row]][there]

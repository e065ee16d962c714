"""What fools naive scores is there."""

from __future__ import annotations

import numpy as np
import pandas as pd

from bgml.market.deals import DAY
from bgml.market.noise import move_people
from bgml.market.simulate import Simulated
from bgml.market.traces import CAMPAIGN, NOBODY, RESEARCH


def frame(made: Simulated) -> pd.DataFrame:
    """The signals as a frame."""
    return pd.DataFrame(vars(made.signals)).assign(day=made.signals.occurred // DAY)


def test_bots_do_hundreds_of_things_in_a_day(made: Simulated) -> None:
    anonymous = frame(made)[lambda rows: (rows.person == NOBODY) & (rows.visitor >= len(made.members.visitor))]
    assert anonymous.groupby(["account", "topic", "day"]).size().max() > 100


def test_campaigns_touch_several_people_on_one_day(made: Simulated) -> None:
    answers = frame(made)[lambda rows: rows.action.isin(CAMPAIGN)].groupby(["account", "topic", "day"]).person.nunique()
    assert answers.max() >= 4


def test_the_busiest_pairs_have_few_people(made: Simulated) -> None:
    pairs = frame(made).groupby(["account", "topic"]).agg(actions=("day", "size"), people=("person", "nunique"))
    busiest = pairs.nlargest(20, "actions")
    assert (busiest.people <= 3).any()


def test_nothing_is_known_before_it_happens_or_after_the_end(made: Simulated) -> None:
    signals, end = made.signals, made.market.last_day * DAY
    noted = signals.recorded > 0
    assert (signals.recorded[noted] >= signals.occurred[noted]).all()
    assert (np.maximum(signals.occurred, signals.recorded) < end).all() and signals.occurred.min() >= made.market.first_day * DAY


def test_some_rows_arrive_weeks_late_and_intent_comes_weekly(made: Simulated) -> None:
    signals = made.signals
    late = (signals.recorded - signals.occurred)[signals.recorded > 0] / DAY
    assert late.max() > 21
    reported = np.isin(signals.action, RESEARCH)
    assert ((signals.recorded[reported] // DAY - made.market.first_day) % 7 == 0).all()


def test_job_changers_act_for_the_account_they_went_to(made: Simulated) -> None:
    signals = made.signals
    week = (signals.occurred // DAY - made.market.first_day) // 7
    known = signals.person != NOBODY
    moved = known & (week >= made.population.moves_week[np.where(known, signals.person, 0)])
    assert moved.any()
    assert (signals.account[moved] == made.population.moves_to[signals.person[moved]]).all()
    assert (move_people(made.market, made.population, signals).account == signals.account).all()

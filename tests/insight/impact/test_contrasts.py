"""Sides and ladders: who is compared with whom."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bgml.insight.impact.contrasts import PEOPLE, between, headline, ladders
from bgml.insight.impact.measures import Measure
from bgml.insight.ratios import Sample


def measure(people, values, *, engaged=None, pairs=False):
    rows = pd.DataFrame({"account_id": np.arange(len(people)), "people": people, "value": np.asarray(values, float)})
    rows["engaged"] = engaged if engaged is not None else (rows["people"] >= 3).astype(int)
    deals = pd.DataFrame({"row": np.arange(len(rows)), "opportunity_id": np.arange(len(rows))})
    return Measure("m", "a measure", "mean", Sample(rows, deals), (), pairs=pairs)


def test_deals_are_compared_with_all_others_groups_with_single_people():
    made = [measure([0, 1, 2, 3, 9], [4, 2, 3, 6, 12]), measure([1, 2, 3], [2, 50, 6], pairs=True)]
    deals, pairs = (ratio for _, ratio in headline(made))
    assert (deals.over.rows, deals.under.rows, deals.crude.value) == (2, 3, 3)
    assert (pairs.over.rows, pairs.under.rows, pairs.crude.value) == (1, 1, 3)


def test_a_single_person_can_be_an_engaged_group_but_not_both():
    ((_, ratio),) = headline([measure([1, 1, 1], [6, 2, 2], engaged=[1, 0, 0], pairs=True)])
    assert (ratio.over.rows, ratio.under.rows) == (1, 2)


def test_a_measure_with_one_side_only_is_left_out():
    assert list(headline([measure([5, 6], [1, 2])])) == []


def test_the_steps_of_a_ladder_hold_every_row_once():
    people = [0, 1, 1, 2, 3, 4, 5, 9]
    (ladder,) = ladders([measure(people, np.arange(1, 9))], "people", PEOPLE, "1")
    assert {step.name: step.side.rows for step in ladder.steps} == {"0": 1, "1": 2, "2": 1, "3-4": 2, "5+": 2}
    base = ladder.steps[1]
    assert base.ratio is None
    for step in ladder.steps:
        if step.ratio is not None:
            assert step.ratio.crude.value == pytest.approx(step.side.value.value / base.side.value.value)


def test_empty_steps_and_ladders_without_their_reference_are_left_out():
    assert list(ladders([measure([2, 3], [1, 1])], "people", PEOPLE, "1")) == []
    (ladder,) = ladders([measure([1, 5], [1, 1])], "people", PEOPLE, "1")
    assert [step.name for step in ladder.steps] == ["1", "5+"]


def test_pilot_against_control():
    ((_, ratio),) = between([measure([1, 1, 1, 1], [4, 8, 1, 2])], pd.Series([True, True, False, False]))
    assert (ratio.over.name, ratio.under.name, ratio.crude.value) == ("pilot", "control", 4)

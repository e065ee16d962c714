"""Cells: the rows of a shard at some dates."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from bgml.engine.cells import book_of, calendar, compute, rules
from bgml.engine.columns.algebra import deals, measure
from bgml.engine.program import compile_program
from bgml.engine.shards.shard import Shard
from bgml.engine.shards.tiles import blocks, topic_ids
from bgml.groups.candidates import dated
from tests.engine.world import DATES, world
from tests.engine_fixtures import catalog_of, opened, project_of

EPOCH = date(1970, 1, 1)


def test_the_calendar_finds_the_first_date_on_or_after_a_day():
    days = calendar([date(2024, 1, 1), date(2024, 1, 8), date(2024, 1, 9)])
    first = (date(2024, 1, 1) - EPOCH).days
    asked = first + np.array([-9999, -1, 0, 1, 7, 8, 9, 99_999])
    assert days.place(asked).tolist() == [0, 0, 0, 1, 1, 2, 3, 3]
    assert days.day0 == first
    assert days.first_index.tolist() == [0, 1, 1, 1, 1, 1, 1, 1, 2, 3]


@pytest.fixture(scope="module")
def made():
    """Tiles, program and opportunities of a world."""
    dataset = opened(world(0))
    (tiles,) = blocks(dataset, topic_ids(dataset), weights=False, actions=False)
    program = compile_program(catalog_of(acts=measure(windows=(91,)), before=deals("won")).base)
    return tiles, program, dated(dataset.frame("opportunities"))


def _compute(made, dates=DATES, all_groups=False, **groups):
    tiles, program, opportunities = made
    rule = rules(project_of(groups=groups).settings, opportunities, all_groups=all_groups)
    shard = Shard(tiles, 0, len(tiles), None, {})
    return compute(shard, program, calendar(dates), rule, book_of(tiles, rule))


def _keys(batch):
    return list(zip(batch.column("account_id").to_pylist(), batch.column("topic").to_pylist(), strict=True))


def test_a_batch_for_every_date_in_order_of_account_and_topic(made):
    batches = _compute(made)
    assert len(batches) == len(DATES)
    assert all(batch.schema.names == ["account_id", "topic", "acts_91d", "before"] for batch in batches)
    for batch in batches:
        assert _keys(batch) == sorted(set(_keys(batch)))
    assert sum(batch.num_rows for batch in batches) > 20


def test_a_date_before_all_signals_has_an_empty_batch(made):
    batches = _compute(made, [date(2020, 1, 6), DATES[2]])
    assert [batch.num_rows > 0 for batch in batches] == [False, True]
    assert batches[0].schema == batches[1].schema


def test_the_rules_of_candidates_take_groups_away(made):
    every = {key for batch in _compute(made, all_groups=True) for key in _keys(batch)}
    fewer = [_compute(made), _compute(made, all_groups=True, min_people=4), _compute(made, all_groups=True, lookback=7)]
    for batches in fewer:
        found = {key for batch in batches for key in _keys(batch)}
        assert found < every or sum(batch.num_rows for batch in batches) < sum(batch.num_rows for batch in _compute(made, all_groups=True))
    without = _compute(made, all_groups=True, exclude_accounts=["a1", "a4", "nobody"])
    assert {key for batch in without for key in _keys(batch)} == {key for key in every if key[0] not in ("a1", "a4")}


def test_customers_stay_away_for_as_long_as_the_settings_say(made):
    counts = [sum(batch.num_rows for batch in _compute(made, customer_days=days)) for days in (1, 60, 365)]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > counts[-1]


def test_values_do_not_depend_on_the_other_dates(made):
    whole = _compute(made)
    for place, as_of in enumerate(DATES):
        (alone,) = _compute(made, [as_of])
        assert alone.to_pydict() == whole[place].to_pydict()
    assert _compute(made, [DATES[2] + timedelta(days=1)])[0].num_rows > 0

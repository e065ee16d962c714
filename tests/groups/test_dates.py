"""The grid of as-of dates, maturity, training dates and folds, at their edges."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bgml.config import Settings, settings_from
from bgml.errors import DataError, SettingsError
from bgml.groups.dates import FIRST_MONDAY, day_number, folds, folds_within, grid, mature, newest_mature, newest_monday, training_dates

SENTENCE = "data until 2025-03-01, horizon 180 days: the newest mature as-of date is 2024-09-02"


def settings(every: int = 7, horizon: int = 180, lookback: int = 91) -> Settings:
    sections = {"dates": {"every": every}, "outcome": {"horizon": horizon}, "groups": {"lookback": lookback}}
    return settings_from({"project": {"name": "t"}, **sections}, "test")


def test_the_grid_is_counted_from_the_first_monday_of_1970():
    assert grid(7, date(1970, 1, 5), date(1970, 1, 12)) == [date(1970, 1, 5), date(1970, 1, 12)]
    assert grid(30, date(1970, 1, 6), date(1970, 3, 6)) == [date(1970, 2, 4), date(1970, 3, 6)]
    assert grid(7, date(1969, 12, 29), date(1970, 1, 4)) == [date(1969, 12, 29)]
    assert grid(7, date(2024, 9, 3), date(2024, 9, 8)) == []
    assert grid(7, date(2024, 9, 3), date(2024, 8, 3)) == []


@pytest.mark.parametrize(("until", "monday"), [("2026-01-05", "2026-01-05"), ("2026-01-06", "2026-01-05"), ("2026-01-04", "2025-12-29")])
def test_the_newest_monday_is_on_or_before(until, monday):
    assert newest_monday(date.fromisoformat(until)) == date.fromisoformat(monday)


def test_a_date_is_mature_when_its_horizon_ends_where_data_does_or_before():
    until = date(2025, 3, 1)
    assert newest_mature(180, until) == date(2024, 9, 2)
    assert mature(date(2024, 9, 2), 180, until)
    assert not mature(date(2024, 9, 3), 180, until)


def test_day_numbers_count_from_1970():
    assert [day_number(date(1970, 1, 1)), day_number(date(1969, 12, 31)), day_number(date(2024, 9, 2))] == [0, -1, 19_968]


def test_training_dates_reach_from_half_a_year_after_the_first_signal_to_the_newest_mature_date():
    found = training_dates(settings(), date(2023, 1, 2), date(2024, 12, 30))
    assert found[0] == date(2023, 7, 3) == date(2023, 1, 2) + timedelta(182)
    assert found[-1] == date(2024, 7, 1)
    assert (found[-1] + timedelta(180)) <= date(2024, 12, 30) < found[-1] + timedelta(187)
    assert {day.weekday() for day in found} == {0}
    assert training_dates(settings(), date(2023, 1, 3), date(2024, 12, 30))[0] == date(2023, 7, 10)


def test_the_last_training_date_may_have_its_horizon_end_on_the_as_of_date():
    as_of = date(2024, 7, 1) + timedelta(180)
    assert training_dates(settings(), date(2023, 1, 2), as_of)[-1] == date(2024, 7, 1)
    assert training_dates(settings(), date(2023, 1, 2), as_of - timedelta(1))[-1] == date(2024, 6, 24)


def test_a_short_history_trains_from_the_lookback_on():
    as_of = date(2023, 1, 2) + timedelta(91 + 180)
    assert training_dates(settings(), date(2023, 1, 2), as_of) == [date(2023, 4, 3)]
    with pytest.raises(DataError, match="the earliest usable as-of date is 2023-04-03"):
        training_dates(settings(), date(2023, 1, 2), as_of - timedelta(1))


def test_training_as_of_a_date_beyond_the_data_uses_mature_dates_only():
    first, until = date(2023, 1, 2), date(2024, 12, 30)
    assert training_dates(settings(), first, date(2026, 1, 5), until) == training_dates(settings(), first, until)


def test_too_little_history_is_said_with_the_newest_mature_date():
    with pytest.raises(DataError) as caught:
        training_dates(settings(), date(2024, 8, 1), date(2025, 3, 1))
    assert str(caught.value).startswith(SENTENCE)
    assert "the first signal is of 2024-08-01" in str(caught.value)
    assert "lower outcome.horizon" in str(caught.value)
    with pytest.raises(DataError, match=SENTENCE):
        folds(settings(), date(2024, 8, 1), date(2025, 3, 1))


def test_a_horizon_longer_than_the_calendar_is_too_little_history():
    with pytest.raises(DataError, match="1925-"):
        training_dates(settings(horizon=36_500), date(2024, 8, 1), date(2025, 3, 1))


def test_five_folds_split_the_testable_dates_evenly():
    first, until = date(2021, 1, 4), date(2024, 12, 30)
    found = folds(settings(), first, until)
    assert [fold.number for fold in found] == [1, 2, 3, 4, 5]
    tests = [day for fold in found for day in fold.test]
    first_test = first + timedelta(182 + 25 * 7 + 182)  # 26 weekly dates, the last of them mature on the first Monday after 180 days
    assert tests == grid(7, first_test, date(2024, 7, 1))
    assert len(found[0].train) == 26
    assert {len(fold.test) for fold in found} <= {len(tests) // 5, len(tests) // 5 + 1}
    assert found[-1].train == tuple(grid(7, first + timedelta(182), found[-1].test[0] - timedelta(180)))


def test_fewer_folds_where_a_block_would_span_less_than_four_weeks():
    until = date(2021, 1, 4) + timedelta(182 + 25 * 7 + 182 + 180 + 9 * 7)
    assert [len(fold.test) for fold in folds(settings(), date(2021, 1, 4), until)] == [5, 5]
    assert len(folds(settings(), date(2021, 1, 4), until, n=1)) == 1


def test_a_single_testable_date_makes_one_fold():
    until = date(2021, 1, 4) + timedelta(91 + 182 + 180)
    (fold,) = folds(settings(), date(2021, 1, 4), until)
    assert fold.train == (date(2021, 4, 5),)
    assert fold.test == (date(2021, 10, 4),)
    with pytest.raises(DataError, match="a test date needs an earlier training date that is mature by then"):
        folds(settings(), date(2021, 1, 4), until - timedelta(1))


def test_folds_within_dates_use_no_other_date():
    dates = grid(7, date(2023, 1, 2), date(2024, 6, 24))
    inside = folds_within(dates, settings(horizon=90), 3)
    assert [day for fold in inside for day in fold.test] == dates[-len([day for fold in inside for day in fold.test]) :]
    assert all(mature(fold.train[-1], 90, fold.test[0]) and set(fold.train) <= set(dates) for fold in inside)
    assert len(inside) == 3
    assert folds_within(dates[:2], settings(horizon=90), 3) == []
    assert folds_within([], settings(), 3) == []


def test_no_folds_asked_for_is_refused():
    with pytest.raises(SettingsError, match="folds: 0 asked for, expected at least 1"):
        folds(settings(), date(2021, 1, 4), date(2024, 12, 30), n=0)


@given(
    every=st.sampled_from((1, 5, 7, 28, 91)),
    horizon=st.integers(1, 400),
    lookback=st.integers(1, 250),
    history=st.integers(1, 1500),
    n=st.integers(1, 8),
)
def test_folds_never_mix_what_they_learn_with_what_they_test(every, horizon, lookback, history, n):
    rules, first = settings(every, horizon, lookback), date(2020, 2, 29)
    until = first + timedelta(history)
    try:
        found = folds(rules, first, until, n)
    except DataError:
        return
    tests = [day for fold in found for day in fold.test]
    assert 1 <= len(found) <= n
    assert tests == grid(every, tests[0], tests[-1])
    assert tests[-1] == grid(every, first, newest_mature(horizon, until))[-1]
    for fold in found:
        assert fold.train and fold.test
        assert all(mature(day, horizon, fold.test[0]) and day >= first + timedelta(min(182, lookback)) for day in fold.train)
        assert all(mature(day, horizon, until) and (day - FIRST_MONDAY).days % every == 0 for day in fold.test)

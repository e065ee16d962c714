"""What does not stop a run and is no bad row, or only a copy: warnings, notes, rows of one key, rows of the future."""

from __future__ import annotations

import datetime

import pandas as pd
import pytest

from bgml.data.checking.checks import utc_now
from bgml.data.dataset import open_tables
from bgml.errors import DataError
from tests.data.checking.spoiled import again, at, put


def test_equal_rows_are_kept_once_without_fault(every):
    again("signals", 5)(every)
    again("people", 0)(every)
    dataset = open_tables(every)
    assert dataset.report.faults == ()
    assert dataset.report.notes == (
        "people: 1 rows repeat another row and are dropped",
        "signals: 1 rows repeat another row and are dropped",
    )
    assert (len(dataset.frame("signals")), len(dataset.frame("people"))) == (60, 2)


def test_of_different_rows_the_least_by_recorded_at_and_all_columns_is_kept(frames):
    signals = frames["signals"]
    signals.loc[[1, 2, 3], "signal_id"] = "s01"
    signals.loc[1, ["recorded_at", "occurred_at"]] = [at("2024-03-01"), at("2024-01-05")]
    signals.loc[2, ["recorded_at", "occurred_at"]] = [at("2024-02-01"), at("2024-01-05")]
    signals.loc[3, ["recorded_at", "occurred_at"]] = [pd.NaT, at("2024-01-20")]
    frames["signals"] = pd.concat([signals, signals.iloc[[2, 3]]], ignore_index=True)
    dataset = open_tables(frames)
    kept = dataset.frame("signals").set_index("signal_id").loc["s01"]
    assert kept["occurred_at"] == at("2024-01-20"), "a null recorded_at is occurred_at"
    report = next(table for table in dataset.report.tables if table.name == "signals")
    assert (report.rows, report.kept, report.quarantined, report.copies) == (62, 58, 2, 2)


def test_a_bad_row_does_not_win_over_a_good_one_of_its_key(frames):
    again("signals", 5, occurred_at=at("1980-01-01"))(frames)
    dataset = open_tables(frames)
    assert len(dataset.frame("signals")) == 60
    assert [fault.problem for fault in dataset.report.faults] == ["before 1990"]


def test_duplicates_of_integer_keys_are_found(frames):
    frames["signals"]["signal_id"] = range(60)
    frames["signals"].loc[4, "signal_id"] = 3
    assert [fault.count for fault in open_tables(frames).report.faults] == [1]


def test_people_of_unknown_valid_from_share_a_key(every):
    again("people", 0, title="CEO")(every)
    dataset = open_tables(every)
    assert [fault.count for fault in dataset.report.faults] == [1]
    assert dataset.frame("people")["title"].tolist()[0] == "CEO"


def test_recorded_before_occurred_is_a_warning(frames):
    put("signals", "recorded_at", at("2023-01-01"), 4)(frames)
    dataset = open_tables(frames)
    assert dataset.report.warnings == (
        "signals.recorded_at: recorded before occurred_at in 1 of 60 rows, for example 2023-01-01 00:00:00 "
        '(signal_id "s04"); such a signal counts as known from occurred_at',
    )
    assert dataset.frame("signals")["known_at"][4] == dataset.frame("signals")["occurred_at"][4]


def test_a_person_of_an_unknown_account_and_one_that_never_holds_are_warnings(every):
    put("people", "account_id", "x9", 1)(every)
    every["people"]["valid_to"] = [pd.NaT, at("2023-01-01")]
    dataset = open_tables(every)
    assert dataset.report.warnings == (
        'people.account_id: absent from accounts in 1 of 2 rows, for example "x9"; add it to accounts or correct the account_id',
        "people.valid_to: before valid_from in 1 of 2 rows, for example 2023-01-01 00:00:00 "
        '(person_id "p1", valid_from 2024-01-01 00:00:00); such a row never holds',
    )
    assert len(dataset.frame("people")) == 2


def test_closed_when_created_is_valid_and_the_closing_of_an_open_row_is_ignored(frames):
    deals = frames["opportunities"]
    deals.loc[0, "closed_at"] = deals.loc[0, "created_at"]
    deals.loc[2, "closed_at"] = at("1970-01-01")
    assert open_tables(frames).report.faults == ()


def test_people_may_be_dated_as_far_back_and_ahead_as_one_likes(every):
    every["people"]["valid_from"] = [at("1900-01-01"), pd.NaT]
    every["people"]["valid_to"] = [at("9999-12-31"), pd.NaT]
    dataset = open_tables(every)
    assert dataset.report.faults == dataset.report.warnings == ()


def test_an_empty_optional_table_counts_as_absent(every):
    every["touches"] = every["touches"].head(0)
    dataset = open_tables(every)
    assert dataset.report.warnings == ("touches: the table in the frame touches has no row and counts as absent",)
    assert not dataset.has("touches")


def test_rows_at_or_after_until_are_no_faults_whatever_is_in_them(frames):
    put("signals", "occurred_at", at("2090-01-01"), 7)(frames)
    put("signals", "category", "x", 7)(frames)
    put("opportunities", "closed_at", at("2090-01-01"), 0)(frames)
    dataset = open_tables(frames, until=datetime.date(2024, 3, 3))
    assert dataset.report.faults == ()
    assert dataset.report.notes == ("signals: 1 rows are known at or after data.until 2024-03-03 and are left out",)
    assert dataset.frame("opportunities")["outcome"].tolist() == ["open", "lost", "open"]


def test_no_signal_before_until_stops(frames):
    with pytest.raises(DataError, match="the table in the frame signals has no row known before data.until; set data.until to a later day"):
        open_tables(frames, until=datetime.date(2023, 1, 1))


def test_tomorrow_is_not_yet_the_future(frames):
    frames["signals"].loc[3, "occurred_at"] = pd.Timestamp(utc_now()) + pd.Timedelta(hours=23)
    assert open_tables(frames).report.faults == ()

from __future__ import annotations

import datetime
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from bgml.config import settings_from
from bgml.data.dataset import open_dataset, open_tables
from bgml.data.tables import TABLES
from bgml.errors import DataError
from bgml.project import Project

REAL = Path(__file__).parents[2].parent / "shared" / "data" / "cncf"


@pytest.mark.parametrize("kind", ["parquet", "csv", "duckdb"])
def test_the_same_tables_are_the_same_from_every_kind_of_place(kind, every, placed):
    dataset, memory = open_dataset(placed(every, kind)), open_tables(every)
    assert dataset.report.faults == ()
    assert dataset.report.warnings == ()
    assert dataset.until == memory.until == datetime.date(2024, 3, 2)
    assert dataset.first_day == memory.first_day == (datetime.date(2024, 1, 2) - datetime.date(1970, 1, 1)).days
    for name in TABLES:
        pd.testing.assert_frame_equal(dataset.frame(name), memory.frame(name))
        assert dataset.table(name).schema() == memory.table(name).schema()


def test_the_clean_form_of_signals(frames):
    signals = open_tables(frames).frame("signals")
    assert list(signals) == [*TABLES["signals"].names, "known_at"]
    assert signals["weight"].tolist()[:2] == [1.0, 2.0]
    known = signals["occurred_at"].where(signals["recorded_at"].isna(), signals[["occurred_at", "recorded_at"]].max(axis=1))
    pd.testing.assert_series_equal(signals["known_at"], known, check_names=False)
    assert {str(kind) for kind in signals[["occurred_at", "recorded_at", "known_at"]].dtypes} == {"datetime64[us]"}


def test_an_open_opportunity_has_no_closing_date_and_a_lost_one_without_stays_open(frames):
    frames["opportunities"].loc[1, "closed_at"] = pd.NaT
    dataset = open_tables(frames)
    deals = dataset.frame("opportunities").set_index("opportunity_id")
    assert deals["outcome"].to_dict() == {"o0": "won", "o1": "open", "o2": "open"}
    assert deals["closed_at"].isna().to_dict() == {"o0": False, "o1": True, "o2": True}
    (warning,) = dataset.report.warnings
    assert warning == (
        'opportunities.closed_at: missing though lost in 1 of 3 rows, for example opportunity_id "o1"; such an opportunity stays open'
    )


def test_what_is_known_at_or_after_an_explicit_until_is_gone_and_counted(frames):
    frames["signals"].loc[59, "occurred_at"] = pd.Timestamp("2099-01-01")
    frames["opportunities"].loc[2, "created_at"] = pd.Timestamp("2024-02-11")
    dataset = open_tables(frames, until=datetime.date(2024, 2, 11))
    assert dataset.until == datetime.date(2024, 2, 11)
    assert dataset.frame("signals")["known_at"].max() < pd.Timestamp("2024-02-11")
    deals = dataset.frame("opportunities").set_index("opportunity_id")
    assert deals["outcome"].to_dict() == {"o0": "won", "o1": "open"}, "o1 is lost on the day that is no longer known, o2 opens on it"
    assert dataset.report.faults == ()
    assert dataset.report.notes == (
        "signals: 40 rows are known at or after data.until 2024-02-11 and are left out",
        "opportunities: 1 rows are known at or after data.until 2024-02-11 and are left out",
    )


def test_until_is_the_day_of_the_latest_of_all_times_that_count(frames):
    frames["opportunities"].loc[1, "closed_at"] = pd.Timestamp("2024-05-06 23:59")
    assert open_tables(frames).until == datetime.date(2024, 5, 6)
    frames["opportunities"].loc[1, "outcome"] = "open"
    assert open_tables(frames).until == datetime.date(2024, 3, 2)


def test_until_far_from_the_data_or_in_the_future_is_warned_of(frames):
    (warning,) = open_tables(frames, until=datetime.date(2024, 6, 1)).report.warnings
    assert warning == "data.until is 2024-06-01, but the newest row is of 2024-03-02: the time between is taken for complete"
    (warning,) = open_tables(frames, until=datetime.date(2100, 1, 1)).report.warnings
    assert "in the future" in warning


def test_integer_ids_stay_integers(every):
    for name in ("accounts", "people", "signals", "opportunities", "touches", "verdicts"):
        every[name]["account_id"] = every[name]["account_id"].str[1:].astype("int64")
    every["people"]["account_id"] = pd.array([7, None], dtype="Int64")
    dataset = open_tables(every)
    assert str(dataset.frame("signals")["account_id"].dtype) == "int64"
    assert str(dataset.frame("people")["account_id"].dtype) == "Int64"


def test_whole_floats_are_integer_ids_as_pandas_writes_them(frames):
    frames["signals"]["person_id"] = [1.0, None] * 30
    assert open_tables(frames).frame("signals")["person_id"].dropna().unique().tolist() == [1]


def test_times_with_a_zone_are_turned_into_utc_and_dates_are_midnights(frames):
    frames["signals"]["occurred_at"] = frames["signals"]["occurred_at"].dt.tz_localize("Asia/Tokyo")
    frames["opportunities"]["created_at"] = [datetime.date(2024, 1, 10), datetime.date(2024, 1, 11), datetime.date(2024, 1, 12)]
    dataset = open_tables(frames)
    assert dataset.frame("signals")["occurred_at"][0] == pd.Timestamp("2024-01-01 00:30")
    assert dataset.frame("opportunities")["created_at"][0] == pd.Timestamp("2024-01-10")


def test_extra_columns_are_kept_and_null_columns_of_any_type_count_as_absent(every):
    every["accounts"]["tier"] = ["gold", None, None]
    every["accounts"]["hollow"] = None
    every["signals"]["visitor_id"] = pd.Series([None] * 60, dtype="float64")
    every["signals"]["weight"] = pd.Series([None] * 60, dtype="object")
    every["people"]["title"] = pd.Series([pd.NaT, pd.NaT])
    dataset = open_tables(every)
    assert dataset.frame("accounts")["tier"].tolist()[0] == "gold"
    assert dataset.has_column("accounts", "tier")
    assert not dataset.has_column("accounts", "hollow")
    assert not dataset.has_column("signals", "visitor_id")
    assert not dataset.has_column("people", "title")
    assert dataset.frame("signals")["weight"].eq(1).all()
    assert str(dataset.frame("people")["title"].dtype) == "str"


def test_absent_tables_are_empty_frames_of_the_contract(frames):
    dataset = open_tables(frames)
    assert not dataset.has("people")
    assert not dataset.has_column("people", "title")
    assert list(dataset.frame("touches")) == list(TABLES["touches"].names)
    assert len(dataset.frame("touches")) == 0
    assert dataset.has("signals")


def test_an_unknown_table_names_the_nearest(frames):
    with pytest.raises(DataError, match='did you mean "signals"'):
        open_tables(frames).table("signal")
    with pytest.raises(DataError, match='"acounts" is not a table of the contract; did you mean "accounts"'):
        open_tables({"acounts": frames["accounts"]})


def test_a_frame_with_a_column_of_several_kinds_cannot_be_read(frames):
    frames["signals"]["topic"] = [1, "a"] * 30
    with pytest.raises(DataError, match="signals cannot be read: a column holds values of several kinds"):
        open_tables(frames)


def test_opening_a_project_twice_at_once_works(frames, placed):
    project = placed(frames, "csv")
    first, second = open_dataset(project), open_dataset(project)
    assert len(first.frame("signals")) == len(second.frame("signals")) == 60


def test_the_working_folder_of_a_killed_process_is_removed_a_day_later(frames, placed):
    project = placed(frames, "csv")
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait()
    old, fresh = (project.state / f"work-{ended.pid}-{name}" for name in ("old", "fresh"))
    own, other = project.state / f"work-{os.getpid()}-old", project.state / "work-old"
    for folder in (old, fresh, own, other):
        (folder / "spill").mkdir(parents=True)
        (folder / "spill" / "rows.tmp").write_text("rows")
    for folder in (old, own, other):
        os.utime(folder, (0, 0))
    open_dataset(project)
    assert [folder.exists() for folder in (old, fresh, own, other)] == [False, True, True, True]


def test_the_working_folder_goes_away_with_the_dataset(frames, placed):
    project = placed(frames, "csv")
    dataset = open_dataset(project)
    assert list(project.state.glob("work-*"))
    del dataset
    assert not list(project.state.glob("work-*"))


@pytest.mark.skipif(not REAL.exists(), reason="the real data is not beside this checkout")
def test_real_data_is_clean():
    with_root = Project(root=REAL, settings=settings_from({"project": {"name": "cncf"}, "data": {"url": str(REAL)}}, "test"))
    frames = {path.stem: pd.read_parquet(path) for path in REAL.glob("*.parquet")}
    dataset = open_tables(frames, settings=with_root.settings)
    assert dataset.report.faults == ()
    assert (dataset.until, len(dataset.frame("signals")), len(dataset.frame("opportunities"))) == (datetime.date(2021, 12, 31), 72409, 717)
    assert not dataset.has_column("signals", "visitor_id")
    assert not dataset.has_column("opportunities", "amount")


@pytest.mark.parametrize("held", ["missing", "empty"])
def test_a_table_a_command_does_not_need_may_be_missing_or_empty(frames, held):
    deals = frames.pop("opportunities")
    frames.pop("opportunity_contacts", None)
    if held == "empty":
        frames["opportunities"] = deals.iloc[:0]
    with pytest.raises(DataError, match="opportunities"):
        open_tables(frames)
    dataset = open_tables(frames, unneeded=("opportunities",))
    assert not dataset.has("opportunities")
    assert list(dataset.frame("opportunities")) == list(TABLES["opportunities"].names)
    assert dataset.frame("opportunities").empty


def test_a_table_a_command_does_not_need_must_still_be_sound(frames):
    frames["opportunities"] = frames["opportunities"].drop(columns="created_at")
    with pytest.raises(DataError, match="created_at"):
        open_tables(frames, unneeded=("opportunities",))

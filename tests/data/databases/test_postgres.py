"""A real PostgreSQL gives what files give: the same checks, the same tables, the same matrix bit for bit."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd
import pytest

from bgml.data.dataset import inspect, open_dataset
from bgml.data.tables import TABLES
from bgml.project import Project
from tests.data.conftest import clean_frames
from tests.postgres_server import load
from tests.small_project import small_project, tables


def pointed(project: Project, url: str, monkeypatch: pytest.MonkeyPatch) -> Project:
    """The project, its tables read from the database whose URL the environment holds."""
    from dataclasses import replace

    monkeypatch.setenv("BGML_TEST_WAREHOUSE", url)
    data = project.settings.data.model_copy(update={"url": "env:BGML_TEST_WAREHOUSE"})
    return replace(project, settings=project.settings.model_copy(update={"data": data}))


def plain(message):
    """A message without what says where the table is, and PostgreSQL's own word for inf."""
    return message.replace("postgresql: ", "").replace(".parquet", "").replace("Infinity", "inf")


def odd_ids(frames):
    """The same tables with ids that English and bytes sort differently, and weights that take all the bits of a float."""
    chance = np.random.default_rng(1)
    frames = {name: frame.copy() for name, frame in frames.items()}
    for _name, frame in frames.items():
        if "account_id" in frame:
            number = frame["account_id"].str[1:].astype(int)
            frame["account_id"] = number.map(lambda n: f"{'aBÄ_'[n % 4]}{n:02d}'\\"[: 3 + n % 3])
    signals = frames["signals"]
    signals["weight"] = np.where(chance.random(len(signals)) < 0.1, np.nan, chance.random(len(signals)) * 3)
    signals["recorded_at"] = signals["occurred_at"] + pd.to_timedelta(chance.integers(0, 10**12, len(signals)), "us")
    return frames


def test_tables_and_checks_are_those_of_files(tmp_path, postgres, database, monkeypatch):
    frames = odd_ids(tables())
    files = small_project(tmp_path, frames=frames)
    load(postgres, database, frames)
    theirs, ours = open_dataset(pointed(files, postgres.at(database), monkeypatch)), open_dataset(files)
    assert not theirs.local
    for name in TABLES:
        pd.testing.assert_frame_equal(theirs.frame(name), ours.frame(name))
    assert (theirs.until, theirs.first_day, theirs.report.notes) == (ours.until, ours.first_day, ours.report.notes)
    counts = [[(table.name, table.rows, table.kept) for table in one.report.tables] for one in (theirs, ours)]
    assert counts[0] == counts[1]


def test_every_table_of_the_contract(tmp_path, postgres, database, monkeypatch):
    frames = clean_frames()
    files = small_project(tmp_path, frames=frames, data={"url": "data"})
    load(postgres, database, frames)
    theirs, ours = open_dataset(pointed(files, postgres.at(database), monkeypatch)), open_dataset(files)
    for name in TABLES:
        pd.testing.assert_frame_equal(theirs.frame(name), ours.frame(name))


def test_bad_rows_are_set_aside_alike(tmp_path, postgres, database, monkeypatch):
    frames = clean_frames()
    signals, deals = frames["signals"], frames["opportunities"]
    signals.loc[1, "category"], signals.loc[2, "account_id"], signals.loc[3, "weight"] = "nmaed", "a9", np.inf
    signals.loc[4, "signal_id"], signals.loc[5, "topic"], signals.loc[6, "occurred_at"] = "s07", "", pd.Timestamp("1980-01-01")
    signals.loc[9] = signals.loc[8]
    deals.loc[0, "closed_at"] = pd.NaT
    files = small_project(tmp_path, frames=frames, data={"url": "data"}, check={"max_bad_share": 1.0})
    load(postgres, database, frames)
    one = inspect(files)[1].report
    mine = {path.name: pd.read_parquet(path) for path in (files.state / "quarantine").iterdir()}
    other = inspect(pointed(files, postgres.at(database), monkeypatch))[1].report
    told = [[plain(fault.message) for fault in report.faults] for report in (one, other)]
    assert told[0] == told[1] and len(told[0]) == 9
    for name, expected in mine.items():
        found = pd.read_parquet(files.state / "quarantine" / name)
        by = list(found.columns[:2])
        expected, found = (rows.sort_values(by, ignore_index=True).astype(object) for rows in (expected, found))
        pd.testing.assert_frame_equal(found.where(found.notna(), None), expected.where(expected.notna(), None), check_dtype=False)


def test_the_types_that_databases_have(tmp_path, postgres, database, monkeypatch):
    frames = clean_frames()
    files = small_project(tmp_path, frames=frames, data={"url": "data"})
    load(postgres, database, frames, "Sales Data")
    postgres.do(
        'SET search_path = "Sales Data"',
        "SET TIME ZONE 'America/New_York'",
        "CREATE TYPE kinds AS ENUM ('third_party_intent', 'named', 'anonymous', 'qualified_lead')",
        "ALTER TABLE signals ALTER category TYPE kinds USING category::kinds, ALTER weight TYPE numeric(10, 2)",
        "ALTER TABLE signals ALTER occurred_at TYPE timestamptz USING occurred_at AT TIME ZONE 'UTC'",
        "ALTER TABLE signals ALTER action TYPE char(12), ALTER topic TYPE varchar(20)",
        "ALTER TABLE signals ADD extra jsonb DEFAULT '{\"a\": [1]}', ADD place point, ADD tags text[] DEFAULT '{x,y}'",
        "ALTER TABLE opportunities ALTER amount TYPE money USING amount::numeric::money",
        "ALTER TABLE accounts ALTER employees TYPE numeric",
        'ALTER TABLE accounts RENAME account_id TO "Account_ID"',
        'ALTER TABLE touches RENAME TO "Touches"',
        "ALTER TABLE people ADD valid_to timestamp DEFAULT 'infinity'",
        "ALTER TABLE topics RENAME TO hidden",
        "CREATE VIEW topics AS SELECT * FROM hidden",
        "ALTER TABLE opportunity_contacts RENAME TO kept",
        "CREATE MATERIALIZED VIEW opportunity_contacts AS SELECT * FROM kept",
        database=database,
    )
    for url in (f"{postgres.at(database)}/Sales%20Data", f"{postgres.at(database)}?schema=Sales+Data"):
        theirs, ours = open_dataset(pointed(files, url, monkeypatch)), open_dataset(files)
        assert theirs.report.faults == ()
        for name in TABLES:
            found = theirs.frame(name)
            assert "valid_to" not in found or found["valid_to"].isna().all()
            pd.testing.assert_frame_equal(found[ours.frame(name).columns], ours.frame(name))
        assert set(theirs.frame("signals")["extra"]) == {'{"a": [1]}'}
        assert set(theirs.frame("signals")["tags"]) == {"{x,y}"}


def test_ids_that_are_numbers(tmp_path, postgres, database, monkeypatch):
    frames = {name: frame.copy() for name, frame in clean_frames().items()}
    for frame in frames.values():
        if "account_id" in frame:
            frame["account_id"] = frame["account_id"].str[1:].astype("int64")
    files = small_project(tmp_path, frames=frames, data={"url": "data"})
    load(postgres, database, frames)
    postgres.do(
        "ALTER TABLE signals ALTER account_id TYPE numeric",
        "ALTER TABLE accounts ALTER account_id TYPE numeric(38, 0)",
        "ALTER TABLE opportunities ALTER account_id TYPE numeric(12, 0)",
        "ALTER TABLE touches ALTER account_id TYPE smallint",
        database=database,
    )
    theirs = open_dataset(pointed(files, postgres.at(database), monkeypatch))
    for name, frame in open_dataset(files)._frames.items():
        pd.testing.assert_frame_equal(theirs.frame(name), frame)
    assert theirs.frame("signals")["account_id"].dtype == np.int64


def test_rows_of_this_process_in_a_query(tmp_path, postgres, database, monkeypatch):
    import pyarrow as pa

    frames = clean_frames()
    load(postgres, database, frames)
    theirs = open_dataset(pointed(small_project(tmp_path, frames=frames, data={"url": "data"}), postgres.at(database), monkeypatch))
    moments = [datetime.datetime(2024, 1, 1, 9, 30, 0, 1), None]
    given = pa.table({"id": ["it's \\ \"x\" %s", "Ä"], "number": [2**60, None], "at": pa.array(moments, pa.timestamp("us"))})
    assert theirs.arrow(theirs.given(given)).to_pylist() == given.to_pylist()
    assert theirs.arrow(theirs.given(given.slice(0, 0))).num_rows == 0

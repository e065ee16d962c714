"""Whatever is in the tables, opening them ends in a clean dataset or in one sentence."""

from __future__ import annotations

import random
from pathlib import Path

import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bgml.config import settings_from
from bgml.data.dataset import open_dataset, open_tables
from bgml.data.tables import CATEGORIES, TABLES
from bgml.errors import DataError
from bgml.project import Project

FEW = settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
VALUES = st.one_of(
    st.none(),
    st.text(max_size=5),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.dates(),
    st.datetimes(),
    st.binary(max_size=3),
    st.sampled_from(["named", "won", "a0", "a1", "ai", "2024-01-01", "\x00", "'", "infinity", "-0", "007"]),
)
MARKS = [b'"', b",", b"\n", b"\r", b"\xff", b"\0", b"", b"x", b'""', b"\r\n"]
COLUMNS = [(table.name, column) for table in TABLES.values() for column in (*table.names, "extra", "problem", "known_at")]


def is_clean(dataset):
    """What every dataset promises."""
    accounts, signals, deals = (dataset.frame(name) for name in ("accounts", "signals", "opportunities"))
    assert len(signals) > 0
    for name, table in TABLES.items():
        frame = dataset.frame(name)
        assert not frame.duplicated(list(table.key)).any()
        assert frame[[column.name for column in table.columns if column.filled]].notna().all(axis=None)
    assert signals["account_id"].isin(accounts["account_id"]).all()
    assert signals["category"].isin(CATEGORIES).all()
    assert signals["weight"].between(0, float("inf"), inclusive="left").all()
    assert (signals["known_at"] >= signals["occurred_at"]).all()
    assert (deals["closed_at"].isna() == (deals["outcome"] == "open")).all()
    assert not (deals["closed_at"] < deals["created_at"]).any()


def is_readable(dataset):
    """What is left to ask of a damaged file: its statistics may deny the nulls it holds."""
    for name in TABLES:
        dataset.frame(name)


def opened(open_it, promise=is_clean):
    try:
        promise(open_it())
    except DataError as error:
        assert str(error)
        assert "\n" not in str(error)


@FEW
@given(spots=st.lists(st.tuples(st.sampled_from(COLUMNS), st.integers(0, 70), VALUES), max_size=8), whole=st.booleans())
def test_dirt_in_frames(every, spots, whole):
    frames = {name: frame.copy() for name, frame in every.items()}
    for (table, column), row, value in spots:
        frame = frames[table]
        frame[column] = frame[column].astype(object) if column in frame else None
        if whole:
            frame[column] = [value] * len(frame)
        else:
            frame.loc[row % len(frame), column] = value
    opened(lambda: open_tables(frames))


@FEW
@given(seed=st.integers(0, 2**32), edits=st.integers(1, 12), table=st.sampled_from(["accounts", "signals", "opportunities"]))
def test_dirt_in_csv_bytes(frames, placed, tmp_path, seed, edits, table):
    chance = random.Random(seed)
    project = placed(frames, "csv")
    path = tmp_path / "data" / f"{table}.csv"
    body = bytearray(path.read_bytes())
    for _ in range(edits):
        place = chance.randrange(len(body))
        body[place : place + chance.choice([0, 1, 1, 30])] = chance.choice(MARKS)
    path.write_bytes(bytes(body))
    opened(lambda: open_dataset(project))


@FEW
@given(seed=st.integers(0, 2**32), edits=st.integers(1, 6))
def test_dirt_in_parquet_bytes(frames, placed, tmp_path, seed, edits):
    chance = random.Random(seed)
    project = placed(frames)
    path = tmp_path / "data" / "opportunities.parquet"
    body = bytearray(path.read_bytes())
    for _ in range(edits):
        body[chance.randrange(len(body))] = chance.randrange(256)
    path.write_bytes(bytes(body))
    opened(lambda: open_dataset(project), is_readable)


@FEW
@given(header=st.text(max_size=30), row=st.text(max_size=30))
def test_any_text_as_csv(frames, placed, tmp_path, header, row):
    project = placed({name: frames[name] for name in ("accounts", "opportunities")}, "csv")
    Path(tmp_path / "data" / "signals.csv").write_bytes(f"{header}\n{row}\n".encode("utf-8", "surrogatepass"))
    opened(lambda: open_dataset(project))


def test_a_project_of_only_dirt(tmp_path):
    (tmp_path / "data").mkdir()
    for name in TABLES:
        pd.DataFrame({"x": [1]}).to_parquet(tmp_path / "data" / f"{name}.parquet")
    project = Project(root=tmp_path, settings=settings_from({"project": {"name": "t"}, "data": {"url": str(tmp_path / "data")}}, "test"))
    opened(lambda: open_dataset(project))

"""Small clean tables, and the three kinds of place they can be in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from bgml.config import settings_from
from bgml.project import Project

Frames = dict[str, pd.DataFrame]
Placed = Callable[..., Project]


def times(*texts: str | None) -> pd.Series:
    """A column of timestamps."""
    return pd.Series(pd.to_datetime(list(texts))).astype("datetime64[us]")


def clean_frames() -> Frames:
    """Three accounts, sixty signals, three opportunities and one row or two of everything else; no fault in them."""
    n = 60
    signals = pd.DataFrame({
        "signal_id": [f"s{i:02d}" for i in range(n)],
        "account_id": [f"a{i % 3}" for i in range(n)],
        "person_id": [f"p{i % 5}" if i % 2 else None for i in range(n)],
        "visitor_id": [None if i % 2 else f"v{i % 4}" for i in range(n)],
        "topic": ["ai", "cloud"] * (n // 2),
        "category": ["named", "anonymous", "qualified_lead", "third_party_intent"] * (n // 4),
        "action": "visit",
        "weight": [None, 2.0] * (n // 2),
        "occurred_at": pd.date_range("2024-01-01 09:30", periods=n, freq="D").astype("datetime64[us]"),
        "recorded_at": times(*["2024-03-02", None] * (n // 2)),
    })  # fmt: skip
    return {
        "accounts": pd.DataFrame({"account_id": ["a0", "a1", "a2"], "name": ["A", "B", "C"], "employees": [10, 20, None]}),
        "people": pd.DataFrame({
            "person_id": ["p0", "p1"], "account_id": ["a0", "a1"], "title": ["CFO", None], "valid_from": times(None, "2024-01-01"),
        }),
        "signals": signals,
        "opportunities": pd.DataFrame({
            "opportunity_id": ["o0", "o1", "o2"],
            "account_id": ["a0", "a1", "a2"],
            "topic": ["ai", "ai", "cloud"],
            "created_at": times("2024-01-10", "2024-01-11", "2024-01-12"),
            "closed_at": times("2024-02-10", "2024-02-11", "2031-01-01"),
            "outcome": ["won", "lost", "open"],
            "amount": [100.0, None, 300.0],
        }),
        "opportunity_contacts": pd.DataFrame({"opportunity_id": ["o0"], "person_id": ["p0"], "added_at": times("2024-01-15")}),
        "topics": pd.DataFrame({"topic": ["ai", "cloud"], "name": ["AI", "Cloud"]}),
        "touches": pd.DataFrame({"touch_id": ["t0"], "account_id": ["a0"], "occurred_at": times("2024-02-01"), "kind": ["call"]}),
        "verdicts": pd.DataFrame({
            "account_id": ["a0"], "topic": ["ai"], "as_of": times("2024-02-05"), "by": [None], "at": times("2024-02-06"),
            "verdict": ["accepted"],
        }),
    }  # fmt: skip


def write_parquet(folder: Path, frames: Frames) -> Path:
    """The tables as Parquet files."""
    folder.mkdir(exist_ok=True)
    for name, frame in frames.items():
        frame.to_parquet(folder / f"{name}.parquet", index=False)
    return folder


def write_csv(folder: Path, frames: Frames) -> Path:
    """The tables as CSV files."""
    folder.mkdir(exist_ok=True)
    for name, frame in frames.items():
        frame.to_csv(folder / f"{name}.csv", index=False)
    return folder


def write_duckdb(folder: Path, frames: Frames) -> Path:
    """The tables in a DuckDB file."""
    folder.mkdir(exist_ok=True)
    path = folder / "tables.duckdb"
    with duckdb.connect(str(path)) as connection:
        for name, frame in frames.items():
            connection.register("frame", frame)
            connection.execute(f'CREATE OR REPLACE TABLE "{name}" AS SELECT * FROM frame')
    return path


WRITERS: dict[str, Callable[[Path, Frames], Path]] = {"parquet": write_parquet, "csv": write_csv, "duckdb": write_duckdb}


@pytest.fixture
def every() -> Frames:
    """All clean tables, to spoil."""
    return clean_frames()


@pytest.fixture
def frames(every: Frames) -> Frames:
    """The clean tables that must be there, to spoil."""
    return {name: every[name] for name in ("accounts", "signals", "opportunities")}


@pytest.fixture
def placed(tmp_path: Path) -> Placed:
    """Write tables as "parquet", "csv" or "duckdb" and give the project over them; further arguments are settings by section."""

    def place(frames: Frames, kind: str = "parquet", **sections: Any) -> Project:
        url = WRITERS[kind](tmp_path / "data", frames)
        document = {"project": {"name": "t"}, **sections}
        document["data"] = {"url": str(url), **sections.get("data", {})}
        return Project(root=tmp_path, settings=settings_from(document, "test"))

    return place

"""Tables in memory, as clean as a dataset's, without opening a warehouse."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd
import pytest

from bgml.config import Settings, settings_from
from bgml.data.tables import TABLES

Row = dict[str, Any]


@dataclass(frozen=True)
class Tables:
    """What outcomes read of a dataset: frames with every column of the contract, and the day before which all is complete."""

    rows: dict[str, list[Row]]
    until: date

    def frame(self, name: str) -> pd.DataFrame:
        """A table's rows, times as datetime64[us]; an open deal's expected closing date is ignored."""
        frame = pd.DataFrame(self.rows.get(name, []), columns=list(TABLES[name].names))
        for column in TABLES[name].columns:
            if column.kind == "time":
                frame[column.name] = pd.to_datetime(frame[column.name], format="ISO8601").astype("datetime64[us]")
            if column.kind == "number":
                frame[column.name] = frame[column.name].astype("float64")
        if name == "opportunities":
            frame["closed_at"] = frame["closed_at"].where(frame["outcome"] != "open")
        return frame


@pytest.fixture
def world() -> Callable[..., Tables]:
    """Makes tables from the rows of one of them (deals, unless `name` says otherwise)."""
    return lambda *rows, name="opportunities", until=date(2026, 1, 1): Tables({name: list(rows)}, until)


@pytest.fixture
def settings() -> Callable[..., Settings]:
    """Settings with `[outcome]` keys overridden."""
    return lambda **outcome: settings_from({"project": {"name": "t"}, "outcome": outcome}, "test")

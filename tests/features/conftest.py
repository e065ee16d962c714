"""One small world per feature file, written as days before the as-of date, and its columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import pandas as pd
import pytest

from tests.engine_fixtures import matrix_of

AS_OF = date(2024, 6, 3)  # a Monday
MIDNIGHT = pd.Timestamp(AS_OF)
TIMES = {"occurred_at": "datetime64[us]", "recorded_at": "datetime64[us]", "created_at": "datetime64[us]", "closed_at": "datetime64[us]"}
IDS = {"person_id": "str", "visitor_id": "str"}


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., dict[tuple[str, str], dict[str, Any]]]:
    """Makes the columns of every group: {(account, topic): {column: value}}.

    acts: rows of signals with `ago` (whole days; 1 is the day before the as-of date), at noon of their day. Unless told otherwise
    they are of account "a", topic "x", category "named", action "visit". deals: rows with `opened` and `closed` in days before.
    roles: those that every topic requires.
    """

    def columns(
        acts: Sequence[dict[str, Any]], *, deals: Sequence[dict[str, Any]] = (), people: dict[str, dict[str, str]] | None = None,
        accounts: dict[str, dict[str, Any]] | None = None, roles: Sequence[str] = (), only: Sequence[str] | None = None,
    ) -> dict[tuple[str, str], dict[str, Any]]:  # fmt: skip
        root = tmp_path_factory.mktemp("project")
        (root / "topics.toml").write_text(f"[default]\nroles = {list(roles)}\n")
        frames = {"signals": _signals(acts), "opportunities": _deals(deals)}
        names = {*frames["signals"]["account_id"], *frames["opportunities"]["account_id"]}
        frames["accounts"] = pd.DataFrame([{"account_id": name, **(accounts or {}).get(name, {})} for name in sorted(names)])
        if people:
            frames["people"] = pd.DataFrame([{"person_id": person, **values} for person, values in people.items()])
        static = ["industry", "region", "segment", "employees", "revenue", "title", "department", "seniority", "role"]
        matrix = matrix_of(frames, [AS_OF], root=root, only=only, all_groups=True, data={"static": static})
        frame = matrix.frame(AS_OF).set_index(["account_id", "topic"])
        return {key: row.to_dict() for key, row in frame.iterrows()}

    return columns


def _signals(acts: Sequence[dict[str, Any]]) -> pd.DataFrame:
    rows = [{"account": "a", "topic": "x", "category": "named", "action": "visit", "person": None, "visitor": None, **act} for act in acts]
    frame = pd.DataFrame(rows).rename(columns={"account": "account_id", "person": "person_id", "visitor": "visitor_id"})
    frame["signal_id"] = [f"s{number}" for number in range(len(frame))]
    frame["occurred_at"] = MIDNIGHT - pd.to_timedelta(frame.pop("ago") * 24 - 12, "h")
    return frame.astype({name: kind for name, kind in (TIMES | IDS).items() if name in frame})


def _deals(deals: Sequence[dict[str, Any]]) -> pd.DataFrame:
    rows = [{"account": "elsewhere", "topic": "other", "opened": 2000, "closed": None, "outcome": "open"}, *deals]
    frame = pd.DataFrame([{"account": "a", "topic": "x", "closed": None, **row} for row in rows]).rename(columns={"account": "account_id"})
    frame["opportunity_id"] = [f"o{number}" for number in range(len(frame))]
    frame["created_at"] = MIDNIGHT - pd.to_timedelta(frame.pop("opened") * 24 - 12, "h")
    frame["closed_at"] = MIDNIGHT - pd.to_timedelta(pd.to_numeric(frame.pop("closed")) * 24 - 12, "h")
    return frame.astype({name: kind for name, kind in TIMES.items() if name in frame})

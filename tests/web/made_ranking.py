"""Rankings made by hand, small and with whatever is to be shown: several owners, several weeks, any names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bgml.config import settings_from
from bgml.project import Project
from bgml.ranking.archive import people, store
from bgml.ranking.columns import COLUMNS, MEMBERS, TIMELINE, TOUCHES, table

WEEKS = (date(2026, 1, 5), date(2026, 1, 12), date(2026, 1, 19))
Group = Mapping[str, Any]
"""account_id, topic, and whatever else a group's row is to hold; members: how many people it has."""


def groups(
    n: int = 12, owners: Sequence[str | None] = ("Ann", "Bob", None), topics: Sequence[str] = ("cloud", "Data/AI")
) -> list[dict[str, Any]]:
    """Groups of n // 2 accounts on two topics each, owners in turn."""
    found = []
    for place in range(n):
        account = place // len(topics)
        found.append({
            "account_id": f"a{account}", "account_name": f"Account {account}", "topic": topics[place % len(topics)],
            "owner": owners[account % len(owners)], "segment": ("smb", "enterprise")[account % 2], "region": ("EMEA", "AMER")[place % 2],
            "selected": place < 4, "expected_amount": 1000.0 * (n - place), "coverage": place / n, "missing_roles": ["finance"],
            "reasons": ["3 people active in the last 28 days", "against: nobody from finance"], "members": 1 + place % 3,
        })  # fmt: skip
    return found


def made_project(root: Path, weeks: Mapping[date, Sequence[Group]], toml: Mapping[str, Any] | None = None) -> Project:
    """A project in `root` whose rankings hold these groups, best first, each week knowing the one before."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "bgml.toml").write_text('[project]\nname = "acme"\n')
    project = Project(root, settings_from({"project": {"name": "acme"}, **(toml or {})}, "test"))
    former: list[dict[str, str]] = []
    before: Sequence[Group] = ()
    for day, rows in sorted(weeks.items()):
        former = write(project, day, rows, former, before)
        before = rows
    return project


def write(
    project: Project, day: date, rows: Sequence[Group], former: list[dict[str, str]] | None = None, before: Sequence[Group] = ()
) -> list[dict[str, str]]:
    """One ranking; what the next is to know of it."""
    ranking_id = f"{day.toordinal():016x}"
    model = {"name": "propensity", "version": 2, "as_of": str(day), "run_id": "run", "sha256": "none"}
    inputs = {"format": 4, "as_of": str(day), "hindsight": False, "model": model, "formers": former or []}
    members = _members(rows, day)
    store.write(project.rankings, day, ranking_id, _tables(rows, members, day, ranking_id, before), inputs)
    known = members[["person_id"]].assign(valid_from=pd.NaT).assign(
        name=[f"Name {person}" for person in members["person_id"]], email=[f"{person}@example.com" for person in members["person_id"]],
        title="Engineer", department="IT",
    )  # fmt: skip
    book = known.drop_duplicates("person_id").astype({name: "object" for name in ("name", "email", "title", "department")})
    if len(book):
        people.record(project.rankings, book, book["person_id"].tolist())
    return [{"as_of": str(day), "ranking_id": ranking_id}]


def _members(rows: Sequence[Group], day: date) -> pd.DataFrame:
    found = []
    for row in rows:
        count = row.get("members", 1)
        for number in range(count):
            found.append({
                "account_id": row["account_id"], "topic": row["topic"], "person_id": f"{row['account_id']}-p{number}",
                "role": "practitioner", "role_source": "title", "role_confidence": 0.6, "actions_28d": 3, "actions_91d": 5,
                "first_seen": day - timedelta(60),
                "last_seen": day - timedelta(3), "status": "active", "share": 1 / count, "next_step": None,
            })  # fmt: skip
    columns = ["account_id", "topic", "person_id", "role", "status"]
    return pd.DataFrame(found) if found else pd.DataFrame(columns=columns, dtype="object")


def _tables(rows: Sequence[Group], members: pd.DataFrame, day: date, ranking_id: str, before: Sequence[Group]) -> dict[str, Any]:
    n = len(rows)
    places = {(row["account_id"], row["topic"]): place for place, row in enumerate(before, 1)}
    frame = pd.DataFrame({name: pd.Series([row.get(name) for row in rows], dtype="object") for name in COLUMNS})
    owned = frame["owner"].fillna("")
    values: dict[str, Any] = {name: frame[name].tolist() for name in COLUMNS}
    values |= {
        "as_of": day, "rank": np.arange(1, n + 1, dtype=np.int32), "percentile": np.linspace(100, 1, n),
        "propensity": [row.get("propensity", 0.9 - 0.8 * place / max(1, n)) for place, row in enumerate(rows)],
        "score": [row.get("score", 1.0 - place / n) for place, row in enumerate(rows)], "band": ["A"] * n,
        "trend": ["steady"] * n, "stage": [row.get("stage", "engaged") for row in rows], "route": ["group"] * n,
        "selected_by": ["rank" if row.get("selected") else None for row in rows], "model": "propensity", "model_version": 2,
        "selected": [bool(row.get("selected")) for row in rows],
        "selection_probability": [float(bool(row.get("selected"))) for row in rows],
        "previous_rank": [places.get((row["account_id"], row["topic"])) for row in rows],
        "people": [row.get("members", 1) for row in rows], "visitors": [0] * n, "ranking_id": ranking_id, "mlflow_run": "run",
        "owner_rank": (owned.groupby(owned).cumcount() + 1).astype("object").where(owned != "", None).tolist(),
        "next_step": [row.get("next_step", f"Contact [{row['account_id']}-p0], practitioner: 3 actions") for row in rows],
    }  # fmt: skip
    week = day - timedelta(7)
    timeline = members[["account_id", "topic", "person_id"]].assign(week=week, category="named", actions=3)
    reached = list(dict.fromkeys(row["account_id"] for row in rows if str(row["account_id"]).endswith(("0", "1"))))
    touches = pd.DataFrame({
        "account_id": reached, "topic": None, "person_id": [f"{account}-p0" for account in reached],
        "week": week, "kind": "mail", "touches": 1,
    }).astype({"account_id": "object", "person_id": "object"} if not reached else {})  # fmt: skip
    frames = {"members": (MEMBERS, members), "timeline": (TIMELINE, timeline), "touches": (TOUCHES, touches)}
    made = {name: table(kinds, {**{str(key): own[key] for key in own}, "as_of": day}, len(own)) for name, (kinds, own) in frames.items()}
    return {"ranking": table(COLUMNS, values, n), **made}

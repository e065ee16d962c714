"""Rankings made up for tests of what is handed out: rows by what matters, everything else filled in."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from bgml.project import Project
from bgml.ranking.archive import people, store
from bgml.ranking.archive.store import Stored
from bgml.ranking.columns import COLUMNS, MEMBERS, TIMELINE, TOUCHES, table
from tests.small_project import reopened

DAY = datetime.date(2025, 6, 2)
SETTINGS = '[project]\nname = "made"\n[outcome]\nhorizon = 180\n'
GROUP: dict[str, Any] = {
    "as_of": DAY, "propensity": 0.25, "score": 1.5, "percentile": 50.0, "band": "A", "trend": "new", "stage": "engaged", "selected": True,
    "selected_by": "rank", "selection_probability": 1.0, "people": 2, "visitors": 0, "coverage": 0.5, "missing_roles": ["decision_maker"],
    "reasons": ["4 people in four weeks", "against: no MQL"], "expected_amount": 1000.0, "model": "propensity", "model_version": 1,
    "ranking_id": "0" * 16,
}  # fmt: skip
MEMBER: dict[str, Any] = {
    "as_of": DAY, "actions_28d": 2, "actions_91d": 3, "first_seen": DAY, "last_seen": DAY, "status": "active", "share": 0.5,
}  # fmt: skip


@dataclass
class Made:
    """A ranking to store; rows of each table as the columns that differ from GROUP and MEMBER. Groups are given best first."""

    groups: Sequence[Mapping[str, Any]]
    members: Sequence[Mapping[str, Any]] | None = ()
    timeline: Sequence[Mapping[str, Any]] = ()
    touches: Sequence[Mapping[str, Any]] = ()
    book: Sequence[Mapping[str, Any]] = ()
    as_of: datetime.date = DAY
    ranking_id: str = "0" * 16
    inputs: Mapping[str, Any] = field(default_factory=dict)

    def stored(self, project: Project) -> Stored:
        """The ranking on disk, current for its date."""
        groups = [{**GROUP, "rank": rank, "owner_rank": rank, **group} for rank, group in enumerate(self.groups, 1)]
        tables = {"ranking": laid_out(COLUMNS, groups, {"as_of": self.as_of, "ranking_id": self.ranking_id})}
        if self.members is not None:
            tables["members"] = laid_out(MEMBERS, [{**MEMBER, **member} for member in self.members])
            tables["timeline"] = laid_out(TIMELINE, self.timeline)
            tables["touches"] = laid_out(TOUCHES, self.touches)
        if self.book:
            frame = pd.DataFrame(self.book, columns=["person_id", *people.FIELDS], dtype="object")
            people.record(project.rankings, frame.assign(valid_from=pd.NaT), frame["person_id"])
        return store.write(project.rankings, self.as_of, self.ranking_id, tables, self.inputs)


def laid_out(columns: Mapping[str, tuple[str, str]], rows: Sequence[Mapping[str, Any]], same: Mapping[str, Any] | None = None) -> pa.Table:
    """Rows as one of the fixed tables."""
    rows = [{"as_of": DAY, **row, **(same or {})} for row in rows]
    return table(columns, {name: [row.get(name) for row in rows] for name in columns}, len(rows))


def empty_project(root: Path, settings: str = SETTINGS) -> Project:
    """A project without data."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "bgml.toml").write_text(settings, encoding="utf-8")
    return reopened(root)

"""What a stored ranking asks of its week: how many are selected and how, who rests until when, whom nobody owns, what moved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd

from bgml.ranking.archive.store import Stored
from bgml.ranking.choice import capacity
from bgml.ranking.choice.exploration import EXPLORATION
from bgml.ranking.choice.movement import Movement, formers_of, movement

if TYPE_CHECKING:
    from bgml.data.dataset import Dataset
    from bgml.project import Project

NAMED = 3
"""Accounts without an owner that a sentence names."""


@dataclass(frozen=True)
class Week:
    """selected, explored: how many groups; resting: which (see `resting`); routes: selected groups by route; unassigned: see `capacity`."""

    selected: int
    explored: int
    resting: pd.DataFrame
    rework_days: int
    routes: Mapping[str, int]
    unassigned: pd.DataFrame
    movement: Movement | None

    @property
    def sentences(self) -> list[str]:
        """What there is to say, for people."""
        said = []
        if self.explored:
            said.append(f"{self.explored:,} of the {self.selected:,} selected were drawn at random from below the line (ranking.explore).")
        if len(self.routes) > 1:
            said.append(f"By route: {', '.join(f'{number:,} {route}' for route, number in self.routes.items())}.")
        if len(self.resting):
            said.append(f"{len(self.resting):,} groups rest and are not shown: they were selected in the last {self.rework_days:,} days.")
        return [*said, *self._without_owner(), *self._moved()]

    def _moved(self) -> list[str]:
        return [text for text in (self.movement.sentence, self.movement.progress) if text] if self.movement else []

    def _without_owner(self) -> list[str]:
        if self.unassigned.empty:
            return []
        names = self.unassigned["account_name"].fillna(self.unassigned["account_id"].astype("str")).tolist()
        more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
        groups = int(self.unassigned["groups"].sum())
        return [f"{groups:,} selected {'group has' if groups == 1 else 'groups have'} no owner: {', '.join(names[:NAMED])}{more}."]

    def plain(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "explored": self.explored,
            "resting": len(self.resting),
            "routes": dict(self.routes),
            "unassigned": self.unassigned.astype(object).where(self.unassigned.notna(), None).to_dict("records"),
            "movement": self.movement.plain() if self.movement else None,
        }


def week(project: Project, dataset: Dataset, stored: Stored) -> Week:
    """The week of a stored ranking, against the rankings it was made after."""
    columns = [*capacity.KEYS, "account_name", "owner", "route", "selected", "selected_by"]
    rows = stored.table(columns=columns).to_pandas()
    chosen = rows[rows["selected"]]
    return Week(
        selected=len(chosen),
        explored=int((chosen["selected_by"] == EXPLORATION).sum()),
        resting=resting(project, stored),
        rework_days=_rework_days(stored),
        routes={str(route): int(number) for route, number in chosen["route"].value_counts().sort_index().items()},
        unassigned=capacity.unassigned(rows),
        movement=movement(project, dataset, stored),
    )


def resting(project: Project, stored: Stored) -> pd.DataFrame:
    """The groups of a ranking that rest: account_id, topic, worked (when they were last selected), again (from when they may be).

    Of an account worked as one all groups rest with the one that was selected.
    """
    days = _rework_days(stored)
    worked = capacity.worked(formers_of(project, stored), stored.as_of, days)
    rows = stored.table(columns=[*capacity.KEYS, "route"]).to_pandas()
    found: pd.DataFrame = rows.loc[capacity.at_rest(rows, worked), capacity.KEYS].reset_index(drop=True)
    if found.empty:
        return found.assign(worked=None, again=None)
    last = found.merge(worked[[*capacity.KEYS, "worked"]], on=capacity.KEYS, how="left")["worked"]
    last = last.fillna(found["account_id"].map(worked.groupby("account_id")["worked"].max()))
    return found.assign(worked=last, again=[day + timedelta(days) for day in last])


def _rework_days(stored: Stored) -> int:
    return int(stored.manifest()["settings"]["ranking"]["rework_days"])

"""The committee behind each ranked group: its members, the roles they fill and miss, how far it is, what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa

from bgml.config import StagesSection
from bgml.data.topics import load_topics
from bgml.groups.coverage import Required, coverage
from bgml.groups.members import members
from bgml.groups.stages import stages
from bgml.groups.status import ACTIVE, DARK
from bgml.learning.fingerprint import fingerprint, fingerprint_of_names, fingerprint_of_table
from bgml.ranking.advice.next_steps import group_steps, member_steps, standing
from bgml.ranking.columns import MEMBERS, TIMELINE, TOUCHES, table

if TYPE_CHECKING:
    from bgml.data.dataset import Dataset
    from bgml.project import Project


@dataclass(frozen=True)
class Committee:
    """The members of all ranked groups, in rank order, and what they make of each group.

    members: as `groups.members` gives them, with next_step; facts: one row per group, as `facts` gives them, with next_step;
    timeline: of `groups.members`; touches: account_id, topic, person_id, week, kind, touches.
    """

    as_of: date
    members: pd.DataFrame
    timeline: pa.Table
    touches: pd.DataFrame
    facts: pd.DataFrame

    def columns(self) -> dict[str, Any]:
        """What it gives the ranking, by column."""
        texts = {"missing_roles": self.facts["missing_roles"].tolist(), "next_step": self.facts["next_step"].tolist()}
        return {name: self.facts[name] for name in ("people", "visitors", "coverage", "stage")} | texts

    def tables(self) -> dict[str, pa.Table]:
        """The tables beside the ranking, by name."""
        frames: dict[str, Any] = {
            "members": (MEMBERS, self.members),
            "timeline": (TIMELINE, {name: self.timeline.column(name) for name in self.timeline.column_names}),
            "touches": (TOUCHES, self.touches),
        }
        rows = {"members": len(self.members), "timeline": len(self.timeline), "touches": len(self.touches)}
        return {name: table(kinds, {**values, "as_of": self.as_of}, rows[name]) for name, (kinds, values) in frames.items()}

    def fingerprint(self) -> str:
        """Of everything in it."""
        facts = self.facts.assign(missing_roles=self.facts["missing_roles"].map("|".join))
        parts = [fingerprint(part) for part in (self.members, facts, self.touches)]
        return fingerprint_of_names([*parts, fingerprint_of_table(self.timeline)])


def of(project: Project, dataset: Dataset, as_of: date, groups: pd.DataFrame) -> Committee:
    """The committee of each of `groups` (account_id, topic, in rank order) as it was known at a date."""
    found = members(project, dataset, as_of, pa.Table.from_pandas(groups, preserve_index=False))
    topics, listed = groups["topic"].tolist(), load_topics(project.topics_file)
    required = {topic: listed.required(topic) for topic in dict.fromkeys(topics)}
    told = facts(found.people, topics, required.__getitem__, project.settings.stages)
    steps = member_steps(found.people, standing(found.people, required), as_of, touches_known=dataset.has("touches"))
    first = [steps_of[0] if steps_of else None for steps_of in group_steps(found.people, steps, told["missing_roles"].tolist())]
    people = found.people.assign(next_step=steps["text"])
    touches = _touches(dataset, as_of, groups, project.settings.stages.member_days)
    return Committee(as_of, people, found.timeline, touches, told.assign(next_step=pd.Series(first, dtype="object")))


def _touches(dataset: Dataset, as_of: date, groups: pd.DataFrame, days: int) -> pd.DataFrame:
    """What sellers did with the ranked accounts in so many days before the date, by person, topic, week and kind."""
    touches: pd.DataFrame = dataset.frame("touches")
    begin, end = pd.Timestamp(as_of - timedelta(days)), pd.Timestamp(as_of)
    near = touches[touches["occurred_at"].between(begin, end, inclusive="left") & touches["account_id"].isin(groups["account_id"])]
    day = near["occurred_at"].dt.floor("D")
    weeks = near.assign(week=day - pd.to_timedelta(day.dt.day_of_week, unit="D"))
    keys = ["account_id", "topic", "person_id", "week", "kind"]
    return weeks.groupby(keys, dropna=False, observed=True).size().rename("touches").reset_index()


def facts(members: pd.DataFrame, topics: Sequence[Any], required: Required, settings: StagesSection) -> pd.DataFrame:
    """One row per group in rank order: people, visitors, active, present, coverage, missing_roles, stage.

    members: as `groups.members` gives them, `place` being the group's; topics: the groups' topics. people and visitors count whoever
    did something in 91 days, active those of the last `active_days`, present all that are not dark. A required role is covered by a
    known person who is not dark; coverage and missing_roles as in `groups.coverage`.
    """
    n = len(topics)
    place = members["place"].to_numpy()
    named, recent = members["person_id"].notna().to_numpy(), (members["actions_91d"] > 0).to_numpy()
    present = (members["status"] != DARK).to_numpy()

    def count(which: Any) -> np.ndarray[Any, np.dtype[np.int64]]:  # noqa: ANN401  (a mask)
        return np.bincount(place[which], minlength=n)

    facts = pd.DataFrame({
        "people": count(named & recent), "visitors": count(~named & recent),
        "active": count((members["status"] == ACTIVE).to_numpy()), "present": count(present),
    })  # fmt: skip
    facts["coverage"], facts["missing_roles"] = coverage(members[named & present], topics, required)
    return facts.assign(stage=stages(facts, settings))

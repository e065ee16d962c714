"""The people of each group as they were known at a date: who they are, what they did and when, who was reached."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa

from bgml.data.warehouse import connect_duckdb
from bgml.groups import activity
from bgml.groups.contacts import roles_at
from bgml.groups.status import ACTIVE, COOLING, DARK

if TYPE_CHECKING:
    from bgml.data.dataset import Dataset
    from bgml.project import Project

RECOGNISED = """
create temp table who as
  select account_id, visitor_id, arg_max(person_id, (seen, person_id)) as recognised from recognised group by all
"""
TOLD = """
create temp view {name} as
  select account_id, topic, coalesce(person_id, recognised) as person_id,
         case when coalesce(person_id, recognised) is null then visitor_id end as visitor_id, {columns}
  from {source} left join who using (account_id, visitor_id)
"""
MEMBERS = """
with recent as (
  select account_id, topic, person_id, visitor_id, max(day) as last_seen,
         sum(actions) filter (day >= $d28)::int as actions_28d, sum(actions) filter (day >= $d91)::int as actions_91d
  from days where person_id is not null or visitor_id is not null group by all
), first as (select account_id, topic, person_id, visitor_id, min(first_seen) as first_seen from firsts group by all)
select place, recent.*, first_seen
from recent join groups using (account_id, topic)
join first on first.account_id = recent.account_id and first.topic = recent.topic
  and first.person_id is not distinct from recent.person_id and first.visitor_id is not distinct from recent.visitor_id
order by place, actions_91d desc nulls last, actions_28d desc nulls last, last_seen desc, person_id nulls last, visitor_id
"""
TIMELINE = """
select account_id, topic, person_id, visitor_id, week, category, actions from (
  select place, account_id, topic, person_id, visitor_id, date_trunc('week', day)::date as week, category, sum(actions)::int as actions
  from days join groups using (account_id, topic) group by all
) order by place, person_id nulls last, visitor_id nulls last, week, category
"""


@dataclass(frozen=True)
class Members:
    """Who is in each group, and when they did something.

    people: one row per member in order of the groups, the most active first: place (of the group), account_id, topic, person_id or
    visitor_id, role, role_source, role_confidence, actions_28d, actions_91d, first_seen, last_seen (days), status, share, last_touch.
    timeline: account_id, topic, person_id, visitor_id (neither: the account's own signals), week (its Monday), category, actions.
    """

    people: pd.DataFrame
    timeline: pa.Table


def members(project: Project, dataset: Dataset, as_of: date, groups: pa.Table) -> Members:
    """The members of `groups` (account_id, topic; distinct) known at a date: whoever showed a signal in the last `stages.member_days`.

    A visitor that turned out to be a person before the date counts as that person, with all it did. Who was last seen longer ago than
    both member_days and the lookback is no member.
    """
    settings = project.settings
    found = _counted(project, dataset, as_of, groups)
    people = found.people
    people["status"] = status(people["last_seen"], as_of, settings.stages.active_days, settings.stages.cooling_days)
    people["share"] = _share(people)
    known = people["person_id"].notna()
    roles = roles_at(project, dataset, as_of, people.loc[known, ["account_id", "topic", "person_id"]])
    people[["role", "role_source", "role_confidence"]] = roles.reindex(people.index)
    people["last_touch"] = _last_touch(dataset, as_of, people)
    return Members(people, found.timeline)


def status(last_seen: pd.Series, as_of: date, active_days: int, cooling_days: int) -> pd.Series:
    """active, cooling or dark, by how long before the date somebody was last seen.

    >>> days = pd.to_datetime(pd.Series(["2026-01-04", "2025-12-01", "2025-08-01"]))
    >>> status(days, date(2026, 1, 5), 28, 91).tolist()
    ['active', 'cooling', 'dark']
    """
    age = (pd.Timestamp(as_of) - pd.to_datetime(last_seen)).dt.days
    told = np.select([age <= active_days, age <= cooling_days], [ACTIVE, COOLING], DARK)
    return pd.Series(told, last_seen.index, dtype="object")


def _counted(project: Project, dataset: Dataset, as_of: date, groups: pa.Table) -> Members:
    """What the signals say: the warehouse rolls them up, DuckDB in this process puts visitors and persons together."""
    days = max(project.settings.stages.member_days, project.settings.groups.lookback)
    signals, of_accounts = (activity.known(dataset, as_of, groups, by) for by in (activity.PAIR, activity.PAIR[:1]))
    con = connect_duckdb(project.threads(), project.settings.engine.memory_bytes).con
    con.register("groups", groups.append_column("place", pa.array(np.arange(len(groups)))))
    con.register("recognised", dataset.arrow(activity.recognised(of_accounts)))
    con.execute(RECOGNISED)
    for name, rows, columns in (("days", activity.daily(signals, as_of, days), "category, day, actions"),
                                ("firsts", activity.first_days(signals), "first_seen")):  # fmt: skip
        con.register(f"raw_{name}", dataset.arrow(rows))
        con.execute(TOLD.format(name=name, source=f"raw_{name}", columns=columns))
    edges = {"d28": as_of - timedelta(28), "d91": as_of - timedelta(91)}
    people = _frame(con.execute(MEMBERS, edges).to_arrow_table())
    timeline = con.execute(TIMELINE).to_arrow_table()
    con.close()
    return Members(people, timeline)


def _frame(rows: pa.Table) -> pd.DataFrame:
    """The members as a frame: ids as objects, no action is 0."""
    frame: pd.DataFrame = rows.to_pandas(date_as_object=False, integer_object_nulls=True)
    for name in ("account_id", "topic", "person_id", "visitor_id"):
        frame[name] = frame[name].astype("object").where(frame[name].notna(), None)
    for name in ("actions_28d", "actions_91d"):
        frame[name] = frame[name].fillna(0).astype(np.int32)
    return frame


def _share(people: pd.DataFrame) -> pd.Series:
    """Each member's part of what the group's members did in 91 days; 0 where none did anything."""
    total = people.groupby("place")["actions_91d"].transform("sum")
    return (people["actions_91d"] / total.where(total > 0)).fillna(0.0)


def _last_touch(dataset: Dataset, as_of: date, people: pd.DataFrame) -> pd.Series:
    """The day a seller last reached out to each member, whatever it was about; missing where none ever did."""
    touches: pd.DataFrame = dataset.frame("touches")
    before = touches[(touches["occurred_at"] < pd.Timestamp(as_of)) & touches["person_id"].notna()]
    last: pd.Series[Any] = before.groupby(before["person_id"].astype("object"))["occurred_at"].max().dt.floor("D")
    return pd.Series(last.reindex(people["person_id"]).to_numpy("datetime64[us]"), people.index)

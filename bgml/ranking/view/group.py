"""All that a ranking says of one group: its place, its members, what they did week by week, why it stands there, what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import combinations
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from bgml.groups.status import DARK
from bgml.ranking.advice.next_steps import group_steps, member_steps, standing
from bgml.ranking.archive.people import Book

WEEKS = 13
RECENT_DAYS = 28
"""Who was first seen so many days before the date arrived recently."""


@dataclass(frozen=True)
class Member:
    """One member: how it is called, its row of the table of members, its signals in each of the last WEEKS weeks, whether it is new."""

    name: str
    row: Mapping[str, Any]
    weeks: tuple[int, ...]
    arrived: bool


@dataclass(frozen=True)
class Together:
    """Two members who were active in the same weeks, the most weeks first: by how many people know each other's interest is told."""

    first: str
    second: str
    weeks: int


@dataclass(frozen=True)
class Place:
    """Where the group stood in one week's ranking."""

    as_of: date
    rank: int
    groups: int
    score: float
    propensity: float | None
    stage: str | None
    selected: bool


@dataclass(frozen=True)
class GroupView:
    """A group as a seller reads it. Names of people stand where rankings hold ids.

    row: the group's row of the ranking (of a group that is not ranked, what is known of it). inactive_roles: required roles that only
    dark members have; single_threaded: one known person alone is not dark. account_weeks: signals of the account itself per week.
    history: the group's places in former rankings and this one, oldest first. others: the account's other groups.
    """

    as_of: date
    row: Mapping[str, Any]
    chance: str
    members: tuple[Member, ...]
    weeks: tuple[date, ...]
    account_weeks: tuple[int, ...]
    together: tuple[Together, ...]
    touches: tuple[Mapping[str, Any], ...]
    required_roles: tuple[str, ...]
    inactive_roles: tuple[str, ...]
    single_threaded: bool
    reasons_for: tuple[str, ...]
    reasons_against: tuple[str, ...]
    steps: tuple[str, ...]
    history: tuple[Place, ...] = ()
    others: tuple[Mapping[str, Any], ...] = ()
    verdicts: tuple[Mapping[str, Any], ...] = ()
    notes: tuple[str, ...] = field(default=())


@dataclass(frozen=True)
class Rows:
    """One group's rows of a ranking's tables."""

    row: Mapping[str, Any]
    members: pd.DataFrame
    timeline: pd.DataFrame
    touches: pd.DataFrame


def rows_of(tables: Mapping[str, pa.Table], account_id: Any, topic: Any) -> Rows | None:  # noqa: ANN401  (ids are text or integers)
    """The rows of a group; None where the ranking does not hold it. tables: ranking, members, timeline, touches."""
    found = _matching(tables["ranking"], account_id, topic).to_pylist()
    if not found:
        return None
    members, timeline = (_where(tables[name], account_id, topic) for name in ("members", "timeline"))
    touches = _where(tables["touches"], account_id)
    about = touches[touches["topic"].isna() | (touches["topic"] == topic)]
    return Rows(found[0], members, timeline, about)


def view(
    rows: Rows,
    as_of: date,
    required_roles: Sequence[str],
    book: Book,
    *,
    chance: str = "",
    history: Sequence[Place] = (),
    others: Sequence[Mapping[str, Any]] = (),
    verdicts: Sequence[Mapping[str, Any]] = (),
    notes: Sequence[str] = (),
) -> GroupView:
    """Put a group's rows together, people by their names."""
    members, ids = rows.members, [*rows.members["person_id"].dropna(), *rows.touches["person_id"].dropna()]
    mondays = _mondays(as_of)
    roles = set(members.loc[members["status"] != DARK, "role"].dropna())
    known = members[members["person_id"].notna() & (members["status"] != DARK)]
    stated = rows.row.get("reasons")
    reasons = [] if stated is None else [book.told(reason, ids) for reason in stated]
    return GroupView(
        as_of=as_of,
        row=rows.row,
        chance=chance,
        members=tuple(_members(members, rows.timeline, mondays, as_of, book)),
        weeks=tuple(mondays),
        account_weeks=_per_week(rows.timeline[rows.timeline["person_id"].isna() & rows.timeline["visitor_id"].isna()], mondays),
        together=tuple(_together(rows.timeline, mondays, book)),
        touches=tuple(_touches(rows.touches, book)),
        required_roles=tuple(required_roles),
        inactive_roles=tuple(role for role in required_roles if role not in roles and role in set(members["role"].dropna())),
        single_threaded=len(known) == 1,
        reasons_for=tuple(reason for reason in reasons if not reason.startswith("against: ")),
        reasons_against=tuple(reason.removeprefix("against: ") for reason in reasons if reason.startswith("against: ")),
        steps=tuple(book.told(step, ids) for step in _steps(rows, as_of, required_roles)),
        history=tuple(history),
        others=tuple(others),
        verdicts=tuple(verdicts),
        notes=tuple(notes),
    )


def _matching(table: pa.Table, account_id: Any, topic: Any = None) -> pa.Table:  # noqa: ANN401
    """The rows of an account, or of one of its groups."""
    mask = pc.equal(table.column("account_id"), account_id)
    return table.filter(mask if topic is None else pc.and_(mask, pc.equal(table.column("topic"), topic)))


def _where(table: pa.Table, account_id: Any, topic: Any = None) -> pd.DataFrame:  # noqa: ANN401
    """The same as a frame, no id and no role being None."""
    rows: pd.DataFrame = _matching(table, account_id, topic).to_pandas(date_as_object=True, integer_object_nulls=True)
    for name in ("person_id", "visitor_id", "role", "topic"):
        if name in rows:
            rows[name] = rows[name].astype("object").where(rows[name].notna(), None)
    return rows


def _mondays(as_of: date) -> list[date]:
    """The Mondays of the last WEEKS weeks that began before the date, oldest first."""
    last = as_of - timedelta(1)
    last -= timedelta(last.weekday())
    return [last - timedelta(7 * back) for back in range(WEEKS - 1, -1, -1)]


def _members(members: pd.DataFrame, timeline: pd.DataFrame, mondays: list[date], as_of: date, book: Book) -> list[Member]:
    found = []
    for row in members.to_dict("records"):
        column = "visitor_id" if row["person_id"] is None else "person_id"
        own = timeline[timeline[column] == row[column]]
        name = f"visitor {row['visitor_id']}" if row["person_id"] is None else book.name(row["person_id"])
        told = {str(key): value for key, value in row.items()} | book.about(row["person_id"])
        if isinstance(row["next_step"], str):
            told["next_step"] = book.told(row["next_step"], [row["person_id"]])
        found.append(Member(name, told, _per_week(own, mondays), (as_of - row["first_seen"]).days <= RECENT_DAYS))
    return found


def _per_week(timeline: pd.DataFrame, mondays: list[date]) -> tuple[int, ...]:
    sums = timeline.groupby("week")["actions"].sum().to_dict()
    return tuple(int(sums.get(monday, 0)) for monday in mondays)


def _together(timeline: pd.DataFrame, mondays: list[date], book: Book, most: int = 10) -> list[Together]:
    """Pairs of people who did something in the same weeks of the last WEEKS, in two weeks at least."""
    named = timeline[timeline["person_id"].notna() & timeline["week"].isin(mondays)]
    weeks = {person: frozenset(own) for person, own in named.groupby("person_id")["week"]}
    pairs = [Together(book.name(one), book.name(two), len(weeks[one] & weeks[two])) for one, two in combinations(sorted(weeks, key=str), 2)]
    return sorted((pair for pair in pairs if pair.weeks >= 2), key=lambda pair: (-pair.weeks, pair.first, pair.second))[:most]


def _touches(touches: pd.DataFrame, book: Book) -> list[Mapping[str, Any]]:
    """What sellers did, the newest week first."""
    ordered = touches.sort_values(["week", "kind"], ascending=[False, True], kind="stable")
    columns = (ordered[name].tolist() for name in ("week", "kind", "touches", "person_id"))
    return [
        {"week": week, "kind": kind, "touches": touches, "who": None if person is None else book.name(person)}
        for week, kind, touches, person in zip(*columns, strict=True)
    ]


def _steps(rows: Rows, as_of: date, required_roles: Sequence[str]) -> list[str]:
    """Every step of the group, the one that the ranking states first."""
    stated, missing = rows.row.get("next_step"), rows.row.get("missing_roles")
    members = rows.members.assign(place=0, last_touch=pd.to_datetime(rows.members["last_touch"]).astype("datetime64[us]"))
    found: list[str] = []
    if len(members):
        reached = bool(len(rows.touches) or members["last_touch"].notna().any()) or "not reached" in str(stated)
        made = member_steps(members, standing(members, {rows.row["topic"]: required_roles}), as_of, touches_known=reached)
        found = group_steps(members, made, [list(missing) if missing is not None else []])[0]
    return [*([stated] if isinstance(stated, str) and stated not in found else []), *found]

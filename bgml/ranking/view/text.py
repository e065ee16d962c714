"""A group's view in words: the lines that the terminal and Markdown share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from bgml.ranking.advice.next_steps import spoken
from bgml.ranking.view.group import GroupView

BARS = " ▁▂▃▄▅▆▇█"


def title(view: GroupView) -> str:
    """Account and topic."""
    return f"{view.row.get('account_name') or view.row['account_id']} · {view.row['topic']}"


def headline(view: GroupView) -> str:
    """Where the group stands, in one line."""
    row = view.row
    if row.get("rank") is None:
        return " · ".join([str(row["stage"]), *_owner(row), f"as of {view.as_of}"])
    groups = view.history[-1].groups if view.history else None
    place = f"rank {row['rank']:,}" + (f" of {groups:,}" if groups else "") + _before(row)
    parts = [place, *([f"chance {view.chance}"] if view.chance else []), f"band {row['band']}", *([row["trend"]] if row["trend"] else [])]
    parts += [row["stage"], *([f"route {row['route']}"] if row.get("route") else []), *_owner(row)]
    amount = row.get("expected_amount")
    if amount is not None and amount == amount:
        parts.append(f"expected amount {amount:,.0f}")
    return " · ".join([*map(str, parts), f"as of {view.as_of}"])


def _before(row: Mapping[str, Any]) -> str:
    previous = row.get("previous_rank")
    return "" if previous is None or pd.isna(previous) else f" ({int(previous):,} before)"


def _owner(row: Mapping[str, Any]) -> list[str]:
    owner = row.get("owner")
    return [f"owner {owner}"] if isinstance(owner, str) and owner else ["no owner"]


def chosen(view: GroupView) -> str:
    """Whether it is among those to work this week, and why."""
    by = view.row.get("selected_by")
    if not view.row.get("selected"):
        return "Not selected this week."
    if by == "exploration":
        return f"Selected to learn from it (chance {view.row['selection_probability']:.0%})."
    return "Selected this week."


def committee_line(view: GroupView) -> list[str]:
    """What the committee lacks, in sentences."""
    row, lines = view.row, list[str]()
    coverage, missing = row.get("coverage"), row.get("missing_roles")
    if coverage is not None and coverage == coverage:
        required = ", ".join(spoken(role) for role in view.required_roles)
        lines.append(f"{coverage:.0%} of the required roles are covered ({required}).")
    absent = [role for role in (missing if missing is not None else []) if role not in view.inactive_roles]
    if absent:
        lines.append(f"Missing: {', '.join(map(spoken, absent))}.")
    if view.inactive_roles:
        lines.append(f"Inactive: {', '.join(map(spoken, view.inactive_roles))}; whoever has that role has gone dark.")
    if view.single_threaded:
        lines.append("Single-threaded: one known person is all there is.")
    arrived = [member.name for member in view.members if member.arrived]
    if arrived:
        lines.append(f"Arrived in the last four weeks: {', '.join(arrived)}.")
    return lines


def spark(values: Sequence[float], top: float | None = None) -> str:
    """Numbers as a row of bars, as high as their share of the largest.

    >>> spark([0, 1, 4])
    ' ▂█'
    """
    most = top or max(values, default=0)
    return "".join(BARS[min(len(BARS) - 1, -int(-value * (len(BARS) - 1) // most))] if value and most else BARS[0] for value in values)


def member_cells(view: GroupView) -> list[list[str]]:
    """One row per member: who, title, role, status, actions of 28 and 91 days, share, first and last seen, weeks, reached, next step."""
    return [
        [
            member.name, member.row.get("title") or "", _role(member.row), str(member.row["status"]), str(member.row["actions_28d"]),
            str(member.row["actions_91d"]), f"{member.row['share']:.0%}", str(member.row["first_seen"]), str(member.row["last_seen"]),
            spark(member.weeks), "" if pd.isna(member.row["last_touch"]) else str(member.row["last_touch"])[:10],
        ]
        for member in view.members
    ]  # fmt: skip


MEMBER_COLUMNS = (
    "who", "title", "role", "status", "28 days", "91 days", "share", "first seen", "last seen", "13 weeks", "last touch",
)  # fmt: skip


def _role(row: Mapping[str, Any]) -> str:
    """The role and how far to trust it."""
    if not isinstance(row["role"], str):
        return ""
    return f"{spoken(row['role'])} ({row['role_source']}, {row['role_confidence']:.0%})"


def touch_lines(view: GroupView, most: int = 8) -> list[str]:
    """What sellers did, the newest first."""
    found = [
        f"week of {touch['week']}: {touch['touches']} {touch['kind']}" + (f" to {touch['who']}" if touch["who"] else "")
        for touch in view.touches
    ]
    return found[:most] + ([f"and {len(found) - most} more"] if len(found) > most else [])


def together_lines(view: GroupView) -> list[str]:
    """Who is active in the same weeks."""
    return [f"{pair.first} and {pair.second}: {pair.weeks} weeks" for pair in view.together]


def moved(view: GroupView) -> str:
    """The way through the weeks, in one line."""
    if len(view.history) < 2:
        return ""
    ranks = [place.rank for place in view.history]
    bars = spark([1 - (place.rank - 1) / place.groups for place in view.history], 1.0)
    return f"{view.history[0].as_of} {bars} {view.history[-1].as_of}; rank {ranks[0]:,} to {ranks[-1]:,}, best {min(ranks):,}"


def other_lines(view: GroupView) -> list[str]:
    """The account's other groups."""
    return [
        f"{other['topic']}: rank {other['rank']:,}, band {other['band']}, {other['stage'] or 'no stage'}, {other['people'] or 0} people"
        for other in view.others
    ]


def verdict_lines(view: GroupView) -> list[str]:
    """What sellers said of it, the newest first."""
    return [
        f"{str(verdict['at'])[:10]} {verdict['verdict']}" + (f" by {verdict['by']}" if _given(verdict["by"]) else "")
        + (f": {verdict['reason']}" if _given(verdict.get("reason")) else "")
        for verdict in view.verdicts
    ]  # fmt: skip


def _given(value: object) -> bool:
    return isinstance(value, str) and bool(value)

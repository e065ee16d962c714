"""A group and an account, with everything that is known of them."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from bgml.ranking.view.group import GroupView, Member
from bgml.web.api.answers import plain
from bgml.web.api.schemas.lists import ROW, GroupRow, group_row
from bgml.web.seen.groups import Shown

MEMBER: dict[str, Any] = {
    "person_id": "P0000008", "visitor_id": None, "name": "Ada Byron", "title": "Data Engineer", "email": "a***@example.com",
    "role": "practitioner", "role_source": "title", "role_confidence": 0.6, "status": "active", "actions_28d": 12, "actions_91d": 19,
    "share": 0.4, "first_seen": "2025-10-02", "last_seen": "2026-01-03", "last_touch": None, "new": False,
    "next_step": "Contact Ada Byron, practitioner: 12 actions in four weeks", "weeks": [0, 0, 1, 0, 2, 0, 0, 4, 3, 0, 5, 4, 0],
}  # fmt: skip


class MemberDocument(BaseModel):
    """One member of a group: a person, or an anonymous visitor."""

    person_id: str | None = Field(description="The person; null for an anonymous visitor.")
    visitor_id: str | None = Field(description="The visitor; null for a person.")
    name: str = Field(description="The name, else the id.")
    title: str | None = Field(description="The title, where known.")
    email: str | None = Field(description="The e-mail address, masked unless the settings say otherwise.")
    role: str | None = Field(description="The part in the purchase.")
    role_source: str | None = Field(description="Where the role is from: crm or title.")
    role_confidence: float | None = Field(description="How far to trust it, 0 to 1.")
    status: str = Field(description="active, cooling or dark, by the last signal.")
    actions_28d: int | None = Field(description="Signals of the last 28 days.")
    actions_91d: int | None = Field(description="Signals of the last 91 days.")
    share: float | None = Field(description="Share of the actions of all members in the last 91 days.")
    first_seen: datetime.date | None = Field(description="The day of the first signal on the topic.")
    last_seen: datetime.date | None = Field(description="The day of the last one.")
    last_touch: datetime.date | None = Field(description="The day a seller last reached out to the person.")
    new: bool = Field(description="Whether the member was first seen in the last four weeks.")
    next_step: str | None = Field(description="What to do about this person.")
    weeks: list[int] = Field(description="Signals in each of the weeks of the group, oldest first.")


class PlaceDocument(BaseModel):
    """Where a group stood in one week's ranking."""

    as_of: datetime.date = Field(description="The date of the ranking.")
    rank: int = Field(description="The rank.")
    groups: int = Field(description="Of how many.")
    score: float = Field(description="The raw score.")
    propensity: float | None = Field(description="The calibrated probability.")
    stage: str | None = Field(description="How far the group was.")
    selected: bool = Field(description="Whether it was to be worked.")


class VerdictDocument(BaseModel):
    """What somebody said of a ranked group."""

    model_config = ConfigDict(json_schema_extra={"examples": [{
        "account_id": "A000017", "topic": "Data/AI", "as_of": "2026-01-05", "at": "2026-01-06T09:12:44.120000", "by": "Ada Byron",
        "verdict": "rejected", "reason": "bought last month",
    }]})  # fmt: skip

    account_id: str = Field(description="The account of the group.")
    topic: str = Field(description="What the group looks into.")
    as_of: datetime.date = Field(description="The date of the ranking that was judged.")
    at: datetime.datetime = Field(description="When, in UTC.")
    by: str | None = Field(description="Who.")
    verdict: str = Field(description="accepted or rejected.")
    reason: str | None = Field(description="Why.")


class GroupDocument(BaseModel):
    """Everything about one group."""

    model_config = ConfigDict(json_schema_extra={"examples": [{
        "group": ROW, "required_roles": ["champion", "decision_maker"], "missing_roles": ["decision_maker"], "inactive_roles": [],
        "single_threaded": False, "reasons_for": ["active on 17 days of the last 28"], "reasons_against": ["no one from finance yet"],
        "next_steps": ["Contact Ada Byron, practitioner: 12 actions in four weeks"], "weeks": ["2025-12-22", "2025-12-29"],
        "members": [MEMBER], "account_weeks": [0, 1], "together": [{"first": "Ada Byron", "second": "Max Born", "weeks": 3}],
        "touches": [{"week": "2025-12-22", "kind": "mail", "touches": 2, "who": "Ada Byron"}],
        "timeline": [{"person_id": "P0000008", "visitor_id": None, "week": "2025-12-29", "category": "named", "actions": 4}],
        "history": [{"as_of": "2026-01-05", "rank": 1, "groups": 321, "score": -0.058, "propensity": 0.358, "stage": "qualified",
                     "selected": True}],
        "others": [], "verdicts": [],
    }]})  # fmt: skip

    group: GroupRow = Field(description="Its row of the ranking.")
    required_roles: list[str] = Field(description="The roles that the topic requires.")
    missing_roles: list[str] = Field(description="Required roles that nobody has.")
    inactive_roles: list[str] = Field(description="Required roles that only members have who have gone dark.")
    single_threaded: bool = Field(description="Whether one known person is all there is.")
    reasons_for: list[str] = Field(description="What speaks for it.")
    reasons_against: list[str] = Field(description="What speaks against it.")
    next_steps: list[str] = Field(description="What to do, the most urgent first.")
    weeks: list[datetime.date] = Field(description="The Mondays of the weeks that members and the account are counted in, oldest first.")
    members: list[MemberDocument] = Field(description="Who is in it, the most active first.")
    account_weeks: list[int] = Field(description="Signals of the account itself in each week.")
    together: list[dict[str, str | int]] = Field(description="Pairs of people who were active in the same weeks.")
    touches: list[dict[str, Any]] = Field(description="What sellers did, the newest first.")
    timeline: list[dict[str, Any]] = Field(description="Signals by member, week and category.")
    history: list[PlaceDocument] = Field(description="Where it stood week by week, oldest first.")
    others: list[GroupRow] = Field(description="The account's other groups.")
    verdicts: list[VerdictDocument] = Field(description="What was said of it, the newest first.")


class AccountDocument(BaseModel):
    """An account and its groups."""

    model_config = ConfigDict(json_schema_extra={"examples": [{
        "as_of": "2026-01-05", "account_id": "A000017", "account_name": "Alder Analytics", "owner": "R006", "segment": "mid-market",
        "region": "EMEA", "groups": [ROW],
    }]})  # fmt: skip

    as_of: datetime.date = Field(description="The date of the ranking.")
    account_id: str = Field(description="The account.")
    account_name: str | None = Field(description="Its name.")
    owner: str | None = Field(description="Its sales rep.")
    segment: str | None = Field(description="Its segment.")
    region: str | None = Field(description="Its region.")
    groups: list[GroupRow] = Field(description="Its groups, one per topic, best first.")


def group_document(shown: Shown, timeline: Sequence[Mapping[Any, Any]]) -> dict[str, Any]:
    """A group as GroupDocument has it. timeline: the group's rows of it."""
    view = shown.view
    missing = shown.row.get("missing_roles") or []
    return {
        "group": group_row(shown.row), "required_roles": view.required_roles, "missing_roles": missing,
        "inactive_roles": view.inactive_roles, "single_threaded": view.single_threaded, "reasons_for": view.reasons_for,
        "reasons_against": view.reasons_against,
        "next_steps": view.steps, "weeks": view.weeks, "members": [_member(member) for member in view.members],
        "account_weeks": view.account_weeks, "touches": [dict(touch) for touch in view.touches], **_more(view),
        "timeline": [{**row, "person_id": _text(row["person_id"]), "visitor_id": _text(row["visitor_id"])} for row in timeline],
        "others": [group_row(other) for other in view.others],
    }  # fmt: skip


def _more(view: GroupView) -> dict[str, Any]:
    together = [{"first": pair.first, "second": pair.second, "weeks": pair.weeks} for pair in view.together]
    history = [{name: getattr(place, name) for name in PlaceDocument.model_fields} for place in view.history]
    return {"together": together, "history": history, "verdicts": [verdict_document(entry) for entry in view.verdicts]}


def verdict_document(entry: Mapping[str, Any]) -> dict[str, Any]:
    """A verdict as VerdictDocument has it."""
    told = {name: entry.get(name) for name in VerdictDocument.model_fields}
    ids = {name: str(told[name]) for name in ("account_id", "topic")}
    return {**told, **ids, "as_of": str(told["as_of"])[:10], "by": told["by"] or None, "reason": told["reason"] or None}


def _member(member: Member) -> dict[str, Any]:
    row = member.row
    kept = {name: _known(row.get(name)) for name in MemberDocument.model_fields if name not in ("name", "new", "weeks")}
    ids = {"person_id": _text(row["person_id"]), "visitor_id": _text(row["visitor_id"])}
    return {**kept, **ids, "name": member.name, "new": member.arrived, "weeks": member.weeks}


def _text(value: Any) -> str | None:  # noqa: ANN401
    return None if _known(value) is None else str(value)


def _known(value: Any) -> Any:  # noqa: ANN401  (a cell of a frame)
    """A cell, None where pandas has NaN or NaT."""
    if value is None or value != value:
        return None
    return plain(value)

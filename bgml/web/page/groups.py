"""`/group` and `/account`: who, why, how it moved, what to do."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import Response

from bgml.ranking.view.group import GroupView
from bgml.web.access.viewer import viewer_of
from bgml.web.api.asked import as_of_date, required
from bgml.web.api.groups import UNKNOWN_ACCOUNT, asked_group
from bgml.web.page.charts import Line, line_chart
from bgml.web.page.render import page
from bgml.web.problems import Problem
from bgml.web.service import service_of

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True)
class Strip:
    """One row of a timeline: who, what kind of signals, how many in each week."""

    name: str
    kind: str
    weeks: Sequence[int]


@router.get("/group")
def group(request: Request) -> Response:
    """One group."""
    snapshot, shown = asked_group(request)
    newest = service_of(request).shelf.newest()
    return page(
        request, "group.html", snapshot=snapshot, row=shown.row, view=shown.view, roles=roles(shown.view), strips=strips(shown.view),
        way_chart=Markup(_way(shown.view)), chance_chart=Markup(_chances(shown.view)),
        topic_name=_topic(snapshot.topics.topics, str(shown.row["topic"])),
        as_of=None if newest is snapshot else snapshot.as_of,
    )  # fmt: skip


@router.get("/account")
def account(request: Request) -> Response:
    """An account and its groups."""
    service, viewer = service_of(request), viewer_of(request)
    account_id = required(request.query_params, "account_id")
    snapshot = service.shelf.snapshot(as_of_date(request.query_params.get("as_of")))
    found = service.groups.account(snapshot, viewer, account_id)
    if not found:
        raise Problem(404, UNKNOWN_ACCOUNT, kind="unknown-account")
    service.audit.record(request, "account", as_of=str(snapshot.as_of), ranking_id=snapshot.ranking_id, account_id=account_id)
    newest = service.shelf.newest()
    names = {shown.row["topic"]: _topic(snapshot.topics.topics, str(shown.row["topic"])) for shown in found}
    return page(
        request, "account.html", snapshot=snapshot, groups=found, strips={shown.row["topic"]: strips(shown.view) for shown in found},
        names=names, shared=_shared([shown.view for shown in found], names), as_of=None if newest is snapshot else snapshot.as_of,
    )  # fmt: skip


def _topic(topics: Mapping[str, Any], topic: str) -> str:
    listed = topics.get(topic)
    return str(listed.name) if listed else topic


def roles(view: GroupView) -> list[tuple[str, str, str]]:
    """Of each required role: the role, who has it, and how it stands: "held", "cold" (whoever has it has gone dark) or "gap"."""
    found = []
    for role in view.required_roles:
        who = [member for member in view.members if member.row["role"] == role]
        awake = [member.name for member in who if member.row["status"] != "dark"]
        kind = "held" if awake else "cold" if who else "gap"
        found.append((role, ", ".join(awake or [member.name for member in who]), kind))
    return found


def strips(view: GroupView) -> list[Strip]:
    """The timeline: a row per member, the account's own signals, and what sellers did."""
    found = [Strip(member.name, "named" if member.row["person_id"] is not None else "anonymous", member.weeks) for member in view.members]
    if any(view.account_weeks):
        found.append(Strip("the account (intent from outside)", "account", view.account_weeks))
    touched = [sum(int(touch["touches"]) for touch in view.touches if _same(touch["week"], week)) for week in view.weeks]
    return [*found, *([Strip("your touches", "sellers", touched)] if any(touched) else [])]


def _same(one: Any, other: datetime.date) -> bool:  # noqa: ANN401
    return bool(pd.Timestamp(one).date() == other)


def _way(view: GroupView) -> str:
    """The rank week by week, as a picture; empty for less than two weeks."""
    if len(view.history) < 2:
        return ""
    ranks = Line("rank", [place.as_of for place in view.history], [float(place.rank) for place in view.history])
    return line_chart([ranks], title="Rank by week; the top of the list is up", lowest_first=True, whole=True)


def _chances(view: GroupView) -> str:
    """The chance week by week, as a picture; empty for less than two weeks with one."""
    known = [(place.as_of, place.propensity) for place in view.history if place.propensity is not None]
    if len(known) < 2:
        return ""
    return line_chart([Line("chance", [day for day, _ in known], [chance for _, chance in known])], title="Chance by week", percent=True)


def _shared(views: Sequence[GroupView], names: Mapping[Any, str]) -> list[tuple[str, list[str]]]:
    """Who is in several groups of an account, and in which."""
    found: dict[Any, tuple[str, list[str]]] = {}
    for view in views:
        for member in view.members:
            if (person := member.row["person_id"]) is not None:
                found.setdefault(person, (member.name, []))[1].append(names[view.row["topic"]])
    return sorted((who for who in found.values() if len(who[1]) > 1), key=lambda who: (-len(who[1]), who[0]))

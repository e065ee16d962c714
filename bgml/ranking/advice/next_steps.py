"""The next step for each member and each group, the most urgent first: whom to contact, whom to win back, whom to find.

People are named by id in brackets, "[p12]": names are joined on reading (`ranking.archive.people.Book.told`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bgml.groups.status import ACTIVE, DARK

KEY_ROLE, HIGH_INTENT, ENGAGED = "key_role_not_reached", "high_intent_not_reached", "active_not_reached"
FIND_ROLE, SECOND, GONE_DARK, IDENTIFY = "find_role", "single_threaded", "gone_dark", "identify_visitor"
KINDS = (KEY_ROLE, HIGH_INTENT, ENGAGED, FIND_ROLE, SECOND, GONE_DARK, IDENTIFY)
"""Kinds of step, the most urgent first: contacts to reach as Adobe and Demandbase order them, then who has to be found."""
DECIDING = ("executive", "decision_maker")
"""Roles that are key whether or not the topic requires them."""
HIGH = 5
"""Signals in 28 days that are high intent in one person."""
REACHED_DAYS = 91
"""A person whom a seller touched in so many days before the date is reached."""
NONE = len(KINDS)
NOT_KEY = 1_000
LATER = 100
"""What makes a member who is not active come after all that are, whatever the roles."""


def member_steps(members: pd.DataFrame, standing: npt.NDArray[np.int64], as_of: date, *, touches_known: bool) -> pd.DataFrame:
    """The next step of each member: urgency (place in KINDS; NONE for none), standing and text, same index as `members`.

    members: as `groups.members` gives them; standing: of `standing`; touches_known: whether there are any touches of sellers to tell
    by: without them nobody is called "not reached".
    """
    named = members["person_id"].notna().to_numpy()
    status = members["status"].to_numpy()
    key = standing < NOT_KEY
    recent = members["actions_28d"].to_numpy()
    since = (pd.Timestamp(as_of) - members["last_touch"]).dt.days.to_numpy(np.float64)
    open_ = named & ~(since <= REACHED_DAYS)
    active, present = status == ACTIVE, status != DARK
    urgency = np.select(
        [open_ & present & key, open_ & (recent >= HIGH), open_ & active, named & key & ~present, ~named & (recent >= HIGH)],
        [KINDS.index(kind) for kind in (KEY_ROLE, HIGH_INTENT, ENGAGED, GONE_DARK, IDENTIFY)],
        NONE,
    )
    told = members.assign(urgency=urgency, away=(pd.Timestamp(as_of) - pd.to_datetime(members["last_seen"])).dt.days)
    texts = pd.Series(None, members.index, dtype="object")
    due = told[told["urgency"] < NONE]
    texts[due.index] = [_text(row, touches_known) for row in due.to_dict("records")]
    return pd.DataFrame({"urgency": urgency, "standing": standing + LATER * ~active, "text": texts}, index=members.index)


def group_steps(members: pd.DataFrame, steps: pd.DataFrame, missing_roles: Sequence[Sequence[str]]) -> list[list[str]]:
    """All steps of each group, the most urgent first; of two alike the one about an active member, then the weightier role.

    members: with `place`, the group's; steps: of `member_steps`; missing_roles: the required roles that nobody fills, per group.
    """
    found: list[list[tuple[int, int, int, str]]] = [[] for _ in missing_roles]
    due = steps.assign(place=members["place"])[steps["urgency"] < NONE]
    rows = due[["place", "urgency", "standing", "text"]].itertuples(index=False, name=None)
    for order, (place, urgency, standing_, text) in enumerate(rows):
        found[place].append((urgency, standing_, order, text))
    alone = _alone(members, len(missing_roles))
    for place, missing in enumerate(missing_roles):
        if missing:
            found[place].append((KINDS.index(FIND_ROLE), 0, 0, f"Find {_either(missing)}: nobody known has that role"))
        if alone[place] is not None:
            found[place].append((KINDS.index(SECOND), 0, 0, f"Find a second person: [{alone[place]}] is the only one known"))
    return [[text for *_, text in sorted(steps_of)] for steps_of in found]


def standing(members: pd.DataFrame, required: Mapping[Any, Iterable[str]]) -> npt.NDArray[np.int64]:
    """How soon each member's role matters: its place among the roles that the topic requires, 0 for DECIDING; NOT_KEY for others."""
    ranks = {(topic, role): place for topic, roles in required.items() for place, role in enumerate(roles)}
    ranks |= {(topic, role): 0 for topic in required for role in DECIDING}
    pairs = zip(members["topic"].tolist(), members["role"].tolist(), strict=True)
    return np.array([ranks.get(pair, NOT_KEY) for pair in pairs], np.int64)


def _alone(members: pd.DataFrame, n: int) -> list[Any]:
    """The only known person of each group that is not dark; None where there are none or several."""
    known = members[members["person_id"].notna() & (members["status"] != DARK)]
    counts = np.bincount(known["place"].to_numpy(), minlength=n)
    only = known[counts[known["place"].to_numpy()] == 1]
    alone: list[Any] = [None] * n
    for place, person in zip(only["place"].tolist(), only["person_id"].tolist(), strict=True):
        alone[place] = person
    return alone


def _text(row: dict[Any, Any], touches_known: bool) -> str:
    """One member's step in words, with the fact it rests on."""
    kind = KINDS[row["urgency"]]
    if kind == IDENTIFY:
        return f"Find out who visitor [{row['visitor_id']}] is: {_done(row)}"
    who = f"[{row['person_id']}]" + (f", {spoken(row['role'])}" if isinstance(row["role"], str) else "")
    if kind == GONE_DARK:
        return f"Win {who} back: not seen for {row['away']} days"
    return f"Contact {who}: {_done(row)}{_reach(row, touches_known)}"


def _done(row: dict[Any, Any]) -> str:
    count, weeks = (row["actions_28d"], "four") if row["status"] == ACTIVE else (row["actions_91d"], "thirteen")
    if not count:
        return f"last seen {row['away']} days ago"
    return f"{count} action{'s' if count != 1 else ''} in {weeks} weeks"


def _reach(row: dict[Any, Any], touches_known: bool) -> str:
    """How long nobody reached out, where that is known."""
    if not touches_known:
        return ""
    return ", not reached" if pd.isna(row["last_touch"]) else f", not reached since {row['last_touch']:%Y-%m-%d}"


def spoken(role: str) -> str:
    """A role as it is said: decision_maker -> decision maker."""
    return {"it_security": "IT or security"}.get(role, role.replace("_", " "))


def _either(roles: Sequence[str]) -> str:
    """The missing roles in one phrase."""
    names = [spoken(role) for role in roles]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"

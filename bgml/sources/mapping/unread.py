"""Tables of acts that no declaration names: not read, but counted, so that nothing that somebody did is lost in silence."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from bgml.sources.raw import Place

ACTS = re.compile(
    r"(^|_)(activit(y|ies)|engagements?|events?|calls?|chats?|meetings?|visits?|webinars?|submissions?|responses?|surveys?|sms|messages?)(_|$)"
)
ABOUT_ACTS = re.compile(r"_(types?|attributes?|definitions?|relations?|history|share|feed|settings?|status|tags?)(_data)?$")
"""Tables about acts that hold none."""


@dataclass(frozen=True)
class Unread:
    """A table of acts that was not read, and how many rows it has."""

    name: str
    where: str
    rows: int


def looks_like_acts(name: str) -> bool:
    """Whether a table is one of acts by its name.

    >>> looks_like_acts("marketo_activity_ask_bot_data"), looks_like_acts("activity_type"), looks_like_acts("price_book")
    (True, False, False)
    """
    return ACTS.search(name) is not None and ABOUT_ACTS.search(name) is None


def unread_acts(places: Iterable[Place]) -> tuple[Unread, ...]:
    """The tables of acts among places that nothing reads."""
    return tuple(Unread(place.name, place.where, place.rows()) for place in places if looks_like_acts(place.name))

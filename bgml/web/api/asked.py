"""What a request asks a list for, read from its address: the API, the page and the export understand the same names."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import QueryParams

from bgml.errors import nearest
from bgml.web.problems import Problem
from bgml.web.seen.query import FILTERS, SORTS, Query

DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
LONGEST_TEXT = 200
LONGEST_ID = 500
MOST_VALUES = 50
MOST = 500
ORDERS = [*SORTS, *(f"-{name}" for name in SORTS)]
MEANINGS = {
    "owner": "the account's sales rep; empty for none",
    "topic": "what the group looks into",
    "segment": "the account's segment",
    "region": "the account's region",
    "band": "A, B, C or D, by percentile",
    "stage": "identified, engaged or qualified",
    "route": "lead, account or group",
    "trend": "improving, steady, declining or new",
}


@dataclass(frozen=True)
class Asked:
    """A part of a list: the query, how many groups, from where on, and whether values are to be counted."""

    query: Query
    limit: int
    cursor: str | None
    facets: bool


def filter_parameters() -> list[dict[str, Any]]:
    """The filters and the order as OpenAPI parameters."""
    texts = {"type": "array", "items": {"type": "string"}, "maxItems": MOST_VALUES}
    several = [_parameter(name, texts, f"Only groups whose {name} is one of these: {MEANINGS[name]}.") for name in FILTERS]
    return [
        *several,
        _parameter("q", {"type": "string", "maxLength": LONGEST_TEXT}, "Words that account name, account id or topic must hold."),
        _parameter("selected", {"type": "boolean"}, "Only groups to work this week, or only the others."),
        _parameter("sort", {"type": "string", "enum": ORDERS, "default": "rank"}, "The order; - in front turns it around."),
    ]


def list_parameters() -> list[dict[str, Any]]:
    """All that a list understands, as OpenAPI parameters."""
    return [
        *filter_parameters(),
        _parameter("limit", {"type": "integer", "minimum": 1, "maximum": MOST, "default": 50}, "How many groups."),
        _parameter("cursor", {"type": "string", "maxLength": 100}, "Where to go on: next_cursor of the part before."),
        _parameter("facets", {"type": "boolean", "default": False}, "Also count the groups of each value of a filter."),
    ]


def _parameter(name: str, schema: Mapping[str, Any], description: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": description}


KNOWN = {*FILTERS, "q", "selected", "sort", "limit", "cursor", "facets"}


def asked(params: QueryParams, also: Sequence[str] = (), *, lenient: bool = False) -> Asked:
    """What the address asks for. Problem 422 for what it cannot mean.

    also: further names that the address may hold; lenient: a limit, a cursor or an order that cannot be is the usual one, unknown names
    are ignored, as suits a page whose address people edit.
    """
    if not lenient:
        known_only(params, {*KNOWN, *also})
    filters = tuple((name, values) for name in FILTERS if (values := _values(params, name, lenient=lenient)))
    text = params.get("q", "").strip()
    if len(text) > LONGEST_TEXT:
        raise Problem(422, f"q: at most {LONGEST_TEXT} characters", kind="bad-query")
    sort = params.get("sort", "rank")
    if sort not in ORDERS:
        if not lenient:
            raise Problem(422, f"sort: must be one of {', '.join(SORTS)}, - in front turns it around", kind="bad-query")
        sort = "rank"
    query = Query(filters, text, _truth(params, "selected", lenient=lenient), sort)
    cursor = params.get("cursor") or None
    return Asked(query, _limit(params, lenient=lenient), cursor, bool(_truth(params, "facets", lenient=lenient)))


def known_only(params: QueryParams, known: set[str]) -> None:
    """Problem 422 for a name that is not known, with the nearest."""
    for name in params:
        if name not in known:
            raise Problem(422, f"an unknown parameter{nearest(name, known) or '; known are ' + ', '.join(sorted(known))}", kind="bad-query")


def as_of_date(text: str | None) -> datetime.date | None:
    """A date of the address; None for none and for "latest". Problem 422 for anything else."""
    if text in (None, "", "latest"):
        return None
    try:
        if not DATE.fullmatch(str(text)):
            raise ValueError
        return datetime.date.fromisoformat(str(text))
    except ValueError:
        raise Problem(422, "as_of: must be a date such as 2026-01-05, or latest", kind="bad-query") from None


def _values(params: QueryParams, name: str, *, lenient: bool) -> tuple[str, ...]:
    """The values of a filter; on a page an empty field is no filter, elsewhere it asks for groups without a value."""
    values = tuple(sorted({value for value in params.getlist(name) if value or not lenient}))
    if len(values) > MOST_VALUES:
        raise Problem(422, f"{name}: at most {MOST_VALUES} values", kind="bad-query")
    if any(len(value) > LONGEST_ID for value in values):
        raise Problem(422, f"{name}: at most {LONGEST_ID} characters a value", kind="bad-query")
    return values


def _truth(params: QueryParams, name: str, *, lenient: bool) -> bool | None:
    text = params.get(name)
    if text in (None, ""):
        return None
    if text in ("true", "1"):
        return True
    if text in ("false", "0"):
        return False
    if lenient:
        return None
    raise Problem(422, f"{name}: must be true or false", kind="bad-query")


def _limit(params: QueryParams, *, lenient: bool) -> int:
    text = params.get("limit", "50")
    if re.fullmatch(r"[0-9]{1,6}", text) and 1 <= int(text) <= MOST:
        return int(text)
    if lenient:
        return 50
    raise Problem(422, f"limit: must be a number from 1 to {MOST}", kind="bad-query")


def required(params: QueryParams, name: str) -> str:
    """A value that has to be there. Problem 422 without it, or where it is longer than any id."""
    value = params.get(name, "")
    if not value or len(value) > LONGEST_ID:
        raise Problem(422, f"{name}: is needed" if not value else f"{name}: at most {LONGEST_ID} characters", kind="bad-query")
    return value

"""Values as people read them."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from bgml.ranking.advice.next_steps import spoken as _spoken

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MINUS = "\N{MINUS SIGN}"


def day(value: datetime.date | str | None) -> str:
    """A date.

    >>> day(datetime.date(2025, 12, 29)), day("2025-12-29T10:00:00"), day(None)
    ('29 Dec 2025', '29 Dec 2025', '')
    """
    if value is None or value != value:
        return ""
    found = datetime.date.fromisoformat(str(value)[:10])
    return f"{found.day} {MONTHS[found.month - 1]} {found.year}"


def short_day(value: datetime.date) -> str:
    """A date without its year, for a column's head.

    >>> short_day(datetime.date(2025, 12, 29))
    '29 Dec'
    """
    return f"{value.day} {MONTHS[value.month - 1]}"


def amount(value: float | None) -> str:
    """An amount of money, in round figures; empty for none.

    >>> amount(56433.8), amount(1_234_567.0), amount(None)
    ('56,400', '1,230,000', '')
    """
    if value is None or value != value:
        return ""
    return f"{int(float(f'{value:.3g}')):,}"


def share(value: float | None) -> str:
    """A share as a percentage; empty for none.

    >>> share(0.75), share(None)
    ('75%', '')
    """
    return "" if value is None or value != value else f"{value:.0%}"


def spoken(role: str) -> str:
    """A role, a category or a stage as it is said.

    >>> spoken("decision_maker")
    'decision maker'
    """
    return str(_spoken(role)) if role else ""


def listed(roles: list[str] | tuple[str, ...] | None) -> str:
    """Roles one after the other.

    >>> listed(["decision_maker", "finance"])
    'decision maker, finance'
    """
    return ", ".join(map(spoken, roles or []))


def count(number: int | None, one: str, many: str | None = None) -> str:
    """A number of things.

    >>> count(1, "visitor"), count(1_204, "group"), count(2, "person", "people")
    ('1 visitor', '1,204 groups', '2 people')
    """
    n = int(number or 0)
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def moved(row: Mapping[str, Any]) -> tuple[str, str]:
    """How a group moved since the ranking before, in words, and which way: up, down or empty.

    >>> moved({"rank": 3, "previous_rank": 8, "trend": "steady"}), moved({"rank": 3, "previous_rank": None, "trend": "new"})
    (('up 5', 'up'), ('new', ''))
    """
    rank, before = row.get("rank"), row.get("previous_rank")
    if rank is None or before is None:
        return ("new", "") if row.get("trend") == "new" else ("", "")
    by = int(before) - int(rank)
    if not by:
        return "as before", ""
    return (f"up {by:,}", "up") if by > 0 else (f"down {-by:,}", "down")


def dashed(chance: str) -> str:
    """A range with the dash that typesetters use.

    >>> dashed("20-40%")
    '20–40%'
    """
    return chance.replace("-", "\N{EN DASH}")


def size(actions: int) -> int:
    """How large a dot stands for some actions in a week: 1 to 4, 0 for none.

    >>> [size(actions) for actions in (0, 1, 2, 4, 9)]
    [0, 1, 2, 3, 4]
    """
    return sum(actions >= limit for limit in (1, 2, 4, 8))


FILTERS = {
    "day": day, "short_day": short_day, "amount": amount, "share": share, "spoken": spoken, "listed": listed, "moved": moved, "size": size,
    "dashed": dashed,
}  # fmt: skip
"""What templates may call, by name."""

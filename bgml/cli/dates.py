"""As-of dates on the command line."""

from __future__ import annotations

import datetime

import typer


def day(text: str | datetime.date) -> datetime.date:
    """A date written YYYY-MM-DD, the midnight (UTC) it begins at.

    >>> day("2026-01-05")
    datetime.date(2026, 1, 5)
    """
    if isinstance(text, datetime.date):
        return text
    try:
        if len(text) != 10:
            raise ValueError
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f'"{text}" is not a date; an as-of date is written YYYY-MM-DD and means its midnight, UTC') from None

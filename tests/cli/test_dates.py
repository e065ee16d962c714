"""Dates on the command line."""

from datetime import date

import pytest
import typer

from bgml.cli.dates import day


def test_a_date_is_its_iso_text() -> None:
    assert day("2026-01-05") == day(date(2026, 1, 5)) == date(2026, 1, 5)


@pytest.mark.parametrize("text", ["2025-13-01", "05.01.2026", "2026-01-05T10:00", "20260105", "2026-W01", "yesterday", ""])
def test_anything_else_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="is not a date; an as-of date is written YYYY-MM-DD and means its midnight, UTC"):
        day(text)

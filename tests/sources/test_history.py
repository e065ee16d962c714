"""What only today's value tells."""

from __future__ import annotations

from bgml.sources.history import Undated, static_line


def test_the_line_for_the_settings_names_columns_once_and_plainly() -> None:
    assert static_line([Undated("accounts.industry", "x"), Undated("people.title", "x")]) == 'static = ["industry", "title"]'

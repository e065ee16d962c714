"""What only today's value tells."""

from __future__ import annotations

from bgml.sources.history import Undated, static_columns, static_line


def test_the_line_for_the_settings_names_columns_once_and_plainly() -> None:
    undated = [Undated("accounts.industry", "x"), Undated("people.title", "x"), Undated("signals from lead.csv (3)", "x")]
    assert static_columns(undated) == ["industry", "title"]
    assert static_line(static_columns(undated)) == 'static = ["industry", "title"]'

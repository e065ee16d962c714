"""Tables of acts that nothing reads are told from others by their names."""

from __future__ import annotations

import pytest

from bgml.sources.mapping.unread import Unread, looks_like_acts, unread_acts
from bgml.sources.raw import Place, RawTable

ACTS = ["activity_ask_chat_bot", "marketo_activity_x_data", "engagement_sms", "live_chat_transcript", "email_event_open", "voice_call"]
OTHERS = ["activity_type", "event_relation", "task_history", "price_book", "property_option_data", "platform", "call_center_settings"]


@pytest.mark.parametrize("name", ACTS)
def test_acts(name: str) -> None:
    assert looks_like_acts(name)


@pytest.mark.parametrize("name", OTHERS)
def test_no_acts(name: str) -> None:
    assert not looks_like_acts(name)


def test_rows_are_counted_without_opening_what_would_have_to_be_fetched() -> None:
    def fetched() -> RawTable:
        raise AssertionError("all of it would travel")

    opened = RawTable("visits", "visits.csv", "SELECT 1", ("id",), 3)
    places = [Place("visits", "visits.csv", lambda: opened), Place("calls", "db: calls", fetched, lambda: 7), Place("color", "x", fetched)]
    assert unread_acts(places) == (Unread("visits", "visits.csv", 3), Unread("calls", "db: calls", 7))

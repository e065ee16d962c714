"""What the tables lack is said with what it means."""

from __future__ import annotations

import datetime

import pandas as pd

from bgml.data.dataset import open_tables
from bgml.data.overview import overview


def missing(every):
    return {gap.missing: gap.means for gap in overview(open_tables(every)).gaps}


def test_spans_and_outcomes(every):
    found = overview(open_tables(every))
    assert [span.category for span in found.spans] == ["named", "anonymous", "qualified_lead", "third_party_intent"]
    assert (found.spans[0].signals, found.spans[0].accounts) == (15, 3)
    assert (found.spans[0].first, found.spans[0].last) == (datetime.date(2024, 1, 1), datetime.date(2024, 2, 26))
    assert found.outcomes == {"open": 1, "won": 1, "lost": 1}
    assert found.document()["categories"][0]["first"] == "2024-01-01"
    assert found.document()["missing"] == [{"missing": "no accounts.owner", "means": "no lists per seller"}]


def test_what_bare_tables_lack(every):
    bare = {
        "accounts": every["accounts"][["account_id"]],
        "signals": every["signals"][every["signals"]["category"] == "anonymous"].drop(columns=["recorded_at", "visitor_id", "person_id"]),
        "opportunities": every["opportunities"].head(1).drop(columns="amount").assign(created_at=pd.Timestamp("2024-02-10")),
    }
    assert list(missing(bare)) == [
        "no named signal",
        "no qualified_lead signal",
        "no third_party_intent signal",
        "no signals.person_id",
        "no signals.visitor_id",
        "no signals.recorded_at",
        "no opportunities.amount",
        "no opening dates",
        "no lost opportunity",
        "no title, department, seniority or role of people",
        "no firmographics of accounts",
        "no accounts.owner",
        "no table touches",
        "no table opportunity_contacts",
    ]


def test_gaps_within_a_column(every):
    every["opportunities"]["currency"] = ["EUR", "USD", "EUR"]
    every["opportunities"]["amount"] = [None, 5.0, 6.0]
    del every["people"]["valid_from"]
    gaps = missing(every)
    assert "no amount for 1 of 1 won opportunities" in gaps
    assert "one currency for all amounts (2 are used)" in gaps
    assert "no people.valid_from" in gaps
    every["opportunities"] = every["opportunities"].tail(2)
    every["opportunity_contacts"]["opportunity_id"] = "o1"
    assert "no won opportunity" in missing(every)

"""Tables of a few wins, each with a fate of its own, for the tests of readiness."""

from __future__ import annotations

from typing import Any

import pandas as pd

from bgml.config import Settings, settings_from
from bgml.data.dataset import Dataset, open_tables

Win = tuple[str, str, str, str]
Act = tuple[str, str, str]


def settings(**sections: Any) -> Settings:
    """Settings with a horizon of 60 days and two wins enough, unless said otherwise."""
    given = {"project": {"name": "t"}, "outcome": {"horizon": 60}, "check": {"min_won": 2}}
    return settings_from(given | sections, "test")


def tables(wins: list[Win], acts: list[Act], **more: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """wins: account, topic, created, won; acts: account, topic, day (each by a person of its own account).

    Account z acts from 2023-01-02 to 2024-12-30 on topic x every other week, so that there is history; its people never buy.
    """
    history = [("z", "x", str(day.date())) for day in pd.date_range("2023-01-02", "2024-12-30", freq="14D")]
    every = pd.DataFrame([*history, *acts], columns=["account_id", "topic", "occurred_at"])
    signals = every.assign(
        occurred_at=pd.to_datetime(every["occurred_at"], format="ISO8601").astype("datetime64[us]"),
        signal_id=[f"s{number}" for number in range(len(every))],
        person_id="of " + every["account_id"],
        category="named",
        action="visit",
    )
    deals = pd.DataFrame(wins, columns=["account_id", "topic", "created_at", "closed_at"])
    for column in ("created_at", "closed_at"):
        deals[column] = pd.to_datetime(deals[column], format="ISO8601").astype("datetime64[us]")
    deals = deals.assign(opportunity_id=[f"o{number}" for number in range(len(deals))], outcome="won")
    accounts = pd.DataFrame({"account_id": sorted({*signals["account_id"], *deals["account_id"]})})
    return {"accounts": accounts, "signals": signals, "opportunities": deals} | more


def dataset(wins: list[Win], acts: list[Act], **more: pd.DataFrame) -> Dataset:
    """The dataset of such tables."""
    return open_tables(tables(wins, acts, **more))

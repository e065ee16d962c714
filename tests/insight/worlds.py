"""Small worlds of a few accounts for insight: signals and deals written line by line."""

from __future__ import annotations

from itertools import count
from typing import Any

import pandas as pd

from bgml.config import Settings, settings_from
from bgml.data.dataset import Dataset, open_tables

DAY = pd.Timestamp("2024-06-01")


def settings(**changes: Any) -> Settings:
    return settings_from({"project": {"name": "world"}, **changes}, "test")


def at(days: float) -> pd.Timestamp:
    """A moment so many days after DAY."""
    return DAY + pd.Timedelta(days=days)


class World:
    """Tables put together row by row; the first signal lies 200 days before DAY, the data ends 400 days after it."""

    def __init__(self) -> None:
        self._number = count()
        self.accounts: dict[str, dict[str, Any]] = {}
        self.signals: list[dict[str, Any]] = []
        self.deals: list[dict[str, Any]] = []
        self.people: list[dict[str, Any]] = []
        self.contacts: list[dict[str, Any]] = []
        self.act(-200, "edge", "edge", person="edge")
        self.act(399, "edge", "edge", person="edge")

    def act(
        self, day: float, account: str, topic: str = "ai", *, person: str | None = None, visitor: str | None = None,
        category: str = "named", recorded: float | None = None,
    ) -> str:  # fmt: skip
        """A signal; gives its id."""
        self.accounts.setdefault(account, {})
        name = f"s{next(self._number):06d}"
        recorded_at = None if recorded is None else at(recorded)
        self.signals.append({
            "signal_id": name, "account_id": account, "person_id": person, "visitor_id": visitor, "topic": topic,
            "category": category, "action": "visit", "occurred_at": at(day), "recorded_at": recorded_at,
        })  # fmt: skip
        return name

    def mql(self, day: float, account: str, topic: str = "ai", *, person: str | None = "lead", **more: Any) -> str:
        return self.act(day, account, topic, person=person, category="qualified_lead", **more)

    def deal(self, created: float, account: str, topic: str = "ai", *, closed: float | None = None, won: bool = False, **more: Any) -> str:
        self.accounts.setdefault(account, {})
        name = f"o{next(self._number):06d}"
        outcome = "open" if closed is None else "won" if won else "lost"
        closed_at = None if closed is None else at(closed)
        row = {"opportunity_id": name, "account_id": account, "topic": topic, "created_at": at(created), "closed_at": closed_at}
        self.deals.append({**row, "outcome": outcome, **more})
        return name

    def frames(self) -> dict[str, pd.DataFrame]:
        signals = pd.DataFrame(self.signals)
        for column in ("occurred_at", "recorded_at"):
            signals[column] = pd.to_datetime(signals[column])
        made = {"accounts": pd.DataFrame([{"account_id": name, **facts} for name, facts in self.accounts.items()]), "signals": signals}
        if self.deals:
            deals = pd.DataFrame(self.deals)
            deals["closed_at"] = pd.to_datetime(deals["closed_at"])
            made["opportunities"] = deals
        if self.people:
            made["people"] = pd.DataFrame(self.people)
        if self.contacts:
            made["opportunity_contacts"] = pd.DataFrame(self.contacts)
        return made

    def dataset(self) -> Dataset:
        return open_tables(self.frames(), unneeded=("opportunities",))

"""What is known at a date of the deals there were: the latest of each group, how long a win takes, in which currency."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pandas as pd

from bgml.data.dataset import Dataset

FEW = 10
"""Wins below which their median length says little."""


@dataclass(frozen=True)
class Deals:
    """The opportunities created before a date, as far as drafts depend on them.

    of_group, of_account: the id of the opportunity created last; busy: the accounts with an open one; cycle: median days from creation
    to won, None for fewer than FEW wins; currency: of all won amounts, None where it is unknown or not one.
    """

    of_group: Mapping[tuple[Any, Any], Any]
    of_account: Mapping[Any, Any]
    busy: frozenset[Any]
    cycle: int | None
    currency: str | None

    def close_date(self, as_of: date, horizon: int) -> date:
        """When an opportunity created at `as_of` may close: after the usual time, else at the end of the horizon."""
        return as_of + timedelta(days=horizon if self.cycle is None else self.cycle)


def known(dataset: Dataset, as_of: date) -> Deals:
    """The deals as they were known at a date; nothing later counts."""
    day, rows = pd.Timestamp(as_of), dataset.frame("opportunities")
    rows = rows[rows["created_at"] < day].sort_values(["created_at", "opportunity_id"], kind="stable")
    closed = rows["closed_at"] < day
    won = rows[closed & (rows["outcome"] == "won")]
    days = (won["closed_at"] - won["created_at"]).dt.days
    currencies = set(won.loc[won["amount"].notna(), "currency"].dropna())
    return Deals(
        of_group=dict(zip(zip(rows["account_id"], rows["topic"], strict=True), rows["opportunity_id"], strict=True)),
        of_account=dict(zip(rows["account_id"], rows["opportunity_id"], strict=True)),
        busy=frozenset(rows.loc[~closed, "account_id"]),
        cycle=int(days.median()) if len(days) >= FEW else None,
        currency=currencies.pop() if len(currencies) == 1 else None,
    )

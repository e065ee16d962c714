"""Which groups are candidates at an as-of date: rule 3, the part that opportunities decide."""

from __future__ import annotations

import numpy as np
import pandas as pd

from bgml.data.people import day_numbers
from bgml.groups.outcomes import NEVER


def dated(opportunities: pd.DataFrame) -> pd.DataFrame:
    """Opportunities with whole days: account_id, topic, opportunity_id, created_day, closed_day, won, lost.

    closed_day is NEVER for an open opportunity. Nothing of an opportunity is known before its created_day has passed, its
    outcome not before its closed_day has.
    """
    won, lost = ((opportunities["outcome"] == outcome).to_numpy(bool) for outcome in ("won", "lost"))
    closed = day_numbers(opportunities["closed_at"], NEVER)
    return opportunities[["account_id", "topic", "opportunity_id"]].assign(
        created_day=day_numbers(opportunities["created_at"], NEVER),
        closed_day=np.where(won | lost, closed, NEVER),
        won=won,
        lost=lost,
    )


def blocked_spans(opportunities: pd.DataFrame, customer_days: int) -> pd.DataFrame:
    """The as-of days on which a pair is no candidate: account_id, topic, from_day, to_day (half open, int64).

    A pair is blocked while an opportunity of it is open (created_day < D <= closed_day) and for customer_days after
    one was won (D - customer_days <= closed_day < D).

    opportunities: as `dated` gives them.
    """
    created = opportunities["created_day"].to_numpy(np.int64)
    closed = opportunities["closed_day"].to_numpy(np.int64)
    free = np.where(closed == NEVER, NEVER, closed + 1 + np.where(opportunities["won"], customer_days, 0))
    return opportunities[["account_id", "topic"]].assign(from_day=created + 1, to_day=free)

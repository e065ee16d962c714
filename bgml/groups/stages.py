"""How far a group is, from the last stage backwards: closed, in pipeline, qualified, engaged, identified."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from bgml.config import StagesSection
from bgml.data.people import day_numbers
from bgml.groups.candidates import dated
from bgml.groups.dates import day_number
from bgml.groups.outcomes import NEVER

IDENTIFIED, ENGAGED, QUALIFIED, PIPELINE, CLOSED = "identified", "engaged", "qualified", "in pipeline", "closed"
STAGES = (IDENTIFIED, ENGAGED, QUALIFIED, PIPELINE, CLOSED)
"""In the order in which a group passes through them (ServiceNow, Adobe, Demandbase)."""


def stages(groups: pd.DataFrame, settings: StagesSection) -> pd.Series:
    """The stage of each candidate: qualified, engaged or identified.

    groups: active (members of the last `active_days`), present (members that are not dark), coverage (share of the required roles
    among the known ones of them, NaN where nothing is required). Qualified: enough members that are not dark, who cover enough.
    Engaged: enough active ones.

    >>> groups = pd.DataFrame({"active": [0, 2, 2], "present": [1, 2, 4], "coverage": [0.0, 0.25, 0.5]})
    >>> stages(groups, StagesSection()).tolist()
    ['identified', 'engaged', 'qualified']
    """
    covered = groups["coverage"].isna() | (groups["coverage"] >= settings.qualified_coverage)
    qualified = (groups["present"] >= settings.qualified_people) & covered
    told = np.select([qualified, groups["active"] >= settings.engaged_people], [QUALIFIED, ENGAGED], IDENTIFIED)
    return pd.Series(told, groups.index, dtype="object")


def deal_stage(opportunities: pd.DataFrame, as_of: date, customer_days: int) -> str | None:
    """The stage that the opportunities of one account and topic give it at a date; None where they give none.

    in pipeline: one is open at the date; closed: the last one was won within `customer_days` before it, or lost within as many.
    opportunities: rows of the table of opportunities.
    """
    if opportunities.empty:
        return None
    deals, day = dated(opportunities), day_number(as_of)
    known = deals[day_numbers(opportunities["created_at"], NEVER) < day]
    if (known["closed_day"] >= day).any():
        return PIPELINE
    return CLOSED if (known["closed_day"] >= day - customer_days).any() else None

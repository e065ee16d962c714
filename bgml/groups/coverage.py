"""How much of the committee a purchase requires is there: coverage of required roles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd


def coverage(assigned: pd.DataFrame, required: Mapping[str, int]) -> pd.Series:
    """The share of required roles that is filled, per group: per role min(assigned / required, 1), averaged over the roles.

    `assigned` has a row per group and a column per role with the number of people in it; a role without a column has none.
    NaN where nothing is required. The formula is "completeness" of Adobe Journey Optimizer B2B.

    >>> coverage(pd.DataFrame({"finance": [2, 0], "legal": [0, 1]}), {"finance": 1, "legal": 2}).tolist()
    [0.5, 0.25]
    """
    roles = [role for role, number in required.items() if number > 0]
    counts = assigned.reindex(columns=roles, fill_value=0)
    return (counts / pd.Series(required)[roles]).clip(upper=1).mean(axis="columns") if roles else pd.Series(float("nan"), assigned.index)


def missing_roles(assigned: Mapping[str, int], required: Mapping[str, int]) -> Sequence[str]:
    """The required roles that fewer people than required fill, in the order in which they are required.

    >>> missing_roles({"finance": 1}, {"champion": 1, "finance": 1, "practitioner": 2})
    ['champion', 'practitioner']
    """
    return [role for role, number in required.items() if assigned.get(role, 0) < number]

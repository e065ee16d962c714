"""What a route means for the list: which groups may be selected."""

from __future__ import annotations

import pandas as pd

LEAD, ACCOUNT, GROUP = "lead", "account", "group"


def stands_for_account(groups: pd.DataFrame) -> pd.Series:
    """Whether a row may be selected by its route: an account that is worked as one is worked through its best-ranked group.

    groups: account_id and route, in rank order.
    """
    return (groups["route"] != ACCOUNT) | ~groups["account_id"].duplicated()

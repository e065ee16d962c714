"""What a route means for the list: which groups may be selected, what else an account's row stands for, which people a lead row names."""

from __future__ import annotations

import pandas as pd

LEAD, ACCOUNT, GROUP = "lead", "account", "group"


def stands_for_account(groups: pd.DataFrame) -> pd.Series:
    """Whether a row may be selected by its route: an account that is worked as one is worked through its best-ranked group.

    groups: account_id and route, in rank order.
    """
    return (groups["route"] != ACCOUNT) | ~groups["account_id"].duplicated()


def other_topics(ranking: pd.DataFrame) -> pd.Series:
    """The topics that a row stands for besides its own, best-ranked first: lists, empty but for the first row of an account worked as one.

    ranking: account_id, topic, route, in rank order.
    """
    as_one = ranking[ranking["route"] == ACCOUNT]
    several = as_one[as_one["account_id"].duplicated(keep=False)]
    others = {rows.index[0]: rows["topic"].iloc[1:].tolist() for _, rows in several.groupby("account_id", sort=False)}
    return pd.Series([others.get(row, []) for row in ranking.index], index=ranking.index, dtype=object)


def leads(ranking: pd.DataFrame, members: pd.DataFrame) -> pd.DataFrame:
    """The people to work one by one: known members of the selected groups whose route is lead, in rank order.

    ranking: rank, account_id, topic, owner, route, selected; members: as members.parquet has them. Within a group the most active of the
    last four weeks come first, then of the last 91 days, then by id. The columns are rank and owner, then those of members.
    """
    chosen = ranking.loc[ranking["selected"] & (ranking["route"] == LEAD), ["rank", "owner", "account_id", "topic"]]
    known = members[members["person_id"].notna()]
    found = known.merge(chosen, on=["account_id", "topic"])
    order = found.assign(last=-found["actions_28d"], before=-found["actions_91d"])
    found = found.loc[order.sort_values(["rank", "last", "before", "person_id"], kind="stable").index]
    return found[["rank", "owner", *members.columns]].reset_index(drop=True)

"""The MQLs since a date as a list: which of them are the tip of a group, who is in it, and which pairs sales has already."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa

from bgml.insight.pilot.mqls import GROUP, Mqls, entries

if TYPE_CHECKING:
    from datetime import date

    from bgml.data.dataset import Dataset

STATUSES = ("potential", "in_pipeline", "customer", "single")
"""What an entry can be, in the order of the list."""
COLUMNS = (
    "status", "account_id", "account_name", "owner", "topic", "mql_at", "mqls", "mql_person", "mql_name", "others", "visitors", "people",
    "names", "actions", "last_seen", "opportunity_since",
)  # fmt: skip

KINDS = {
    **dict.fromkeys(("status", "account_name", "owner", "mql_name"), pa.string()),
    **dict.fromkeys(("mqls", "others", "visitors", "actions"), pa.int64()),
    **dict.fromkeys(("people", "names"), pa.list_(pa.string())),
    **dict.fromkeys(("mql_at", "last_seen", "opportunity_since"), pa.timestamp("us")),
}
"""The Arrow type of each column but the ids, which are text or integers as in the tables."""


def potential(dataset: Dataset, found: Mqls, since: date, lookback: int) -> pd.DataFrame:
    """One row per entry of MQLs known on or after `since`, in COLUMNS; potential groups first, of these the largest nobody has opened a
    deal with since.

    An entry is a pair's MQLs within `lookback` days of its first. It stands at the first of them that had two or more others
    before it, else at its first. people, names: the others, most active first, as lists of text (names empty where unknown).
    actions: what they did in the lookback. opportunity_since: the day the pair's first opportunity after the MQL was created.
    """
    rows = found.rows[found.rows["at"] >= pd.Timestamp(since)].reset_index(drop=True)
    listed = _listed(rows, lookback)
    who = _people(found.active[found.active["person_id"].notna()], listed, _names(dataset))
    accounts = dataset.frame("accounts").set_index("account_id")
    listed = listed.merge(who, on="signal_id", how="left").assign(
        account_name=lambda rows: rows["account_id"].map(accounts["name"]),
        owner=lambda rows: rows["account_id"].map(accounts["owner"]),
        mql_name=lambda rows: rows["person_id"].map(_names(dataset)),
        opportunity_since=_opened(listed, dataset.frame("opportunities")),
    )
    listed["actions"] = listed["actions"].fillna(0).astype(int)
    for column in ("people", "names"):
        listed[column] = [value if isinstance(value, list) else [] for value in listed[column]]
    listed = listed.rename(columns={"at": "mql_at", "person_id": "mql_person"})
    listed = listed.assign(place=listed["status"].map(STATUSES.index).astype(int), taken=listed["opportunity_since"].notna())
    listed = listed.sort_values(["place", "taken", "others", "mql_at"], ascending=[True, True, False, False], kind="stable")
    return listed.reset_index(drop=True)[list(COLUMNS)]


def _listed(rows: pd.DataFrame, lookback: int) -> pd.DataFrame:
    """The row that stands for each entry, with the number of its MQLs and its status."""
    rows = rows.assign(entry=entries(rows, lookback), alone=rows["others"] < GROUP)
    size = rows.groupby("entry").size()
    first = rows.sort_values(["entry", "alone"], kind="stable").drop_duplicates("entry")
    status = np.where(first["alone"], "single", "potential")
    status = np.where(first["standing"] != "", first["standing"], status)
    return first.assign(mqls=first["entry"].map(size), status=status).reset_index(drop=True)


def _names(dataset: Dataset) -> pd.Series:
    """The newest name of each person in the people table, by id."""
    people = dataset.frame("people")
    named = people[people["name"].notna()].sort_values("valid_from", kind="stable", na_position="first")
    return named.drop_duplicates("person_id", keep="last").set_index("person_id")["name"].astype(object)


def _people(active: pd.DataFrame, listed: pd.DataFrame, names: pd.Series) -> pd.DataFrame:
    """The others of each entry: signal_id, people, names, actions, last_seen."""
    rows = active[active["signal_id"].isin(listed["signal_id"])]
    rows = rows.sort_values(["signal_id", "actions", "person_id"], ascending=[True, False, True], kind="stable")
    name = rows["person_id"].map(names)
    rows = rows.assign(people=rows["person_id"].astype(str), names=name.where(name.notna(), "").astype(object))
    grouped = rows.groupby("signal_id", sort=False)
    found = grouped.agg(people=("people", list), names=("names", list), actions=("actions", "sum"), last_seen=("last_seen", "max"))
    return found.reset_index()


def _opened(listed: pd.DataFrame, opportunities: pd.DataFrame) -> pd.Series:
    """When the first opportunity of the pair was created at or after each entry's MQL; NaT for none."""
    pairs = listed[["account_id", "topic", "at"]].reset_index(names="row")
    both = pairs.merge(opportunities[["account_id", "topic", "created_at"]], on=["account_id", "topic"])
    after = both[both["created_at"] >= both["at"]]
    return after.groupby("row")["created_at"].min().reindex(range(len(listed)))


def table(listed: pd.DataFrame) -> pa.Table:
    """The list as Arrow, as files hold it: the kinds of its columns do not depend on the rows."""
    columns = {}
    for name in COLUMNS:
        values = [None if _absent(value) else value for value in listed[name].tolist()]
        columns[name] = pa.array(values, KINDS.get(name))
    return pa.table(columns)


def called(name: object, of: object) -> str:
    """A name where there is one, else the id, else nothing."""
    return next((str(value) for value in (name, of) if not _absent(value)), "")


def _absent(value: Any) -> bool:  # noqa: ANN401  (a cell of any kind)
    return not isinstance(value, list) and bool(pd.isna(value))

"""Every MQL with how many others of the account were active on its topic before it arrived, and what the pair was to sales then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bgml.insight.activity import active_before

if TYPE_CHECKING:
    import numpy.typing as npt

    from bgml.config import Settings
    from bgml.data.dataset import Dataset

GROUP = 2
"""Additional people that make an MQL a potential buying group (rule of the "MQL plus insight" pilot)."""
CATEGORY = "qualified_lead"


@dataclass(frozen=True)
class Mqls:
    """MQLs in order of pair and time, and who was active before each.

    rows: signal_id, account_id, topic, person_id, visitor_id, at (when it was known, naive UTC), others (known people besides the
    MQL's own), visitors, standing ("in_pipeline", "customer" or ""). active: signal_id, person_id, visitor_id, actions, last_seen; the
    MQL's own person and visitor are not among them. excluded: MQLs of `groups.exclude_accounts`, which are left out.
    """

    rows: pd.DataFrame
    active: pd.DataFrame
    excluded: int


def mqls(dataset: Dataset, settings: Settings) -> Mqls:
    """All MQLs of a dataset; colleagues count when active within `groups.lookback` days before the MQL."""
    signals = dataset.table("signals")
    leads = signals.filter(signals.category == CATEGORY)
    moments = leads.select(key="signal_id", account_id="account_id", topic="topic", at="known_at")
    rows = dataset.read(leads.select("signal_id", "account_id", "topic", "person_id", "visitor_id", at="known_at"))
    rows = rows.sort_values(["account_id", "topic", "at", "signal_id"], kind="stable", ignore_index=True)
    active = active_before(dataset, moments, settings.groups.lookback).rename(columns={"key": "signal_id"})
    active = _others(active, rows)
    barred = set(map(str, settings.groups.exclude_accounts))
    kept = ~rows["account_id"].astype(str).isin(barred)
    excluded, rows = int((~kept).sum()), rows[kept].reset_index(drop=True)
    rows = rows.assign(
        others=_counted(rows, active[active["person_id"].notna()]),
        visitors=_counted(rows, active[active["visitor_id"].notna()]),
        standing=standings(rows, dataset.frame("opportunities"), settings.groups.customer_days),
    )
    return Mqls(rows, active, excluded)


def _others(active: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Those active who are not the one the MQL is about."""
    own = rows[["signal_id", "person_id", "visitor_id"]].rename(columns={"person_id": "own", "visitor_id": "own_visitor"})
    joined = active.merge(own, on="signal_id", how="left", validate="many_to_one")
    same = (joined["person_id"] == joined["own"]).fillna(False) | (
        (joined["visitor_id"] == joined["own_visitor"]).fillna(False) & joined["own"].isna()
    )
    kept: pd.DataFrame = joined[~same.to_numpy(bool)].drop(columns=["own", "own_visitor"]).reset_index(drop=True)
    return kept


def _counted(rows: pd.DataFrame, active: pd.DataFrame) -> npt.NDArray[np.int64]:
    counts = rows["signal_id"].map(active["signal_id"].value_counts()).fillna(0)
    return np.asarray(counts, np.int64)


def standings(rows: pd.DataFrame, opportunities: pd.DataFrame, customer_days: int) -> npt.NDArray[np.object_]:
    """What each pair (account_id, topic) was at its moment (at): "in_pipeline" with an open opportunity, else "customer" when one
    was won within `customer_days` before, else ""."""
    deals = opportunities[["account_id", "topic", "created_at", "closed_at", "outcome"]]
    pairs = rows[["account_id", "topic", "at"]].reset_index(drop=True).reset_index(names="row")
    both = pairs.merge(deals, on=["account_id", "topic"])
    begun = both["created_at"] < both["at"]
    is_open = begun & (both["closed_at"].isna() | (both["closed_at"] >= both["at"]))
    recent = both["closed_at"] >= both["at"] - pd.Timedelta(days=customer_days)
    won = (both["outcome"] == "won") & (both["closed_at"] < both["at"]) & recent
    found = np.full(len(rows), "", object)
    found[both.loc[won, "row"]] = "customer"
    found[both.loc[is_open, "row"]] = "in_pipeline"
    return found


def entries(rows: pd.DataFrame, lookback: int) -> npt.NDArray[np.int64]:
    """The number of the entry of each row (account_id, topic, at; in that order): a pair's MQLs of `lookback` days."""
    pair: Any = rows.groupby(["account_id", "topic"], sort=False).ngroup().to_numpy()
    day = rows["at"].to_numpy("datetime64[us]")
    span, number, begun = np.timedelta64(lookback, "D"), -1, 0
    found = np.zeros(len(rows), np.int64)
    for place in range(len(rows)):
        if number < 0 or pair[place] != pair[begun] or day[place] > day[begun] + span:
            number, begun = number + 1, place
        found[place] = number
    return found

"""Every opportunity with the group that was active before it was created."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bgml.data.people import day_numbers, versions
from bgml.groups.outcomes import main_currency
from bgml.insight.activity import active_before

if TYPE_CHECKING:
    from datetime import date

    import numpy.typing as npt

    from bgml.config import Settings
    from bgml.data.dataset import Dataset
    from bgml.data.roles import Roles
    from bgml.data.topics import Topics

BANDS = ("lower third", "middle third", "upper third")
SECONDS = 86_400
KNOWN_AMOUNTS = 0.8
"""The share of won and of lost deals that must have an amount for bands of amount to be told apart."""


@dataclass(frozen=True)
class Deals:
    """Opportunities and what was known before each.

    rows: opportunity_id, account_id, topic, segment, outcome, created_at, closed_at, amount, currency, band (of amount, null where bands
    do not help), days (created to closed), people, actions (of known people), engaged, roles (required ones among those people), required.
    excluded: deals of `groups.exclude_accounts`; early: deals created before the signals were `impact.days` old. Neither is in rows.
    """

    rows: pd.DataFrame
    currency: str | None
    excluded: int
    early: int


def deals(dataset: Dataset, settings: Settings, roles: Roles, topics: Topics, since: date | None = None) -> Deals:
    """All opportunities (created since a date) that have `impact.days` of signals before them. A group is engaged with
    `impact.min_people` known people and `impact.min_actions` signals of theirs."""
    table = dataset.frame("opportunities")
    if since is not None:
        table = table[table["created_at"] >= pd.Timestamp(since)].reset_index(drop=True)
    barred = set(map(str, settings.groups.exclude_accounts))
    kept = ~table["account_id"].astype(str).isin(barred)
    full = day_numbers(table["created_at"], 0) >= dataset.first_day + settings.impact.days
    rows = table[kept & full].reset_index(drop=True)
    segments = dataset.frame("accounts").set_index("account_id")["segment"].astype(object)
    currency = main_currency(table)
    rows = rows.assign(
        segment=rows["account_id"].map(segments),
        currency=rows["currency"].astype(object).where(rows["currency"].notna(), currency),
        days=(rows["closed_at"] - rows["created_at"]).dt.total_seconds() / SECONDS,
    )
    rows = rows.assign(band=_bands(rows, currency), **_engaged(dataset, rows, settings, roles, topics))
    return Deals(rows, None if currency is None else str(currency), int((~kept).sum()), int((kept & ~full).sum()))


def _engaged(dataset: Dataset, rows: pd.DataFrame, settings: Settings, roles: Roles, topics: Topics) -> dict[str, npt.NDArray[np.int64]]:
    """people, actions, engaged, roles and required of each opportunity."""
    table = dataset.table("opportunities")
    moments = table.select(key="opportunity_id", account_id="account_id", topic="topic", at="created_at")
    active = active_before(dataset, moments, settings.impact.days)
    active = active[active["person_id"].notna()]
    ids = rows["opportunity_id"]
    people = ids.map(active["key"].value_counts()).fillna(0).to_numpy(np.int64)
    actions = ids.map(active.groupby("key")["actions"].sum()).fillna(0).to_numpy(np.int64)
    engaged = (people >= settings.impact.min_people) & (actions >= settings.impact.min_actions)
    required = {topic: topics.required_roles(topic) for topic in rows["topic"].unique()}
    filled = _filled(active, rows, versions(dataset.frame("people"), roles, settings.data.static), required)
    return {
        "people": people,
        "actions": actions,
        "engaged": engaged.astype(np.int64),
        "roles": ids.map(filled).fillna(0).to_numpy(np.int64),
        "required": rows["topic"].map(lambda topic: len(required[topic])).to_numpy(np.int64),
    }


def _filled(active: pd.DataFrame, rows: pd.DataFrame, people: pd.DataFrame, required: dict[str, tuple[str, ...]]) -> pd.Series:
    """How many of the topic's required roles were among the active people, by what was known of them when it was created."""
    at = rows[["opportunity_id", "topic"]].assign(day=day_numbers(rows["created_at"], 0))
    who = active[["key", "person_id"]].merge(at, left_on="key", right_on="opportunity_id")
    held = who.merge(people[["person_id", "from_day", "to_day", "role"]], on="person_id")
    held = held[(held["from_day"] <= held["day"]) & (held["day"] < held["to_day"]) & held["role"].notna()]
    wanted = [role in required[topic] for role, topic in zip(held["role"], held["topic"], strict=True)]
    return held[np.array(wanted, bool)].groupby("key")["role"].nunique()


def _bands(rows: pd.DataFrame, currency: object) -> pd.Series:
    """The third of closed deals' amounts each deal lies in, in the main currency; null everywhere where too few amounts are known.

    Where only won deals have amounts a band would tell the outcome, so both must have them.
    """
    amount = rows["amount"].where(rows["currency"].isna() if currency is None else rows["currency"] == currency)
    closed = rows["outcome"] != "open"
    none = pd.Series(None, index=rows.index, dtype=object)
    for outcome in ("won", "lost"):
        own = amount[rows["outcome"] == outcome]
        if len(own) and own.notna().mean() < KNOWN_AMOUNTS:
            return none
    if not (amount[closed].notna()).any():
        return none
    edges = np.quantile(amount[closed].dropna(), [1 / 3, 2 / 3])
    third = np.searchsorted(edges, amount.fillna(0).to_numpy(), side="left")
    return pd.Series(np.array(BANDS, object)[third], index=rows.index).where(amount.notna(), None)

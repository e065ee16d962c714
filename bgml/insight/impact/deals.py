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
    held = _roles(dataset, active.merge(rows, left_on="key", right_on="opportunity_id"), settings, roles)
    wanted = [role in required[topic] for role, topic in zip(held["role"], held["topic"], strict=True)]
    filled = held[np.array(wanted, bool)].groupby("key")["role"].nunique()
    return {
        "people": people,
        "actions": actions,
        "engaged": engaged.astype(np.int64),
        "roles": ids.map(filled).fillna(0).to_numpy(np.int64),
        "required": rows["topic"].map(lambda topic: len(required[topic])).to_numpy(np.int64),
    }


def _roles(dataset: Dataset, who: pd.DataFrame, settings: Settings, roles: Roles) -> pd.DataFrame:
    """The role of each active person (key, person_id, account_id, topic, created_at) as known before the deal: key, topic, role.

    The contact role on an earlier deal of the account goes before what the table of people says, as for the members of a ranking.
    """
    who = who[["key", "person_id", "account_id", "topic", "created_at"]].assign(day=day_numbers(who["created_at"], 0))
    people = versions(dataset.frame("people"), roles, settings.data.static)[["person_id", "from_day", "to_day", "role"]]
    described = who.merge(people, on="person_id")
    described = described[(described["from_day"] <= described["day"]) & (described["day"] < described["to_day"])]
    told = pd.concat([_contact_roles(dataset, who, roles), described[["key", "person_id", "topic", "role"]]], ignore_index=True)
    return told[told["role"].notna()].drop_duplicates(["key", "person_id"])[["key", "topic", "role"]]


def _contact_roles(dataset: Dataset, who: pd.DataFrame, roles: Roles) -> pd.DataFrame:
    """Contact roles known before each deal, from other deals of the account, the same topic first, then the latest: key, person_id, topic,
    role."""
    contacts, table = dataset.frame("opportunity_contacts"), dataset.frame("opportunities")
    on = table[["opportunity_id", "account_id", "topic", "created_at", "closed_at"]].rename(
        columns={"topic": "other", "created_at": "begun"}
    )
    said = contacts.merge(on, on="opportunity_id")
    known = said["added_at"].fillna(said["closed_at"])
    said = said.assign(known=known.where(known.isna() | (known >= said["begun"]), said["begun"]), role=roles.stated(said["role"])["role"])
    both = who.merge(said[["account_id", "person_id", "other", "known", "role"]], on=["account_id", "person_id"])
    both = both[(both["known"] < both["created_at"]) & both["role"].notna()]
    both = both.assign(same=both["other"] == both["topic"]).sort_values(["same", "known"], kind="stable")
    latest = both.drop_duplicates(["key", "person_id"], keep="last")
    return latest[["key", "person_id", "topic", "role"]]


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

"""The accounts behind candidates: the facts that [routes] decides by, at each date, and the route of every candidate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bgml.groups.outcomes import closed_deals
from bgml.groups.routes.deal_size import deal_sizes
from bgml.groups.routes.rules import route, stated
from bgml.groups.routes.stakeholders import stakeholders

if TYPE_CHECKING:
    from collections.abc import Collection

    from bgml.config import RoutesSection
    from bgml.data.dataset import Dataset

FACTS = ("segment", "amount", "people", "topics")


def routes(keys: pd.DataFrame, dataset: Dataset, section: RoutesSection) -> pd.Categorical:
    """The route of each candidate's account at its date: lead, account or group.

    keys: as_of, account_id, topic of all candidates of one date or of many. Segments are today's; everything else is what was known
    before the date, so that a past ranking and an evaluation tell the same.
    """
    facts, place = account_facts(keys, dataset, stated(section))
    found = route(facts, section)
    return pd.Categorical.from_codes(found.codes[place], found.categories)


def account_facts(
    keys: pd.DataFrame, dataset: Dataset, wanted: Collection[str] = FACTS
) -> tuple[pd.DataFrame, npt.NDArray[np.int64]]:
    """What the rules read of each account and date (as_of, account_id and the `wanted` of FACTS), and the row of each candidate in it.

    segment: text or null. amount: what a win brings (see `deal_size`). people: persons and visitors active on any topic in the 91 days
    before. topics: its candidates of that date.
    """
    days, date = np.unique(keys["as_of"].to_numpy("datetime64[D]"), return_inverse=True)
    account, account_ids = pd.factorize(keys["account_id"])
    ids = pd.Index(account_ids).astype(object)
    code, place = np.unique(date.astype(np.int64) * len(ids) + account, return_inverse=True)
    of_date, of_account = np.divmod(code, max(len(ids), 1))
    facts: dict[str, Any] = {"as_of": days[of_date].astype("datetime64[s]"), "account_id": ids[of_account]}
    segments = _segments(dataset, ids).iloc[of_account].reset_index(drop=True)
    if "segment" in wanted:
        facts["segment"] = segments
    if "amount" in wanted:
        facts["amount"] = deal_sizes(segments, days[of_date], closed_deals(dataset))
    if "people" in wanted:
        facts["people"] = stakeholders(dataset, ids, days.tolist())[of_account, of_date] if len(days) else np.zeros(0, np.int32)
    if "topics" in wanted:
        facts["topics"] = np.bincount(place, minlength=len(code))
    return pd.DataFrame(facts), place


def _segments(dataset: Dataset, ids: pd.Index) -> pd.Series:
    """The segment of each account as text, null where it has none."""
    accounts = dataset.frame("accounts")
    known = accounts["segment"].notna() & (accounts["segment"].astype("str") != "")
    text = accounts["segment"].astype("str").astype(object).where(known, None)
    return text.set_axis(accounts["account_id"].astype(object)).reindex(ids)

"""Facts about candidates by which a race is sliced: who they are, not what was predicted of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bgml.groups.routes.accounts import routes
from bgml.learning.examples import Examples

if TYPE_CHECKING:
    from bgml.config import RoutesSection
    from bgml.data.dataset import Dataset

OF_ACCOUNT = ("segment", "region", "owner")
SIZES = (1, 2, 3, 6)
SIZE_NAMES = ("1", "2", "3 to 5", "6 or more")
"""Group sizes told apart: a person alone, a pair, the three of domain rule 3, a committee."""


def facts(dataset: Dataset, examples: Examples, section: RoutesSection | None = None) -> pd.DataFrame:
    """A row per example, in order, as categories: topic, segment, region, owner, route, size, mql; what is not known is no column.

    segment, region, owner are today's, missing ones are missing. route: that of the account at the date, where the section has rules;
    `examples` then holds all candidates of its dates, as a ranking does. size: people and visitors active in the 91 days before the date.
    mql: whether a qualified lead of the group was known in those 91 days.
    """
    told: dict[str, Any] = {"topic": pd.Categorical.from_codes(examples.topic, pd.Index([str(topic) for topic in examples.topics]))}
    told |= _of_account(dataset, examples)
    if section is not None and section.rule:
        told["route"] = routes(examples.keys(), dataset, section)
    columns = examples.features
    if "people_91d" in columns and "visitors_91d" in columns:
        people = np.maximum((columns["people_91d"] + columns["visitors_91d"]).to_numpy(np.float64), 1)
        place = np.searchsorted(SIZES, people, side="right") - 1
        told["size"] = pd.Categorical.from_codes(place, pd.Index(SIZE_NAMES), ordered=True)
    if "actions_qualified_lead_91d" in columns:
        told["mql"] = columns["actions_qualified_lead_91d"].to_numpy() > 0
    return pd.DataFrame(told)


def _of_account(dataset: Dataset, examples: Examples) -> dict[str, Any]:
    """Segment, region and owner of each example's account."""
    accounts = dataset.frame("accounts")
    place = pd.Index(accounts["account_id"].astype(object)).get_indexer(pd.Index(examples.accounts))
    found = {}
    for name in OF_ACCOUNT:
        if dataset.has_column("accounts", name):
            text = accounts[name].astype("object").where(accounts[name].notna() & (accounts[name].astype("str") != ""))
            codes, values = pd.factorize(text, sort=True)
            of_account = np.where(place >= 0, codes[np.maximum(place, 0)], -1)
            found[name] = pd.Categorical.from_codes(of_account[examples.account], pd.Index([str(value) for value in values]))
    return found

"""Who was in the pilot, read from a column of the accounts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from bgml.errors import SettingsError, nearest

if TYPE_CHECKING:
    from bgml.data.dataset import Dataset

YES = ("pilot", "true", "yes", "y", "1", "1.0")
"""What a value says, in any case and with blanks around it, that means "in the pilot"; every other value, empty ones too, is control."""
MOST_TOLD = 6


@dataclass(frozen=True)
class Cohort:
    """in_pilot: by account_id; told: how each value of the column was read, with its number of accounts."""

    column: str
    in_pilot: pd.Series
    told: str

    @property
    def usable(self) -> bool:
        """Whether there are accounts on both sides."""
        return bool(self.in_pilot.any() and not self.in_pilot.all())


def cohort(dataset: Dataset, column: str) -> Cohort | None:
    """The pilot accounts by the column that [impact] pilot names; None where it names none. SettingsError when it is not there."""
    if not column:
        return None
    accounts = dataset.frame("accounts")
    if column not in accounts.columns or column == "account_id":
        hint = nearest(column, accounts.columns)
        raise SettingsError(f'[impact] pilot names "{column}", which is no column of accounts that could say who was in the pilot{hint}')
    values = accounts[column].astype(object)
    text = values.where(values.notna(), "").astype(str).str.strip()
    in_pilot = text.str.lower().isin(YES).set_axis(accounts["account_id"])
    return Cohort(column, in_pilot, _told(column, text, in_pilot.to_numpy()))


def _told(column: str, text: pd.Series, in_pilot: object) -> str:
    counts = text.groupby([pd.Series(in_pilot, index=text.index), text]).size()
    parts = []
    for side, name in ((True, "pilot"), (False, "control")):
        own = counts[counts.index.get_level_values(0) == side].droplevel(0).sort_values(ascending=False, kind="stable")
        shown = [f'"{value}" ({number:,})' if value else f"empty ({number:,})" for value, number in own.head(MOST_TOLD).items()]
        more = f" and {len(own) - MOST_TOLD} other values" if len(own) > MOST_TOLD else ""
        parts.append(f"as {name} " + (", ".join(shown) + more if shown else "none"))
    return f"accounts.{column} was read {' and '.join(parts)}, in brackets the accounts."

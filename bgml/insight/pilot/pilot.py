"""The pilot "MQL plus insight": the groups behind the MQLs since a date, and what became of such groups in the past."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from bgml.errors import DataError
from bgml.insight.pilot.history import History, history
from bgml.insight.pilot.mqls import Mqls, mqls
from bgml.insight.pilot.potential import STATUSES, potential

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bgml.config import Settings
    from bgml.data.dataset import Dataset

RECENT = 28
"""Days before the end of the data that are looked at unless a date is given."""


@dataclass(frozen=True)
class Pilot:
    """The entries since a date (columns: `potential.COLUMNS`) and the history; missing says what could not be told."""

    since: datetime.date
    until: datetime.date
    lookback: int
    listed: pd.DataFrame
    history: History
    missing: tuple[str, ...]

    def counts(self) -> dict[str, int]:
        """Entries by status, in the order of the list."""
        return {status: int((self.listed["status"] == status).sum()) for status in STATUSES}

    def sentences(self) -> Iterator[str]:
        """The list in numbers, what is missing, and the past."""
        counts = self.counts()
        mqls, groups = int(self.listed["mqls"].sum()), counts["potential"]
        yield (
            f"{mqls:,} MQL{'s' if mqls != 1 else ''} since {self.since} in {len(self.listed):,} entries: {groups:,} potential buying "
            f"group{'s' if groups != 1 else ''}, {counts['single']:,} single, {counts['in_pipeline']:,} with an open opportunity, "
            f"{counts['customer']:,} of recent customers. An entry is the MQLs of an account on a topic within {self.lookback} days."
        )
        yield from self.missing
        yield from self.history.sentences()

    def document(self) -> dict[str, Any]:
        """The pilot as JSON holds it: people by id, no names."""
        rows = self.listed.drop(columns=["names", "mql_name"]).to_dict("records")
        return {
            "since": self.since, "until": self.until, "lookback": self.lookback, "counts": self.counts(), "entries": rows,
            "history": self.history.document(), "missing": list(self.missing), "sentences": list(self.sentences()),
        }  # fmt: skip


def pilot(dataset: Dataset, settings: Settings, since: datetime.date | None = None) -> Pilot:
    """The pilot over the MQLs known on or after `since` (default: four weeks before the end of the data).

    DataError without any MQL in the tables, and for a date at which the data has ended.
    """
    begin = since or dataset.until - datetime.timedelta(RECENT)
    if begin >= dataset.until:
        raise DataError(f"no MQL can be known since {begin}: the data ends before {dataset.until}; name an earlier date with --since")
    found = mqls(dataset, settings)
    if found.rows.empty:
        raise DataError(_no_mqls(found))
    lookback = settings.groups.lookback
    listed = potential(dataset, found, begin, lookback)
    return Pilot(begin, dataset.until, lookback, listed, history(dataset, settings, found), tuple(_missing(dataset, found, listed, begin)))


def _no_mqls(found: Mqls) -> str:
    if found.excluded:
        return f"all {found.excluded:,} MQLs are of accounts in [groups] exclude_accounts; take some out of it"
    return 'signals: no row has the category "qualified_lead", so there is no MQL to look behind; map your MQL events to it'


def _missing(dataset: Dataset, found: Mqls, listed: pd.DataFrame, since: datetime.date) -> Iterator[str]:
    if listed.empty:
        yield f"The newest MQL is of {found.rows['at'].max():%Y-%m-%d}; name a date before it with --since."
    if found.excluded:
        yield f"{found.excluded:,} MQLs of accounts in [groups] exclude_accounts are left out."
    if not dataset.has("opportunities"):
        yield "Without a table of opportunities no pair is known to be in the pipeline or a customer."
    if not dataset.has_column("signals", "person_id"):
        yield "No signal names a person, so no MQL can have known others beside it; visitors are counted apart."
    elif not dataset.has_column("people", "name"):
        yield "There are no names of people in the tables: people are told by id."
    if (since - datetime.date(1970, 1, 1)).days < dataset.first_day:
        yield f"The first signal is of {datetime.date(1970, 1, 1) + datetime.timedelta(dataset.first_day)}: nothing is known before."

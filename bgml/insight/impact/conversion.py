"""Groups at monthly dates, and which of them had an opportunity opened within the horizon."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING

import ibis
import numpy as np
import pandas as pd

from bgml.groups.candidates import blocked_spans, dated
from bgml.groups.dates import FIRST_MONDAY, day_number, grid, newest_mature
from bgml.groups.outcomes import label
from bgml.insight.ratios import Sample
from bgml.project import Progress, quiet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bgml.config import Settings
    from bgml.data.dataset import Dataset

EVERY = 28
"""Days between the dates at which groups are looked at."""
SECONDS = 86_400


@dataclass(frozen=True)
class Conversion:
    """Pairs with a known person active, at each date they were free to begin: as_of, account_id, topic, segment, people, actions,
    engaged, value (1 where an opportunity was opened within the horizon); deals: row, opportunity_id of these."""

    sample: Sample


def conversion(dataset: Dataset, settings: Settings, progress: Progress = quiet) -> Conversion:
    """Every date has `impact.days` of signals before it and a known outcome after it; no date may be left, then there are no rows."""
    first = datetime.date(1970, 1, 1) + datetime.timedelta(dataset.first_day + settings.impact.days)
    dates = grid(EVERY, first, newest_mature(settings.outcome.horizon, dataset.until))
    progress("groups by month", 0, 1)
    rows = _free(_active(dataset, dates, settings.impact.days), dataset, settings)
    progress("groups by month", 1, 1)
    opened = settings.model_copy(update={"outcome": settings.outcome.model_copy(update={"target": "created"})})
    labels = label(rows[["as_of", "account_id", "topic"]], dataset, opened)
    segments = dataset.frame("accounts").set_index("account_id")["segment"].astype(object)
    engaged = (rows["people"] >= settings.impact.min_people) & (rows["actions"] >= settings.impact.min_actions)
    rows = rows.assign(segment=rows["account_id"].map(segments), engaged=engaged.astype(np.int64), value=labels["won"].astype(float))
    return Conversion(Sample(rows, labels.attrs["deals"][["row", "opportunity_id"]]))


def _active(dataset: Dataset, dates: Sequence[datetime.date], days: int) -> pd.DataFrame:
    """The pairs with known people active in the `days` before each date of the grid: as_of, account_id, topic, people, actions (theirs).

    A signal counts at the dates after it was known and until it is `days` old: at the first of these and at some that follow.
    """
    signals = dataset.table("signals")
    named = signals.filter(signals.person_id.notnull())
    # Times are turned into whole days here, as every warehouse divides whole numbers the same way.
    known, occurred = (named[column].epoch_seconds() for column in ("known_at", "occurred_at"))
    offset = day_number(FIRST_MONDAY)
    next_date = ((known // SECONDS - offset) // EVERY + 1) * EVERY + offset
    low, high = (day_number(dates[0]), day_number(dates[-1])) if dates else (1, 0)
    parts = []
    for later in range(days // EVERY + 1):
        part = named.select("account_id", "topic", "person_id", as_of=(next_date + later * EVERY).cast("int64"), occurred=occurred)
        parts.append(part.filter(part.as_of >= low, part.as_of <= high, part.occurred >= (part.as_of - days) * SECONDS))
    near = ibis.union(*parts) if len(parts) > 1 else parts[0]
    pairs = near.group_by("as_of", "account_id", "topic").aggregate(people=near.person_id.nunique(), actions=near.count())
    found = dataset.read(pairs.order_by("as_of", "account_id", "topic"))
    return found.assign(as_of=found["as_of"].to_numpy("datetime64[D]").astype("datetime64[s]"))


def _free(rows: pd.DataFrame, dataset: Dataset, settings: Settings) -> pd.DataFrame:
    """Without excluded accounts and the pairs that had an open opportunity or were recently won at the date."""
    barred = set(map(str, settings.groups.exclude_accounts))
    rows = rows[~rows["account_id"].astype(str).isin(barred)].reset_index(drop=True)
    spans = blocked_spans(dated(dataset.frame("opportunities")), settings.groups.customer_days)
    both = rows[["account_id", "topic", "as_of"]].reset_index(names="row").merge(spans, on=["account_id", "topic"])
    day = both["as_of"].to_numpy("datetime64[D]").astype(np.int64)
    blocked = both.loc[(both["from_day"].to_numpy() <= day) & (day < both["to_day"].to_numpy()), "row"]
    free = np.ones(len(rows), bool)
    free[blocked.to_numpy()] = False
    return rows[free].reset_index(drop=True)


def within(rows: pd.DataFrame, first: datetime.date | None, last: datetime.date | None, horizon: int) -> np.ndarray:
    """The rows whose date is on or after `first` and whose horizon ends by `last`."""
    day = rows["as_of"].to_numpy("datetime64[D]").astype(np.int64)
    kept = np.ones(len(rows), bool) if first is None else day >= day_number(first)
    return kept if last is None else kept & (day + horizon <= day_number(last))

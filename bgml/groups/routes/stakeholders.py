"""How many people of an account were active, on whatever topic, at many dates from one pass over the signals."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

import ibis
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from bgml.data.dataset import Dataset

Integers = npt.NDArray[np.int64]
DAYS = 91
"""The window in which somebody must have shown a signal."""


def stakeholders(dataset: Dataset, account_ids: pd.Index, dates: Sequence[date]) -> npt.NDArray[np.int32]:
    """Distinct persons and visitors (of signals without a person) per account in the 91 days before each date: [accounts, dates].

    dates: sorted and distinct. A signal counts at D where it was known before D and occurred in the 91 days before it.
    """
    days = np.array(dates, "datetime64[D]").astype(np.int64)
    rows = dataset.arrow(_acts(dataset.table("signals"), dates))
    account = account_ids.get_indexer(pd.Index(rows.column("account_id").to_pandas()))
    person, visitor = _codes(rows.column("person_id")), _codes(rows.column("visitor_id"))
    who = np.where(person >= 0, person, visitor + person.max(initial=-1) + 1)
    first = np.searchsorted(days, rows.column("known").to_numpy() + 1)
    end = np.searchsorted(days, rows.column("occurred").to_numpy() + DAYS, side="right")
    counts = (account >= 0) & (first < end)
    spans = pd.DataFrame({"account": account, "who": who, "first": first, "end": end})[counts]
    return _overlapping(spans, len(account_ids), len(days))


def _acts(signals: ir.Table, dates: Sequence[date]) -> ir.Table:
    """Who did something for which account on which days (occurred, known: whole days since 1970-01-01), once each."""
    epoch = ibis.date("1970-01-01")
    near = signals.occurred_at >= ibis.literal(dates[0] - timedelta(DAYS)).cast("timestamp")
    known = signals.known_at < ibis.literal(dates[-1]).cast("timestamp")
    somebody = signals.person_id.notnull() | signals.visitor_id.notnull()
    acts = signals.filter(near, known, somebody)
    return acts.select(
        account_id=acts.account_id,
        person_id=acts.person_id,
        visitor_id=ibis.ifelse(acts.person_id.isnull(), acts.visitor_id, ibis.null()),
        occurred=acts.occurred_at.date().delta(epoch, unit="day").cast("int64"),
        known=acts.known_at.date().delta(epoch, unit="day").cast("int64"),
    ).distinct()


def _codes(ids: pa.ChunkedArray) -> Integers:
    """A number for each distinct id, -1 for none."""
    encoded = ids.combine_chunks().dictionary_encode()
    return np.asarray(encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False), np.int64)


def _overlapping(spans: pd.DataFrame, accounts: int, dates: int) -> npt.NDArray[np.int32]:
    """At how many dates somebody is there, counting everybody once where their spans [first, end) overlap."""
    spans = spans.sort_values(["account", "who", "first"], kind="stable", ignore_index=True)
    by = [spans["account"], spans["who"]]
    covered = spans["end"].groupby(by).cummax().groupby(by).shift(fill_value=0)
    start = np.maximum(spans["first"].to_numpy(np.int64), covered.to_numpy(np.int64))
    end, account = spans["end"].to_numpy(np.int64), spans["account"].to_numpy(np.int64)
    adds = start < end
    change = np.zeros((accounts, dates + 1), np.int32)
    np.add.at(change, (account[adds], start[adds]), 1)
    np.add.at(change, (account[adds], end[adds]), -1)
    return np.cumsum(change[:, :-1], axis=1, dtype=np.int32)

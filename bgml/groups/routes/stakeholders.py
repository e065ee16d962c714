"""How many people of an account were active, on whatever topic, at many dates from one pass over the signals."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from bgml.data.dataset import Dataset

Integers = npt.NDArray[np.int64]
DAYS = 91
"""The window in which somebody must have shown a signal."""
VISITOR = ["account", "visitor"]


def stakeholders(dataset: Dataset, account_ids: pd.Index, dates: Sequence[date]) -> npt.NDArray[np.int32]:
    """Distinct people and visitors per account in the 91 days before each date: [accounts, dates].

    dates: sorted and distinct. A signal counts at D where it was known before D and occurred in the 91 days before it. A visitor whom a
    signal known before D shows to be a person counts as that person (of several, the one seen last).
    """
    days = np.array(dates, "datetime64[D]").astype(np.int64)
    signals = dataset.table("signals").filter(lambda rows: rows.known_at < datetime.combine(dates[-1], time()))
    acts, shown = _coded([dataset.arrow(_acts(signals, dates[0])), dataset.arrow(_recognitions(signals))], account_ids)
    acts["first"] = np.searchsorted(days, acts["known"] + 1)
    acts["end"] = np.searchsorted(days, acts["occurred"] + DAYS, side="right")
    named, anonymous = acts[acts["person"] >= 0], acts[acts["person"] < 0]
    return _counted([named, *_recognised(anonymous, _spans(shown, days))], len(account_ids), len(days))


def _acts(signals: ir.Table, first: date) -> ir.Table:
    """Who did something for which account on which days (occurred, known: whole days since 1970-01-01), once each."""
    epoch, start = ibis.date("1970-01-01"), datetime.combine(first - timedelta(DAYS), time())
    somebody = signals.person_id.notnull() | signals.visitor_id.notnull()
    acts = signals.filter(signals.occurred_at >= start, somebody)
    return acts.select(
        account_id=acts.account_id,
        person_id=acts.person_id,
        visitor_id=ibis.ifelse(acts.person_id.isnull(), acts.visitor_id, ibis.null()),
        occurred=acts.occurred_at.date().delta(epoch, unit="day").cast("int64"),
        known=acts.known_at.date().delta(epoch, unit="day").cast("int64"),
    ).distinct()


def _recognitions(signals: ir.Table) -> ir.Table:
    """On which days visitors were shown to be persons: account_id, visitor_id, person_id, known (a day), seen (the last time on it)."""
    both = signals.filter(signals.person_id.notnull() & signals.visitor_id.notnull())
    day = both.known_at.date().delta(ibis.date("1970-01-01"), unit="day").cast("int64")
    keys = {name: both[name] for name in ("account_id", "visitor_id", "person_id")}
    return both.group_by(**keys, known=day).aggregate(seen=both.known_at.max())


def _coded(tables: list[pa.Table], account_ids: pd.Index) -> list[pd.DataFrame]:
    """Rows of the accounts asked for: account is the place among them, person and visitor are numbers in order of the id, -1 for none."""
    coded = []
    persons, visitors = (_numbered([table.column(name) for table in tables]) for name in ("person_id", "visitor_id"))
    for table, person, visitor in zip(tables, persons, visitors, strict=True):
        found = table.column("account_id").combine_chunks().dictionary_encode()
        account = account_ids.get_indexer(pd.Index(found.dictionary.to_pylist(), dtype=object))[found.indices.to_numpy()]
        rows = table.drop_columns(["account_id", "person_id", "visitor_id"]).to_pandas()
        coded.append(rows.assign(account=account, person=person, visitor=visitor)[account >= 0].reset_index(drop=True))
    return coded


def _numbered(columns: list[pa.ChunkedArray]) -> list[Integers]:
    """Ids of several columns as numbers: equal for equal ids, in their order, -1 for none."""
    together = pa.chunked_array([chunk for column in columns for chunk in column.chunks], columns[0].type)
    encoded = together.combine_chunks().dictionary_encode()
    rank = np.argsort(pc.sort_indices(encoded.dictionary).to_numpy())
    codes = np.append(rank, -1)[encoded.indices.fill_null(-1).to_numpy()]
    return np.split(codes, np.cumsum([len(column) for column in columns])[:-1])


def _spans(shown: pd.DataFrame, days: Integers) -> pd.DataFrame:
    """From which date on, until which, a visitor is which person: account, visitor, person, since, until (places of dates, half open)."""
    last = shown.sort_values([*VISITOR, "known", "seen", "person"], kind="stable").drop_duplicates([*VISITOR, "known"], keep="last")
    changes = last[last["person"] != last.groupby(VISITOR)["person"].shift()]
    changes = changes.assign(since=np.searchsorted(days, changes["known"] + 1))
    until = changes.groupby(VISITOR)["since"].shift(-1, fill_value=len(days))
    return changes.assign(until=until)[[*VISITOR, "person", "since", "until"]]


def _recognised(anonymous: pd.DataFrame, spans: pd.DataFrame) -> list[pd.DataFrame]:
    """What visitors did, cut in two: before they were recognised as anybody, and as the persons they turned out to be."""
    first = spans.groupby(VISITOR, as_index=False)["since"].min()
    before = anonymous.merge(first, on=VISITOR, how="left")
    before["end"] = np.minimum(before["end"], before["since"].fillna(before["end"])).astype(np.int64)
    known = anonymous.drop(columns="person").merge(spans, on=VISITOR)
    known["first"], known["end"] = np.maximum(known["first"], known["since"]), np.minimum(known["end"], known["until"])
    return [before, known]


def _counted(parts: list[pd.DataFrame], accounts: int, dates: int) -> npt.NDArray[np.int32]:
    """At how many dates each account has somebody, counting everybody once where their spans [first, end) overlap."""
    rows = pd.concat([part[["account", "person", "visitor", "first", "end"]] for part in parts], ignore_index=True)
    rows = rows[rows["first"] < rows["end"]]
    people = rows["person"].max() + 1 if len(rows) else 0
    spans = rows.assign(who=np.where(rows["person"] >= 0, rows["person"], rows["visitor"] + people))
    spans = spans.sort_values(["account", "who", "first"], kind="stable", ignore_index=True)
    by = [spans["account"], spans["who"]]
    covered = spans["end"].groupby(by).cummax().groupby(by).shift(fill_value=0)
    first, end, account = (spans[name].to_numpy(np.int64) for name in ("first", "end", "account"))
    start = np.maximum(first, covered.to_numpy(np.int64))
    adds = start < end
    change = np.zeros((accounts, dates + 1), np.int32)
    np.add.at(change, (account[adds], start[adds]), 1)
    np.add.at(change, (account[adds], end[adds]), -1)
    return np.cumsum(change[:, :-1], axis=1, dtype=np.int32)

"""Who did what in which group before a date: the known signals of its actors, a visitor told by the person it turned out to be."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

import ibis.expr.types as ir
import pyarrow as pa

if TYPE_CHECKING:
    from bgml.data.dataset import Dataset

PAIR = ["account_id", "topic"]
ACTOR = ["person_id", "visitor_id"]


def known(dataset: Dataset, as_of: date, groups: pa.Table, by: list[str] = PAIR) -> ir.Table:
    """The signals that were known before a date of those who are in `groups` by these columns (account_id, topic)."""
    signals = dataset.table("signals")
    before = signals.filter(signals.known_at < datetime.combine(as_of, time()))
    return before.semi_join(dataset.given(groups.select(by)).distinct(), by)


def daily(signals: ir.Table, as_of: date, days: int) -> ir.Table:
    """Signals of the last `days` days: account_id, topic, person_id, visitor_id, category, day (UTC), actions."""
    recent = signals.filter(signals.occurred_at >= datetime.combine(as_of - timedelta(days), time()))
    keys = [*PAIR, *ACTOR, "category"]
    return recent.group_by(keys, day=recent.occurred_at.date()).aggregate(actions=lambda rows: rows.count())


def first_days(signals: ir.Table) -> ir.Table:
    """The UTC day on which each actor of a group was first seen there: account_id, topic, person_id, visitor_id, first_seen."""
    return signals.group_by([*PAIR, *ACTOR]).aggregate(first_seen=lambda rows: rows.occurred_at.min().date())


def recognised(signals: ir.Table) -> ir.Table:
    """Visitors of an account that a signal shows to be a person, and since when: account_id, visitor_id, person_id, seen.

    A signal that carries both ids is such a sign. A visitor may have several persons: the one seen last is meant.
    """
    both = signals.filter(signals.person_id.notnull() & signals.visitor_id.notnull())
    return both.group_by(["account_id", "visitor_id", "person_id"]).aggregate(seen=lambda rows: rows.known_at.max())

"""Who was active on the topic of an account before a moment, by what was known then."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from bgml.data.dataset import Dataset


def active_before(dataset: Dataset, moments: ir.Table, days: int) -> pd.DataFrame:
    """The people and visitors of the pair's signals that were known before each moment and occurred in the `days` before it.

    moments: key, account_id, topic, at (naive UTC). Returns key, person_id, visitor_id (one of the two is null), actions, last_seen,
    in order of key, person and visitor. A visitor who was known to be a person of the account by then is left out, not counted twice.
    """
    signals = dataset.table("signals")
    signals = signals.filter(signals.person_id.notnull() | signals.visitor_id.notnull())
    spans = moments.mutate(since=moments["at"] - ibis.interval(days=days))
    near = signals.select("account_id", "topic", "person_id", "visitor_id", "occurred_at", "known_at")
    near = near.inner_join(spans, ["account_id", "topic"])
    near = near.filter(near.known_at < near["at"], near.occurred_at >= near.since)
    near = near.mutate(visitor_id=near.person_id.isnull().ifelse(near.visitor_id, ibis.null(near.visitor_id.type())))
    found = near.group_by("key", "account_id", "at", "person_id", "visitor_id").aggregate(
        actions=near.count(), last_seen=near.occurred_at.max()
    )
    kept = _strangers(found, signals).select("key", "person_id", "visitor_id", "actions", "last_seen")
    return dataset.read(kept.order_by("key", "person_id", "visitor_id"))


def _strangers(found: ir.Table, signals: ir.Table) -> ir.Table:
    """Without the visitors who, at the moment, had already acted under a name."""
    both = signals.filter(signals.person_id.notnull() & signals.visitor_id.notnull())
    names = both.group_by("account_id", "visitor_id").aggregate(named_at=both.known_at.min())
    joined = found.left_join(names, ["account_id", "visitor_id"])
    return joined.filter(joined.named_at.isnull() | (joined.named_at >= joined["at"]))

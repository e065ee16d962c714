"""The columns of a ranking and its members: order, kinds and what they mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pyarrow as pa

from bgml.errors import RankingError

COLUMNS: dict[str, tuple[str, str]] = {
    "as_of": ("date", "the date the ranking is made for; nothing known later was used"),
    "rank": ("integer", "1 is best; by raw score, equal scores in an order that is random but always the same"),
    "account_id": ("id", "the account"),
    "account_name": ("text", "the account's name"),
    "topic": ("id", "what the group looks into"),
    "propensity": ("number", "calibrated probability of the outcome within the horizon"),
    "score": ("number", "the model's raw score, by which the list is sorted"),
    "percentile": ("number", "share of the date's groups that rank no higher, in percent; the best has 100"),
    "band": ("text", "A, B, C or D, by percentile"),
    "trend": ("text", "improving, steady, declining (10 points of percentile against the former ranking), or new"),
    "previous_rank": ("integer", "the rank in the former ranking"),
    "stage": ("text", "how far the group is"),
    "segment": ("text", "the account's segment"),
    "region": ("text", "the account's region"),
    "route": ("text", "whether to work the lead, the account or the group"),
    "selected": ("truth", "whether the group is among those to work this week"),
    "selected_by": ("text", "what selected it"),
    "selection_probability": ("number", "the chance it had to be selected"),
    "people": ("integer", "known people active in the last 91 days"),
    "visitors": ("integer", "anonymous visitors in the last 91 days"),
    "coverage": ("number", "share of the topic's required roles that the group has"),
    "missing_roles": ("texts", "required roles that nobody has"),
    "reasons": ("texts", "what speaks for and against it, for the top of the list"),
    "next_step": ("text", "what to do next"),
    "expected_amount": ("number", "propensity times the amount to expect if won"),
    "owner": ("text", "the account's sales rep"),
    "owner_rank": ("integer", "the rank among the owner's groups"),
    "model": ("text", "the model that ranked"),
    "model_version": ("integer", "its version in the registry"),
    "ranking_id": ("text", "what the ranking was made from, as a fingerprint"),
    "mlflow_run": ("text", "the MLflow run that trained the version"),
}
"""Of ranking.parquet: name -> kind and meaning."""

MEMBERS: dict[str, tuple[str, str]] = {
    "as_of": ("date", "the date of the ranking"),
    "account_id": ("id", "the account of the group"),
    "topic": ("id", "what the group looks into"),
    "person_id": ("id", "the person, where known"),
    "visitor_id": ("id", "the anonymous visitor; nobody who was recognised as a person by the date"),
    "role": ("text", "the part in the purchase"),
    "role_source": ("text", "where the role is from: crm or title"),
    "role_confidence": ("number", "how far to trust it, 0 to 1"),
    "actions_28d": ("integer", "signals of the last 28 days"),
    "actions_91d": ("integer", "signals of the last 91 days"),
    "first_seen": ("date", "the day of the first signal on the topic"),
    "last_seen": ("date", "the day of the last one"),
    "status": ("text", "active, cooling or dark, by the last signal"),
    "share": ("number", "share of the actions of all members in the last 91 days"),
    "next_step": ("text", "what to do about this person"),
    "last_touch": ("date", "the day a seller last reached out to the person"),
}
"""Of members.parquet: name -> kind and meaning. Exactly one of person_id and visitor_id is there."""

TIMELINE: dict[str, tuple[str, str]] = {
    "as_of": ("date", "the date of the ranking"),
    "account_id": ("id", "the account of the group"),
    "topic": ("id", "what the group looks into"),
    "person_id": ("id", "the person, where known"),
    "visitor_id": ("id", "the anonymous visitor; neither for what is known of the account alone"),
    "week": ("date", "the Monday of the week"),
    "category": ("text", "the kind of signal"),
    "actions": ("integer", "signals in that week"),
}
"""Of timeline.parquet: name -> kind and meaning."""

TOUCHES: dict[str, tuple[str, str]] = {
    "as_of": ("date", "the date of the ranking"),
    "account_id": ("id", "the account"),
    "topic": ("id", "what the touch was about, where that is known"),
    "person_id": ("id", "whom the seller reached out to, where that is known"),
    "week": ("date", "the Monday of the week"),
    "kind": ("text", "mail, call and so on"),
    "touches": ("integer", "how many"),
}
"""Of touches.parquet, what sellers did: name -> kind and meaning."""

KINDS = {
    "date": pa.date32(),
    "integer": pa.int32(),
    "number": pa.float64(),
    "text": pa.string(),
    "texts": pa.list_(pa.string()),
    "truth": pa.bool_(),
}


def schema(columns: Mapping[str, tuple[str, str]], ids: Mapping[str, pa.DataType]) -> pa.Schema:
    """One of the tables as an Arrow schema; ids are int64 or string, as in the source."""
    return pa.schema([(name, ids[name] if kind == "id" else KINDS[kind]) for name, (kind, _) in columns.items()])


def table(columns: Mapping[str, tuple[str, str]], values: Mapping[str, Any], n: int) -> pa.Table:
    """One of the tables from values by name: a column, one value for all n rows, or nothing for nulls.

    RankingError for ids that are neither integers nor text.
    """
    given = {name: pa.array(values.get(name, []), from_pandas=True) for name, (kind, _) in columns.items() if kind == "id"}
    kinds = schema(columns, {name: id_type(found.type, name) for name, found in given.items()})
    return pa.table([_array(values.get(name), kinds.field(name).type, n) for name in columns], schema=kinds)


def _array(values: Any, kind: pa.DataType, n: int) -> pa.Array:  # noqa: ANN401  (a column, one value for all rows, or None)
    if values is None or isinstance(values, str | int | date):
        return pa.repeat(pa.scalar(values, kind), n)
    if isinstance(values, Sequence):
        return pa.array(values, kind)
    made = pa.array(values, from_pandas=True)
    made = made.combine_chunks() if isinstance(made, pa.ChunkedArray) else made
    return made.cast(kind)


def id_type(found: pa.DataType, column: str) -> pa.DataType:
    """The kind of an id column: int64 for integers, string for text; RankingError for anything else."""
    if pa.types.is_dictionary(found):
        found = found.value_type
    if pa.types.is_integer(found):
        return pa.int64()
    if pa.types.is_string(found) or pa.types.is_large_string(found) or pa.types.is_null(found):
        return pa.string()
    raise RankingError(f"{column} is of type {found}; ids are integers or text")

"""The columns of a ranking and its members: order, kinds and what they mean."""

from __future__ import annotations

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

KINDS = {
    "date": pa.date32(),
    "integer": pa.int32(),
    "number": pa.float64(),
    "text": pa.string(),
    "texts": pa.list_(pa.string()),
    "truth": pa.bool_(),
}


def schema(account_id: pa.DataType, topic: pa.DataType) -> pa.Schema:
    """The ranking as an Arrow schema; ids are int64 or string, as in the source."""
    ids = {"account_id": account_id, "topic": topic}
    return pa.schema([(name, ids.get(name) or KINDS[kind]) for name, (kind, _) in COLUMNS.items()])


def id_type(found: pa.DataType, column: str) -> pa.DataType:
    """The kind of an id column: int64 for integers, string for text; RankingError for anything else."""
    if pa.types.is_dictionary(found):
        found = found.value_type
    if pa.types.is_integer(found):
        return pa.int64()
    if pa.types.is_string(found) or pa.types.is_large_string(found) or pa.types.is_null(found):
        return pa.string()
    raise RankingError(f"{column} is of type {found}; ids are integers or text")

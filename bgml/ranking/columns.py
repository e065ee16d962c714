"""The columns of a ranking: order, kinds and what they mean."""

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
"""Name -> kind and meaning."""

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

"""Rankings and their rows."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from bgml.ranking.columns import COLUMNS

AS_OF = {
    "name": "as_of", "in": "path", "required": True, "schema": {"type": "string", "examples": ["2026-01-05", "latest"]},
    "description": "The date of the ranking, or latest.",
}  # fmt: skip
ROW: dict[str, Any] = {
    "as_of": "2026-01-05", "rank": 1, "account_id": "A000017", "account_name": "Alder Analytics", "topic": "Data/AI",
    "propensity": 0.358, "chance": "35%", "score": -0.058, "percentile": 100.0, "band": "A", "trend": "improving", "previous_rank": 4,
    "stage": "qualified", "segment": "mid-market", "region": "EMEA", "route": "group", "selected": True, "selected_by": "rank",
    "selection_probability": 1.0, "people": 6, "visitors": 2, "coverage": 0.75, "missing_roles": ["decision_maker"],
    "reasons": ["active on 17 days of the last 28"], "next_step": "Contact Ada Byron, practitioner: 12 actions in four weeks",
    "expected_amount": 56433.8, "owner": "R006", "owner_rank": 1, "model": "propensity", "model_version": 3,
    "ranking_id": "0f3a5e7b9c1d2e4f", "mlflow_run": "9aa93f16550941499cbdddea674fc0bd",
}  # fmt: skip


def _about(name: str) -> Any:  # noqa: ANN401
    return Field(description=COLUMNS[name][1][:1].upper() + COLUMNS[name][1][1:] + ".")


class GroupRow(BaseModel):
    """A group's row of the ranking. To somebody limited to an owner's accounts ranks are those among the owner's groups."""

    model_config = ConfigDict(json_schema_extra={"examples": [ROW]})

    as_of: datetime.date = _about("as_of")
    rank: int | None = _about("rank")
    account_id: str = _about("account_id")
    account_name: str | None = _about("account_name")
    topic: str = _about("topic")
    propensity: float | None = _about("propensity")
    chance: str = Field(description="The propensity in words, with no more digits than the deals behind it support.")
    score: float | None = _about("score")
    percentile: float | None = _about("percentile")
    band: str | None = _about("band")
    trend: str | None = _about("trend")
    previous_rank: int | None = _about("previous_rank")
    stage: str | None = _about("stage")
    segment: str | None = _about("segment")
    region: str | None = _about("region")
    route: str | None = _about("route")
    selected: bool | None = _about("selected")
    selected_by: str | None = _about("selected_by")
    selection_probability: float | None = _about("selection_probability")
    people: int | None = _about("people")
    visitors: int | None = _about("visitors")
    coverage: float | None = _about("coverage")
    missing_roles: list[str] | None = _about("missing_roles")
    reasons: list[str] = _about("reasons")
    next_step: str | None = _about("next_step")
    expected_amount: float | None = _about("expected_amount")
    owner: str | None = _about("owner")
    owner_rank: int | None = _about("owner_rank")
    model: str | None = _about("model")
    model_version: int | None = _about("model_version")
    ranking_id: str | None = _about("ranking_id")
    mlflow_run: str | None = _about("mlflow_run")


FIELDS = tuple(GroupRow.model_fields)


def group_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of the ranking as GroupRow has it, ids as text."""
    told = {name: row[name] for name in FIELDS}
    told["account_id"], told["topic"] = str(row["account_id"]), str(row["topic"])
    return told


class Listing(BaseModel):
    """A part of a ranking's list."""

    model_config = ConfigDict(json_schema_extra={"examples": [{
        "as_of": "2026-01-05", "ranking_id": "0f3a5e7b9c1d2e4f", "total": 321, "next_cursor": "8c1d2e4f0f3a5e7b.50",
        "facets": {"band": {"D": 160, "C": 96, "B": 48, "A": 17}}, "groups": [ROW],
    }]})  # fmt: skip

    as_of: datetime.date = Field(description="The date of the ranking.")
    ranking_id: str = Field(description="What the ranking was made from, as a fingerprint.")
    total: int = Field(description="How many groups the list has.")
    next_cursor: str | None = Field(description="Leads to the following part; null at the end.")
    facets: dict[str, dict[str, int]] | None = Field(None, description="Groups by value of each filter, that filter aside. When asked for.")
    groups: list[GroupRow] = Field(description="The groups of this part.")


class RankingEntry(BaseModel):
    """One date that has a ranking."""

    as_of: datetime.date = Field(description="The date.")
    ranking_id: str = Field(description="What the ranking was made from, as a fingerprint.")
    model: str | None = Field(description="The model that ranked.")
    model_version: int | None = Field(description="Its version.")
    current: bool = Field(description="Whether it is the ranking in use.")
    groups: int | None = Field(None, description="Groups that the viewer sees in it. Of the current one.")
    selected: int | None = Field(None, description="Those of them to be worked this week. Of the current one.")


class Rankings(BaseModel):
    """The rankings there are, newest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"rankings": [
        {"as_of": "2026-01-05", "ranking_id": "0f3a5e7b9c1d2e4f", "model": "propensity", "model_version": 3, "current": True, "groups": 321,
         "selected": 50},
        {"as_of": "2025-12-29", "ranking_id": "7b9c1d2e4f0f3a5e", "model": "propensity", "model_version": 3, "current": False},
    ]}]})  # fmt: skip

    rankings: list[RankingEntry] = Field(description="One entry per date.")

"""What a reader takes from the stored evaluation, checked once, so that nothing that reads it has to doubt its shape."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, model_validator

AT = (10, 25, 50, 100)
"""Lengths of a list."""
MEASURES = ("precision", "recall", "lift", "amount")


class Estimate(BaseModel):
    """A number with its 95% interval."""

    value: FiniteFloat | None = Field(default=None, description="The value; null where it is not defined.", examples=[0.23])
    low: FiniteFloat | None = Field(default=None, description="The interval's lower end; null where it is not known.", examples=[0.19])
    high: FiniteFloat | None = Field(default=None, description="The interval's upper end; null where it is not known.", examples=[0.28])

    @property
    def bounded(self) -> bool:
        """Whether the interval is known."""
        return self.low is not None and self.high is not None


class AtK(Estimate):
    """A metric of the first k groups of a list."""

    k: int = Field(description="How many groups.", examples=[50])


class Bin(BaseModel):
    """Groups of about the same predicted probability."""

    predicted: FiniteFloat = Field(description="The mean predicted probability.", examples=[0.22])
    observed: FiniteFloat = Field(description="The share that reached the outcome.", examples=[0.19])
    low: FiniteFloat | None = Field(default=None, description="The interval's lower end.", examples=[0.13])
    high: FiniteFloat | None = Field(default=None, description="The interval's upper end.", examples=[0.24])
    rows: int = Field(description="Groups and dates in the bin.", examples=[1860])
    won_opportunities: int = Field(description="Distinct won deals behind it.", examples=[77])


class Calibration(BaseModel):
    """How far predicted probabilities can be trusted."""

    bins: list[Bin] = Field(description="By predicted probability.")
    slope: Estimate = Field(default=Estimate(), description="1 where probabilities are neither too bold nor too timid.")
    top_1: Estimate = Field(default=Estimate(), description="Predicted over observed in the top 1%.")
    top_10: Estimate = Field(default=Estimate(), description="Predicted over observed in the top 10%.")
    overall: Estimate = Field(default=Estimate(), description="Predicted over observed of all.")


class Week(BaseModel):
    """The headline on one date of the test."""

    as_of: datetime.date = Field(description="The as-of date.", examples=["2025-06-02"])
    value: FiniteFloat | None = Field(description="The headline; null where it is not defined.", examples=[0.24])


class Entry(BaseModel):
    """One model of the race. to_best_baseline: by how much each metric is above the best baseline's."""

    metrics: dict[str, Estimate]
    to_best_baseline: dict[str, Estimate] = {}


class Curve(BaseModel):
    """The share of winners found, and its interval, at each share of the list."""

    found: list[FiniteFloat | None]
    low: list[FiniteFloat | None] = []
    high: list[FiniteFloat | None] = []


class Gains(BaseModel):
    """Curves by model over `shares` of the list."""

    shares: list[FiniteFloat] = Field(min_length=2)
    curves: dict[str, Curve]

    @model_validator(mode="after")
    def _even(self) -> Self:
        for curve in self.curves.values():
            if {len(curve.found), len(curve.low) or len(curve.found), len(curve.high) or len(curve.found)} != {len(self.shares)}:
                raise ValueError("a curve is not as long as its shares")
        return self


class Evaluation(BaseModel):
    """The race: its models, and by model their calibration and weeks."""

    model_config = ConfigDict(frozen=True)

    headline: str
    best_baseline: str | None = None
    data_until: datetime.date | None = None
    summary: list[str] = []
    models: dict[str, Entry]
    calibration: dict[str, Calibration] = {}
    weeks: dict[str, list[Week]] = {}
    gains: Gains | None = None

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Evaluation:
        """What is read of an evaluation's document; ValueError where it is not one, or of a version that wrote another shape."""
        try:
            return cls.model_validate({
                **document, "calibration": (document.get("calibration") or {}).get("models") or {}, "weeks": _weeks(document),
            })  # fmt: skip
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"no evaluation that this version can read: {error!r}") from None


def _weeks(document: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The headline by model, oldest date first."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in sorted(document.get("dates") or [], key=lambda row: str(row["as_of"])):
        found.setdefault(row["model"], []).append({"as_of": row["as_of"], "value": row.get(document["headline"])})
    return found

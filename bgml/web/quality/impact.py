"""What a reader takes from the stored impact, checked once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from bgml.web.quality.evaluation import Estimate


class Ratio(BaseModel):
    """A measure where a group was engaged, over where none was. It tells what goes together, not what causes what."""

    measure: str = Field(description="The measure's name.", examples=["win_rate"])
    title: str = Field(description="The measure in words.", examples=["win rate"])
    unit: str | None = Field(default=None, description="Of the two sides: a currency, days; null for shares.", examples=["USD"])
    engaged: Estimate = Field(alias="with", serialization_alias="engaged", description="Where a group was engaged.")
    other: Estimate = Field(alias="without", serialization_alias="other", description="Where none was.")
    ratio: Estimate = Field(alias="crude", serialization_alias="ratio", description="One over the other.")
    same_mix: Estimate | None = Field(
        default=None, alias="adjusted", serialization_alias="same_mix", description="The ratio at the same mix of segment and size of deal."
    )
    too_few: bool = Field(False, description="Whether there are too few deals to go by it.")


class Impact(BaseModel):
    """Sentences to read, ratios to compute with."""

    model_config = ConfigDict(frozen=True)

    sentences: list[str] = []
    headline: list[Ratio] = []

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Impact:
        """What is read of an impact's document; ValueError where it is not one, or of a version that wrote another shape."""
        return cls.model_validate(dict(document))

"""What a fault of bgml.toml reads like; tests/test_config.py has the sentences of every section."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bgml.config_faults import fault


class Rule(BaseModel):
    model_config = ConfigDict(extra="forbid")
    route: str


class Hens(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    number: int = Field(default=1, ge=1)
    rule: list[Rule] = []


class Eggs(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    fresh: bool = True


class Farm(BaseModel):
    model_config = ConfigDict(extra="forbid")
    hens: Hens = Hens()
    eggs: Eggs = Eggs()


def said(document: dict[str, Any]) -> str:
    with pytest.raises(ValidationError) as caught:
        Farm.model_validate(document)
    return fault(caught.value.errors(include_url=False)[0], {"hens": Hens, "eggs": Eggs}, Rule)


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ({"hens": {"number": "3"}}, '[hens] number must be a whole number, not "3"'),
        ({"hens": {"number": 0}}, "[hens] number must be at least 1, not 0"),
        ({"eggs": {"fresh": "x" * 80}}, f'[eggs] fresh must be true or false, not "{"x" * 56}...'),
        ({"hen": {}}, '[hen] is not a section; did you mean "hens"?'),
        ({"hens": {"fresh": True}}, "[hens] fresh is not a setting; it belongs under [eggs]"),
        ({"eggs": {"zzz": True}}, "[eggs] zzz is not a setting; [eggs] has fresh"),
        ({"eggs": 7}, "[eggs] must be a section with keys of its own, not 7"),
        ({"hens": {"rule": [{"rout": "a", "route": "b"}]}}, '[hens] rule 1, rout is not a key of a rule; did you mean "route"?'),
        ({"hens": {"rule": [{}]}}, '[hens] rule 1, route is missing; write route = "lead", "account" or "group" in the rule'),
    ],
)
def test_a_fault_is_one_sentence(document: dict[str, Any], sentence: str) -> None:
    assert said(document) == sentence

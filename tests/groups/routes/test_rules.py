"""The rules of [routes]: the first that fits decides, what is unknown fits nothing."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bgml.config import RouteRule, RoutesSection, settings_from
from bgml.groups.routes.rules import ROUTES, deciding, route, stated, told, unknown_segments

SEGMENTS = ("smb", "mid", "enterprise")


def section(*rules: dict[str, Any], default: str = "group") -> RoutesSection:
    return RoutesSection.model_validate({"default": default, "rule": list(rules)})


def accounts(*rows: tuple[str | None, float | None, int | None, int | None]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["segment", "amount", "people", "topics"])
    return frame.astype({"segment": object, "amount": float, "people": float, "topics": float})


def test_the_first_rule_that_fits_decides() -> None:
    rules = section({"route": "lead", "people_below": 3}, {"route": "account", "segment": ["enterprise"], "topics_below": 2})
    rows = accounts(("enterprise", 1.0, 2, 1), ("enterprise", 1.0, 3, 1), ("enterprise", 1.0, 3, 2), ("smb", 1.0, 9, 1))
    assert deciding(rows, rules).tolist() == [0, 1, -1, -1]
    assert list(route(rows, rules)) == ["lead", "account", "group", "group"]


def test_what_is_unknown_fits_no_condition() -> None:
    rules = section({"route": "lead", "amount_below": 10}, {"route": "account", "amount_from": 10}, {"route": "lead", "segment": ["smb"]})
    assert list(route(accounts((None, None, 1, 1), ("smb", None, 1, 1)), rules)) == ["group", "lead"]


def test_a_rule_without_conditions_fits_all_that_are_left() -> None:
    rules = section({"route": "lead", "segment": ["mid"]}, {"route": "account"}, default="group")
    assert list(route(accounts(("smb", 1.0, 1, 1), ("mid", None, 1, 1)), rules)) == ["account", "lead"]


NUMBER = st.none() | st.integers(1, 6)


def by_hand(row: dict[str, Any], rules: RoutesSection) -> str:
    """One account after the other."""
    for rule in rules.rule:
        fits = not rule.segment or row["segment"] in rule.segment
        for name in ("amount", "people", "topics"):
            below, start, value = getattr(rule, f"{name}_below"), getattr(rule, f"{name}_from"), row[name]
            fits = fits and (below is None or (value is not None and value < below))
            fits = fits and (start is None or (value is not None and value >= start))
        if fits:
            return rule.route
    return rules.default


@st.composite
def rule_sets(draw: st.DrawFn) -> RoutesSection:
    rules = []
    for _ in range(draw(st.integers(0, 4))):
        rule: dict[str, Any] = {"route": draw(st.sampled_from(ROUTES)), "segment": draw(st.lists(st.sampled_from(SEGMENTS), max_size=2))}
        for name in ("amount", "people", "topics"):
            start, width = draw(NUMBER), draw(NUMBER)
            rule[f"{name}_from"] = start
            rule[f"{name}_below"] = None if width is None else (start or 0) + width
        rules.append(rule)
    return section(*rules, default=draw(st.sampled_from(ROUTES)))


ROWS = st.lists(st.tuples(st.none() | st.sampled_from(SEGMENTS), NUMBER, NUMBER, NUMBER), min_size=1, max_size=20)


@given(rule_sets(), ROWS)
def test_every_account_is_in_the_one_route_that_its_first_rule_names(rules: RoutesSection, rows: list[Any]) -> None:
    found = route(accounts(*rows), rules)
    assert not found.isna().any()
    names = ("segment", "amount", "people", "topics")
    assert list(found) == [by_hand(dict(zip(names, row, strict=True)), rules) for row in rows]


def test_only_what_rules_state_is_asked_for() -> None:
    rules = section({"route": "lead", "people_below": 3}, {"route": "account", "segment": ["enterprise"]})
    assert stated(rules) == {"people", "segment"}
    assert stated(section()) == frozenset()
    assert list(route(pd.DataFrame(index=range(2)), section(default="account"))) == ["account", "account"]


def test_rules_in_words() -> None:
    rule = RouteRule(route="account", segment=("mid", "enterprise"), amount_from=50_000, topics_below=2)
    assert told(rule) == "segment mid or enterprise, amount from 50,000, topics below 2: account"
    assert told(RouteRule(route="lead")) == "every account: lead"


@pytest.mark.parametrize("page", ["routes.md", "settings.md"])
def test_the_rules_that_the_documentation_shows_can_be_used(page: str) -> None:
    """Fewer than three people: lead; one solution for a large organisation: account; several topics and people: group."""
    found = re.search(r"```toml\n(\[routes\].*?)```", Path("docs", page).read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    rules = settings_from({"project": {"name": "t"}, **tomllib.loads(found[1])}, page).routes
    rows = accounts(("enterprise", 9e4, 2, 1), ("enterprise", 9e4, 8, 1), ("enterprise", 9e4, 8, 3), (None, None, 4, 2))
    assert list(route(rows, rules)) == ["lead", "account", "group", "group"]


def test_a_segment_that_no_account_has_is_told_with_the_nearest() -> None:
    rules = section({"route": "lead", "segment": ["smb", "SMB"]})
    said = '[routes] rule 1 names the segment "SMB", which no account has'
    assert unknown_segments(rules, ["smb", "mid"]) == [f"{said}; accounts have mid, smb"]
    assert unknown_segments(section({"route": "lead", "segment": ["enterprize"]}), SEGMENTS)[0].endswith('did you mean "enterprise"?')
    assert unknown_segments(rules, [])[0].endswith("accounts have no segment")
    assert unknown_segments(section(), []) == []

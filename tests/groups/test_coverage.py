"""Coverage of required roles, on hand-worked groups."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from bgml.groups.coverage import coverage


def found(assigned: dict[str, int], required: dict[str, int]) -> tuple[float, list[str]]:
    roles = [role for role, number in assigned.items() for _ in range(number)]
    share, missing = coverage(pd.DataFrame({"place": [0] * len(roles), "role": roles}), ["ai"], lambda topic: required)
    return share[0], missing[0]


@pytest.mark.parametrize(
    ("assigned", "required", "expected"),
    [
        ({"champion": 1, "finance": 1}, {"champion": 1, "finance": 1}, 1.0),
        ({"champion": 5}, {"champion": 1, "finance": 1}, 0.5),
        ({"practitioner": 1}, {"practitioner": 3}, 1 / 3),
        ({"practitioner": 9, "legal": 4}, {"practitioner": 3, "finance": 2, "champion": 1}, 1 / 3),
        ({}, {"finance": 1}, 0.0),
    ],
)
def test_coverage_averages_the_filled_share_of_each_required_role(
    assigned: dict[str, int], required: dict[str, int], expected: float
) -> None:
    assert found(assigned, required)[0] == pytest.approx(expected)


def test_nothing_required_has_no_coverage_and_misses_nothing() -> None:
    share, missing = found({"finance": 1}, {})
    assert math.isnan(share)
    assert missing == []


def test_missing_are_roles_of_which_there_are_too_few_in_the_order_required() -> None:
    assert found({"legal": 1, "finance": 1}, {"champion": 1, "finance": 2, "legal": 1})[1] == ["champion", "finance"]


def test_each_group_is_held_against_its_own_topic() -> None:
    filled = pd.DataFrame({"place": [0, 1, 2, 2], "role": ["finance", "finance", None, "legal"]})
    required = {"ai": {"finance": 1}, "law": {"legal": 1, "finance": 1}}
    share, missing = coverage(filled, ["ai", "law", "law"], required.__getitem__)
    assert share.tolist() == [1.0, 0.5, 0.5]
    assert missing == [[], ["legal"], ["finance"]]

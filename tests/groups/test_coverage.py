"""Coverage of required roles, on hand-worked groups."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from bgml.groups.coverage import coverage, missing_roles


@pytest.mark.parametrize(
    ("assigned", "required", "expected"),
    [
        ({"champion": 1, "finance": 1}, {"champion": 1, "finance": 1}, 1.0),
        ({"champion": 5}, {"champion": 1, "finance": 1}, 0.5),
        ({"practitioner": 1}, {"practitioner": 3}, 1 / 3),
        ({"practitioner": 9, "legal": 4}, {"practitioner": 3, "finance": 2, "champion": 1}, 1 / 3),
        ({}, {"finance": 1}, 0.0),
        ({"finance": 1}, {"finance": 1, "legal": 0}, 1.0),
    ],
)
def test_coverage_averages_the_filled_share_of_each_required_role(assigned, required, expected):
    assert coverage(pd.DataFrame([assigned], index=["group"]), required).loc["group"] == pytest.approx(expected)


def test_nothing_required_has_no_coverage():
    assert math.isnan(coverage(pd.DataFrame({"finance": [1]}), {})[0])


def test_missing_roles_keep_the_order_in_which_they_are_required():
    assert missing_roles({"legal": 1, "finance": 1}, {"champion": 1, "finance": 2, "legal": 1}) == ["champion", "finance"]

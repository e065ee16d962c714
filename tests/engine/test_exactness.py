"""Fixed columns equal their definitions: the engine against the slow reference in plain loops."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from tests import strategies
from tests.engine_fixtures import matrix_of
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.reference import COLUMNS, FLOATS, reference_matrix, rules


def _expected(tables: dict[str, list[dict[str, Any]]], dates: list[date], all_groups: bool, **sections: Any) -> list[dict[str, Any]]:
    return reference_matrix(tables, sorted(set(dates)), settings=rules(**sections), all_groups=all_groups)


def _assert_equal(found: pd.DataFrame, expected: list[dict[str, Any]]) -> None:
    keys = list(zip(found["as_of"].dt.date, found["account_id"], found["topic"], strict=True))
    assert keys == [(row["as_of"], row["account_id"], row["topic"]) for row in expected]
    for column in COLUMNS:
        wanted = np.array([row[column] for row in expected], float)
        values = found[column].to_numpy(float)
        if column.startswith(FLOATS):
            np.testing.assert_allclose(values, wanted, rtol=1e-9, atol=0, err_msg=column)
        else:
            np.testing.assert_array_equal(values, wanted, err_msg=column)


WORLDS = strategies.tables().filter(lambda tables: bool(tables["opportunities"]))


@given(tables=WORLDS, dates=strategies.dates(), min_people=st.sampled_from((0, 1, 1, 2)), all_groups=st.booleans())
@settings(max_examples=60, deadline=None)
def test_fixed_columns_equal_the_reference(tables: Any, dates: list[date], min_people: int, all_groups: bool) -> None:
    groups = {"min_people": min_people, "customer_days": 365, "exclude_accounts": ["a"] if min_people == 2 else []}
    matrix = matrix_of(strategies.frames(tables), dates, only=COLUMNS, all_groups=all_groups, groups=groups)
    _assert_equal(pd.concat(matrix.frames(), ignore_index=True), _expected(tables, dates, all_groups, groups=groups))

"""Fixed columns equal their definitions: the engine against the slow reference in plain loops."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from tests import strategies
from tests.engine_fixtures import examples, matrix_of, stacked
from tests.reference import COLUMNS, FLOATS, reference_matrix, rules

WEIGHTS = (*strategies.WEIGHTS, 1e-6, 7e-7)


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


@given(
    tables=strategies.tables(weights=WEIGHTS), dates=strategies.dates(), min_people=st.sampled_from((0, 1, 1, 2)), all_groups=st.booleans()
)
@examples(0.12)
def test_fixed_columns_equal_the_reference(tables: Any, dates: list[date], min_people: int, all_groups: bool) -> None:
    groups = {"min_people": min_people, "customer_days": 365, "exclude_accounts": ["a"] if min_people == 2 else []}
    matrix = matrix_of(strategies.frames(tables), dates, only=COLUMNS, all_groups=all_groups, groups=groups)
    expected = reference_matrix(tables, sorted(set(dates)), settings=rules(groups=groups), all_groups=all_groups)
    _assert_equal(stacked(matrix), expected)

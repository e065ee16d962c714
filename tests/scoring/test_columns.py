from __future__ import annotations

from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from bgml.errors import ModelError
from bgml.scoring.columns import Columns

TRAINING = pd.DataFrame(
    {
        "people": np.array([1, 2, 6], np.int32),
        "share": [0.5, np.nan, np.inf],
        "flag": [True, False, True],
        "industry": ["Steel", None, "Health"],
    }
)
COLUMNS = Columns.of(TRAINING, ["people", "share", "flag", "industry"])
NAN = float("nan")


def same(matrix, expected):
    np.testing.assert_array_equal(matrix, np.array(expected, np.float32))
    assert matrix.dtype == np.float32


def test_training_rows_as_a_matrix():
    same(COLUMNS.matrix(TRAINING, "m"), [[1, 0.5, 1, 1], [2, NAN, 0, NAN], [6, NAN, 1, 0]])


def test_some_rows():
    same(COLUMNS.matrix(TRAINING, "m", np.array([2, 0])), [[6, NAN, 1, 0], [1, 0.5, 1, 1]])


def test_kinds_categories_and_typical_values_are_recorded():
    assert [(c.kind, c.categories, c.typical) for c in COLUMNS.columns] == [
        ("number", (), 2.0), ("number", (), 0.5), ("number", (), 1.0), ("category", ("Health", "Steel"), "Health"),
    ]  # fmt: skip
    assert Columns.restore(COLUMNS.record()) == COLUMNS
    assert COLUMNS.category_places == [3]


def test_order_of_columns_and_more_of_them_do_no_harm():
    mixed = TRAINING[["industry", "flag", "people", "share"]].assign(other="x")
    same(COLUMNS.matrix(mixed, "m"), COLUMNS.matrix(TRAINING, "m"))


@pytest.mark.parametrize(
    "industry",
    [
        pd.Series(["Steel", "New", None], dtype=object),
        pd.Series(["Steel", "New", None], dtype="str"),
        pd.Series(["Steel", "New", None], dtype="category"),
        pd.Series(["Steel", "New", None], dtype=pd.ArrowDtype(pa.string())),
        pd.Series(pd.arrays.ArrowExtensionArray(pa.array(["Steel", "New", None]).dictionary_encode())),
    ],
    ids=["object", "str", "category", "arrow", "dictionary"],
)
def test_categories_in_any_dress_unseen_ones_as_missing(industry):
    same(COLUMNS.matrix(TRAINING.assign(industry=industry), "m")[:, 3], [1, NAN, NAN])


@pytest.mark.parametrize("kind", ["int64", "Int64", "float64", "uint8", pd.ArrowDtype(pa.int32()), pd.ArrowDtype(pa.float64())])
def test_numbers_in_any_dress(kind):
    same(COLUMNS.matrix(TRAINING.assign(people=pd.Series([4, 5, 6]).astype(kind)), "m")[:, 0], [4, 5, 6])


def test_missing_numbers_in_extension_types():
    same(COLUMNS.matrix(TRAINING.assign(people=pd.Series([4, None, 6], dtype="Int64")), "m")[:, 0], [4, NAN, 6])


def test_categories_that_are_numbers_are_told_apart_by_their_text():
    training = pd.DataFrame({"code": pd.Series([7, 9, 7]).astype("category")})
    columns = Columns.of(training, ["code"])
    assert columns.columns[0].categories == ("7", "9")
    same(columns.matrix(pd.DataFrame({"code": ["9", "7"]}), "m"), [[1], [0]])


def test_a_missing_column():
    with pytest.raises(ModelError, match='m was trained on columns that these rows lack: people; did you mean "peoples"'):
        COLUMNS.matrix(TRAINING.rename(columns={"people": "peoples"}), "m")


def test_many_missing_columns():
    with pytest.raises(ModelError, match="lack: people, share, flag and 1 more"):
        COLUMNS.matrix(pd.DataFrame({"x": [1]}), "m")


@pytest.mark.parametrize("people", [["1", "2", "3"], [Decimal(1), Decimal(2), Decimal(3)]])
def test_text_where_training_had_numbers(people):
    with pytest.raises(ModelError, match='m was trained on numbers in the column "people"; these rows hold'):
        COLUMNS.matrix(TRAINING.assign(people=people), "m")


def test_a_column_that_is_empty_in_these_rows_may_have_any_type():
    same(COLUMNS.matrix(TRAINING.assign(people=pd.Series([None] * 3, dtype=object)), "m")[:, 0], [NAN, NAN, NAN])


def test_a_column_twice():
    with pytest.raises(ModelError, match='m reads the column "people", which these rows have twice'):
        COLUMNS.matrix(pd.concat([TRAINING, TRAINING[["people"]]], axis=1), "m")


def test_a_number_too_large_for_the_matrix_is_missing():
    same(COLUMNS.matrix(TRAINING.assign(share=[1e300, 1.0, 2.0]), "m")[:, 1], [NAN, 1, 2])


def test_no_rows():
    assert COLUMNS.matrix(TRAINING.iloc[:0], "m").shape == (0, 4)

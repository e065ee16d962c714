"""SQL of the reasons for which rows are set aside."""

from __future__ import annotations

import duckdb
import pytest

from bgml.errors import DataError, SettingsError
from bgml.sources.mapping.asides import case_of, stated


def test_the_first_reason_that_fits_counts_with_its_value_where_one_is_wanted() -> None:
    case = case_of((("it's odd", "x % 2 = 1"), ("large", "x > 9", "x")))
    rows = duckdb.sql(f"SELECT x, {case} FROM (VALUES (1), (2), (11), (12)) t(x)").fetchall()
    assert rows == [(1, "it's odd"), (2, None), (11, "it's odd"), (12, "large: 12")]


def test_without_reasons_no_row_is_set_aside() -> None:
    assert duckdb.sql(f"SELECT {case_of(())}").fetchall() == [(None,)]


def test_sql_that_cannot_run_names_its_place_and_a_value_that_cannot_be_read_its_table() -> None:
    place = "mine.toml, block 1"
    with pytest.raises(SettingsError, match=f"{place} is no SQL that DuckDB runs: .*nothere"), stated(place, "visit.csv"):
        duckdb.sql("SELECT nothere").fetchall()
    with pytest.raises(DataError, match="visit.csv"), stated(place, "visit.csv"):
        duckdb.sql("SELECT CAST('x' AS INTEGER)").fetchall()

"""The comparison of a peer's cells with bgml's finds what differs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest


@pytest.fixture
def equality(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "benchmarks"))
    import measured.equality as module

    yield module
    for name in [name for name in sys.modules if name == "matrix" or name.split(".")[0] == "measured"]:
        del sys.modules[name]


def table(equality: Any, **changed: list[int]) -> pa.Table:
    names = equality.CELLS.names
    values = {name: [1, 2] for name in names} | {"topic": ["a", "b"]} | changed
    return pa.table(values).select(names).cast(equality.CELLS)


def test_equal_tables_have_no_difference(equality: Any) -> None:
    assert equality.differences(table(equality), table(equality)) == ""


def test_a_cell_that_differs_is_named_with_its_column(equality: Any) -> None:
    assert equality.differences(table(equality), table(equality, people_28d=[1, 3])) == "people_28d in 1 rows"


def test_a_missing_row_and_a_null_are_differences(equality: Any) -> None:
    assert equality.differences(table(equality), table(equality).slice(0, 1)) == "2 rows against 1"
    assert equality.differences(table(equality), table(equality, actions_7d=[1, None])) == "nulls"

"""Cells come back from their files as they were computed."""

from __future__ import annotations

import pyarrow as pa
import pytest

from bgml.engine.spark.pieces import Pieces
from bgml.errors import DataError


def batch(ids, numbers):
    codes = pa.array(ids, pa.int64()).dictionary_encode()
    topics = pa.array(["x"] * len(ids), pa.string()).dictionary_encode()
    return pa.RecordBatch.from_pydict({"account_id": codes, "topic": topics, "n": pa.array(numbers, pa.int32())})


@pytest.mark.parametrize("sizes", [(2, 0, 3), (0, 0), (0, 1)])
def test_each_date_is_read_back(tmp_path, sizes):
    batches = [batch(list(range(size)), [7] * size) for size in sizes]
    cells = Pieces(tmp_path).kept(batches, None)
    assert [cell.rows for cell in cells] == list(sizes)
    for cell, made in zip(cells, batches, strict=True):
        read = cell.read()
        assert read.schema.names == made.schema.names
        assert read.column("n").equals(made.column("n"))
        assert read.column("account_id").to_pylist() == made.column("account_id").to_pylist()
        assert pa.types.is_dictionary(read.column("account_id").type)
        assert pa.types.is_dictionary(read.column("topic").type)


def test_a_file_that_has_gone_is_said(tmp_path):
    cell = Pieces(tmp_path).kept([batch([1], [2])], None)[0]
    for path in tmp_path.iterdir():
        path.unlink()
    with pytest.raises(DataError, match="run the command again"):
        cell.read()

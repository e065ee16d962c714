"""A Parquet file from row groups encoded side by side: what Arrow and DuckDB read back is what was written."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bgml.engine.parquet import _packed, _unpacked, write_row_groups
from tests.engine_fixtures import examples


def _table(rows, seed=0):
    values = np.random.default_rng(seed).integers(-(2**40), 2**40, rows)
    words = pa.array([f"w{value % 7}" if value % 5 else None for value in values], pa.string())
    return pa.table({
        "id": values, "small": (values % 3).astype(np.int32), "share": values / 3, "word": words, "kind": words.dictionary_encode(),
        "day": pa.array((values % 20_000).astype(np.int32)).cast(pa.date32()), "true": pa.array((values % 2).astype(bool)),
    })  # fmt: skip


def _options(schema):
    return {"use_dictionary": ["word", "kind"], "column_encoding": {"id": "DELTA_BINARY_PACKED"}, "compression": "lz4"}


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("sizes", [[5], [0], [3, 0, 4], list(range(1, 40)), [70_000, 1]])
def test_what_is_read_is_what_was_written(tmp_path, sizes, threads):
    path = tmp_path / "file.parquet"
    tables = [_table(size, place) for place, size in enumerate(sizes)]
    write_row_groups(path, tables, _options, threads)
    whole = pa.concat_tables(tables)
    found = pq.ParquetFile(path)
    assert found.metadata.num_row_groups == len(sizes)
    assert found.metadata.num_rows == len(whole)
    for place, table in enumerate(tables):
        assert found.read_row_group(place).to_pylist() == table.to_pylist()
    assert pq.read_table(path).schema.equals(whole.schema)
    assert duckdb.read_parquet(str(path)).to_arrow_table().to_pylist() == whole.to_pylist()


def test_the_footer_is_that_of_one_writer(tmp_path):
    tables = [_table(100, place) for place in range(20)]
    write_row_groups(tmp_path / "ours.parquet", tables, _options, 2)
    with pq.ParquetWriter(tmp_path / "theirs.parquet", tables[0].schema, **_options(None)) as writer:
        for table in tables:
            writer.write_table(table)
    assert (tmp_path / "ours.parquet").read_bytes() == (tmp_path / "theirs.parquet").read_bytes()


def test_a_fault_in_a_table_is_raised(tmp_path):
    def tables():
        yield _table(5)
        raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        write_row_groups(tmp_path / "file.parquet", tables(), _options, 2)


INTEGER = st.integers(-(2**63), 2**63 - 1)
VALUE = st.one_of(INTEGER.map(lambda n: (6, n)), st.binary().map(lambda b: (8, b)), st.just((1, None)))
FIELDS = st.dictionaries(st.integers(1, 100), VALUE)


@given(st.dictionaries(st.integers(1, 400), FIELDS.map(lambda f: (12, f)) | st.lists(INTEGER, max_size=40).map(lambda v: (9, (6, v)))))
@examples(1.0)
def test_structs_survive(fields):
    packed = _packed(12, fields)
    assert _unpacked(packed, 0, 12) == (fields, len(packed))


def test_the_file_is_closed_and_ends_as_it_begins(tmp_path):
    path: Path = tmp_path / "file.parquet"
    write_row_groups(path, [_table(3)], _options, 1)
    content = path.read_bytes()
    assert content[:4] == content[-4:] == b"PAR1"

"""The matrix: its rows and kinds of columns, date by date, and as a file."""

from __future__ import annotations

from datetime import date

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bgml.engine import matrix as matrices
from bgml.engine.build import build
from bgml.engine.columns.catalog import load_catalog
from bgml.errors import DataError, FeatureError
from tests.engine.world import DATES, world
from tests.engine_fixtures import assert_same, matrix_of, opened, project_of, stacked

ONLY = [
    "people_*",
    "breadth_28d",
    "days_since_*",
    "industry",
    "employees",
    "momentum",
    "topic_actions_28d",
    "account_open_before",
    "required_roles",
]


@pytest.fixture(scope="module")
def dataset():
    return opened(world(0))


@pytest.fixture(scope="module")
def made(dataset):
    return build(project_of(), dataset, DATES, only=ONLY, all_groups=True, cached=False)


def test_rows_stand_in_order_of_date_account_and_topic(made):
    frame = stacked(made)
    keys = list(zip(frame["as_of"], frame["account_id"], frame["topic"], strict=True))
    assert keys == sorted(set(keys))
    assert set(frame["as_of"].dt.date) == set(DATES) == set(made.dates)
    assert len(made) == len(frame)


def test_columns_have_their_kinds(made):
    for frame in made.frames():
        assert list(frame.columns) == ["as_of", "account_id", "topic", *made.catalog.names]
        assert frame["as_of"].dtype == "datetime64[s]"
        assert frame["account_id"].dtype == frame["topic"].dtype == "str"
        for column in made.catalog.columns:
            kind = frame[column.name].dtype
            match column.kind:
                case "integer":
                    assert kind in ("int32", "int64"), column
                case "number":
                    assert kind == "float64", column
                case "category":
                    assert isinstance(kind, pd.CategoricalDtype), column
                    assert kind.categories.dtype == "str", column


def test_attributes_are_those_of_the_account(made):
    frame, accounts = stacked(made), world(0)["accounts"].set_index("account_id")
    for name in ("industry", "employees"):
        expected = accounts.loc[frame["account_id"], name].reset_index(drop=True)
        found = frame[name].astype(expected.dtype)
        pd.testing.assert_series_equal(found, expected, check_names=False)
    assert frame["industry"].isna().any()


def test_one_date_is_the_slice_of_many(made):
    frames = dict(zip(made.dates, made.frames(), strict=True))
    for as_of in reversed(DATES):
        assert_same(made.frame(as_of), frames[as_of])


def test_tables_are_the_frames_in_arrow(made):
    for table, frame in zip(made.tables(), made.frames(), strict=True):
        assert table.schema.field("as_of").type == pa.date32()
        assert table.column_names == list(frame.columns)
        assert table.column("people_28d").to_pylist() == frame["people_28d"].tolist()


def test_runs_of_dates_do_not_show(made, monkeypatch):
    expected = stacked(made)
    for rows in (1, 20):
        monkeypatch.setattr(matrices, "CHUNK_ROWS", rows)
        assert_same(stacked(made), expected)
    first = next(iter(made.frames()))
    assert_same(first, made.frame(DATES[0]))


def test_dates_may_come_in_any_order_and_twice(dataset):
    mixed = [DATES[2], DATES[0], DATES[2]]
    found = build(project_of(), dataset, mixed, only=["people_28d"], cached=False)
    assert found.dates == (DATES[0], DATES[2])


def test_no_date_and_unknown_columns_are_refused(dataset):
    with pytest.raises(DataError, match="no as-of date was asked for"):
        build(project_of(), dataset, [])
    with pytest.raises(FeatureError, match='no feature is called "peopel_28d"; did you mean "people_28d"'):
        build(project_of(), dataset, DATES, only=["peopel_28d"])


def test_ids_that_are_whole_numbers_stay_so():
    frames = world(0)
    codes = {name: place for place, name in enumerate(frames["accounts"]["account_id"])}
    topics = {name: 10 - place for place, name in enumerate(sorted(set(frames["signals"]["topic"])))}
    for table in ("accounts", "signals", "opportunities"):
        frames[table] = frames[table].assign(account_id=frames[table]["account_id"].map(codes).astype("int64"))
        if "topic" in frames[table]:
            frames[table] = frames[table].assign(topic=frames[table]["topic"].map(topics).astype("int64"))
    frame = matrix_of(frames, DATES[1:3], only=["people_28d", "topic_won_364d", "industry"]).frame(DATES[1])
    assert frame["account_id"].dtype == frame["topic"].dtype == "int64"
    keys = list(zip(frame["account_id"], frame["topic"], strict=True))
    assert keys == sorted(keys) and len(keys) > 5


def test_a_date_without_candidates_has_an_empty_frame_of_the_same_kinds(dataset):
    early = date(2020, 1, 6)
    found = build(project_of(), dataset, [early, DATES[1]], only=ONLY, cached=True)
    empty, full = found.frames()
    assert len(empty) == 0
    assert empty.dtypes.to_dict() == full.dtypes.to_dict()
    assert_same(build(project_of(), dataset, [early], only=ONLY, cached=False).frame(early), empty)


def test_written_to_parquet(made, tmp_path):
    path = tmp_path / "matrix.parquet"
    assert made.write(path) == len(made)
    table = pq.read_table(path)
    assert table.schema.field("as_of").type == pa.date32()
    found = table.to_pandas().assign(as_of=lambda frame: frame["as_of"].astype("datetime64[s]"))
    for column, kind in stacked(made).dtypes.items():
        found[column] = found[column].astype(kind)
    assert_same(found, stacked(made))
    assert [path.name for path in tmp_path.iterdir()] == ["matrix.parquet"]
    assert pq.ParquetFile(path).num_row_groups >= len([frame for frame in made.frames() if len(frame)])


def test_duckdb_reads_the_file(made, tmp_path):
    path = tmp_path / "matrix.parquet"
    made.write(path)
    found = duckdb.read_parquet(str(path)).to_arrow_table()
    for name in ("as_of", "account_id", "topic", "people_28d", "breadth_28d"):
        assert found.column(name).to_pylist() == pq.read_table(path).column(name).to_pylist()


def test_only_attributes_and_derived_columns_may_be_null(made):
    schema = next(iter(made.tables())).schema
    derived = {column.name for column in made.catalog.derived}
    required = ("as_of", "account_id", "topic", "people_28d", "breadth_28d", "topic_actions_28d")
    assert not any(schema.field(name).nullable for name in required)
    assert {"industry", *derived} <= {field.name for field in schema if field.nullable}


def test_columns_are_added_to_the_file(made, tmp_path):
    seen = []

    def add(table):
        seen.append(table.column("as_of")[0].as_py())
        return {"row": pa.array(range(len(table)))}

    made.write(tmp_path / "matrix.parquet", add)
    assert seen == list(DATES)
    found = pq.read_table(tmp_path / "matrix.parquet").to_pandas()
    assert list(found.columns)[-1] == "row"
    assert found.groupby("as_of")["row"].apply(lambda rows: rows.tolist() == list(range(len(rows)))).all()


def test_an_empty_matrix_is_a_file_with_columns_and_no_rows(dataset, tmp_path):
    found = build(project_of(), dataset, [date(2020, 1, 6)], only=["people_28d", "industry", "momentum"], cached=False)
    assert found.write(tmp_path / "none.parquet", lambda table: {"row": pa.array(range(len(table)), pa.int64())}) == 0
    table = pq.read_table(tmp_path / "none.parquet")
    assert (table.num_rows, table.column_names) == (0, ["as_of", "account_id", "topic", "industry", "people_28d", "momentum", "row"])


def test_a_file_appears_whole_or_not_at_all(made, tmp_path):
    path = tmp_path / "matrix.parquet"
    path.write_bytes(b"the former one")

    def fail(table):
        if table.column("as_of")[0].as_py() == DATES[3]:
            raise ValueError("no")
        return {}

    with pytest.raises(ValueError, match="no"):
        made.write(path, fail)
    assert path.read_bytes() == b"the former one"
    assert [file.name for file in tmp_path.iterdir()] == ["matrix.parquet"]


def test_progress_is_told_shard_by_shard(dataset):
    told = []
    build(project_of(), dataset, DATES[:1], only=["people_28d"], cached=False, shard_tiles=60, progress=lambda *step: told.append(step))
    assert len(told) > 2
    assert [done for _, done, _ in told] == list(range(1, len(told) + 1))
    assert {(label, total) for label, _, total in told} == {("features", len(told))}


def test_people_missing_altogether_leave_zeros_where_people_are_counted_by_what_they_are():
    frames = world(0)
    del frames["people"]
    frame = matrix_of(frames, DATES[1:2], only=["people_91d", "departments_91d", "roles_91d", "coverage", "executives_91d"]).frame(DATES[1])
    assert frame["people_91d"].sum() > 0
    for name in ("departments_91d", "roles_91d", "coverage", "executives_91d"):
        np.testing.assert_array_equal(frame[name], 0)


def test_values_known_of_hidden_columns_do_not_show(dataset):
    catalog = load_catalog(project_of(), dataset).only(["coverage"])
    frame = build(project_of(), dataset, DATES[:1], catalog=catalog, cached=False).frame(DATES[0])
    assert list(frame.columns) == ["as_of", "account_id", "topic", "coverage"]

"""The rows behind a value add up to it: for every column of the starter and every kind of declaration."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from bgml.data.dataset import open_tables
from bgml.engine.build import build
from bgml.engine.columns.catalog import load_catalog
from bgml.engine.evidence import Group, Known, needed, recounted
from bgml.errors import FeatureError
from tests.engine.world import DATES, world
from tests.engine_fixtures import project_of


@pytest.fixture(scope="module")
def starter():
    """The starter's columns on a world in which everything happens, as one frame, with what is needed to ask for evidence."""
    project = project_of()
    dataset = open_tables(world(5), settings=project.settings)
    catalog = load_catalog(project, dataset)
    matrix = build(project, dataset, DATES[1:4], catalog=catalog, all_groups=True, cached=False)
    return project, dataset, catalog, pd.concat(matrix.frames(), ignore_index=True)


def rows_of(frame):
    """Some groups at different dates."""
    for _, row in frame.iloc[:: max(1, len(frame) // 3)].iterrows():
        yield row, Group(row["as_of"].date(), row["account_id"], row["topic"])


def test_counting_the_rows_gives_the_value_of_every_starter_column(starter):
    project, dataset, catalog, frame = starter
    assert len(catalog.base) > 120
    seen = 0
    for row, group in rows_of(frame):
        known = Known(project, dataset, group)
        for name, column in catalog.base.items():
            kind, rows, total = known.rows(column)
            assert len(rows) == total
            if column.info.kind == "category":
                told = rows[column.declaration.column].iloc[0]
                assert (told if pd.notna(told) else None) == (row[name] if pd.notna(row[name]) else None)
            else:
                np.testing.assert_allclose(recounted(column, rows, group.as_of), float(row[name]), rtol=1e-9, err_msg=f"{name} of {group}")
            seen += kind == "signals" and total > 0
    assert seen > 150


def test_a_derived_column_tells_what_it_reads(starter):
    project, dataset, catalog, frame = starter
    row, group = next(rows_of(frame))
    assert needed(catalog, "momentum") == ["momentum", "actions_28d", "actions_91d"]
    found = Known(project, dataset, group).evidence(catalog, "momentum", row)
    assert found.kind == "columns"
    assert found.reads == {"actions_28d": row["actions_28d"], "actions_91d": row["actions_91d"]}
    assert found.value == pytest.approx(3.25 * row["actions_28d"] / max(row["actions_91d"], 1))
    for column in catalog.derived:
        found = Known(project, dataset, group).evidence(catalog, column.name, row)
        again = column(pd.DataFrame({read: [value] for read, value in found.reads.items()})).iloc[0]
        assert float(again) == pytest.approx(float(row[column.name]), nan_ok=True)


def test_a_limit_keeps_the_newest_rows_and_the_number_of_all(starter):
    project, dataset, catalog, frame = starter
    row = frame.loc[frame["actions_182d"].idxmax()]
    group = Group(row["as_of"].date(), row["account_id"], row["topic"])
    every = Known(project, dataset, group).evidence(catalog, "actions_182d", row)
    few = Known(project, dataset, group).evidence(catalog, "actions_182d", row, limit=3)
    assert (few.total, len(few.rows)) == (every.total, 3) == (row["actions_182d"], 3)
    pd.testing.assert_frame_equal(few.rows, every.rows.head(3))
    assert every.rows["occurred_at"].is_monotonic_decreasing
    assert few.meaning == "signals in the last 182 days"


def test_a_column_that_is_not_there(starter):
    project, dataset, catalog, _ = starter
    known = Known(project, dataset, Group(date(2024, 1, 1), "a0", "cloud"))
    with pytest.raises(FeatureError, match='no rows behind "peple_7d": there is no such column; did you mean "people_7d"'):
        known.evidence(catalog, "peple_7d", {})
    with pytest.raises(FeatureError, match="accounts.revenue has no values"):
        known.evidence(catalog, "revenue", {})

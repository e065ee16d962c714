from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bgml.config import settings_from
from bgml.errors import DataError
from bgml.evaluation.race.truth import fits, truth_file, truth_scores
from bgml.learning.examples import Examples, no_deals
from bgml.project import Project


def examples() -> Examples:
    return Examples(
        features=pd.DataFrame(index=range(3)),
        as_of=np.array(["2024-01-01", "2024-01-01", "2024-01-08"], dtype="datetime64[D]"),
        account=np.array([0, 1, 1], np.int32),
        topic=np.array([0, 0, 1], np.int32),
        accounts=np.array(["a", "b"], object),
        topics=np.array(["x", "y"], object),
        won=np.zeros(3, np.float32),
        amount=np.full(3, np.nan),
        deals=no_deals(),
    )


def write(path: Path, rows: list[tuple[str, str, str, float]], name: str = "probability") -> Path:
    frame = pd.DataFrame(rows, columns=["as_of", "account_id", "topic", name])
    frame["as_of"] = pd.to_datetime(frame["as_of"]).dt.date
    pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), path / "truth.parquet")
    return path / "truth.parquet"


ROWS = [
    ("2024-01-08", "b", "y", 0.3),
    ("2024-01-01", "b", "x", 0.2),
    ("2024-01-01", "a", "x", 0.1),
    ("2023-12-25", "a", "x", 0.9),
    ("2024-01-01", "c", "x", 0.5),
]


def test_each_candidate_gets_its_own_probability(tmp_path: Path) -> None:
    found = truth_scores(write(tmp_path, ROWS), examples())
    assert found is not None
    assert found.tolist() == [0.1, 0.2, 0.3]


def test_a_truth_that_misses_a_candidate_is_no_upper_bound(tmp_path: Path) -> None:
    assert truth_scores(write(tmp_path, ROWS[1:]), examples()) is None


def test_a_file_of_another_kind_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="has no column probability"):
        truth_scores(write(tmp_path, ROWS, name="colour"), examples())


def test_the_truth_is_looked_for_beside_the_data(tmp_path: Path) -> None:
    project = Project(root=tmp_path, settings=settings_from({"project": {"name": "t"}, "data": {"url": str(tmp_path)}}, "test"))
    assert truth_file(project) is None
    path = write(tmp_path, ROWS)
    assert truth_file(project) == path


def test_the_truth_is_about_one_outcome() -> None:
    document = {"project": {"name": "t"}, "data": {"url": "data"}}
    assert fits(settings_from(document, "test"))
    assert not fits(settings_from({**document, "outcome": {"target": "created"}}, "test"))
    assert not fits(settings_from({**document, "outcome": {"horizon": 90}}, "test"))

"""Bad rows are written aside with their problem, whole files or none."""

from __future__ import annotations

import pandas as pd
import pytest

from bgml.data.checking import quarantine
from bgml.data.dataset import inspect, open_dataset
from bgml.errors import DataError


def spoiled(frames):
    frames["signals"]["problem"] = "theirs"
    frames["signals"].loc[[1, 2], "weight"] = -1.0
    frames["signals"].loc[2, "category"] = "web"
    frames["signals"].loc[[7, 8], "signal_id"] = "s07"
    return frames


@pytest.mark.parametrize("kind", ["parquet", "csv", "duckdb"])
def test_bad_rows_are_set_aside_as_they_were_read(kind, frames, placed, tmp_path):
    dataset = open_dataset(placed(spoiled(frames), kind))
    aside = pd.read_parquet(tmp_path / ".bgml" / "quarantine" / "signals.parquet").sort_values("signal_id", ignore_index=True)
    assert aside["signal_id"].tolist() == ["s01", "s02", "s07"]
    assert aside["problem"].tolist() == [
        "weight: negative",
        "category: unknown category; weight: negative",
        "signal_id: another row of this key is kept",
    ]
    assert aside["problem_as_read"].eq("theirs").all()
    assert aside["weight"].astype(float).tolist()[:2] == [-1, -1]
    assert set(aside["signal_id"][:2]).isdisjoint(dataset.frame("signals")["signal_id"])
    assert [path.name for path in (tmp_path / ".bgml" / "quarantine").iterdir()] == ["signals.parquet"]


def test_the_quarantine_of_a_table_that_is_clean_again_goes_away(frames, placed, tmp_path):
    kept = frames["signals"].copy()
    open_dataset(placed(spoiled(frames)))
    open_dataset(placed({**frames, "signals": kept}))
    assert list((tmp_path / ".bgml" / "quarantine").iterdir()) == []


def test_nothing_is_written_of_a_table_that_stops(frames, placed, tmp_path):
    frames["signals"]["category"] = "web"
    _, checked = inspect(placed(frames))
    assert checked.report.stops
    assert not (tmp_path / ".bgml" / "quarantine").exists()


def test_a_place_that_cannot_be_written_is_named_and_a_former_file_kept(frames, placed, tmp_path, monkeypatch):
    project = placed(spoiled(frames))
    open_dataset(project)
    path = tmp_path / ".bgml" / "quarantine" / "signals.parquet"
    before = path.read_bytes()

    def full(*_args, **_more):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(quarantine.pyarrow.parquet, "write_table", full)
    with pytest.raises(DataError, match=r"signals.parquet cannot be written \(\[Errno 28\] No space left on device\)"):
        open_dataset(project)
    assert path.read_bytes() == before
    assert [found.name for found in path.parent.iterdir()] == ["signals.parquet"]

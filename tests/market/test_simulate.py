"""A market from its numbers to its files."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from bgml.config import settings_from
from bgml.data.dataset import open_dataset
from bgml.errors import DataError
from bgml.market.simulate import simulate
from bgml.project import Project


def digests(folder: Path) -> dict[str, str]:
    """A checksum per file."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def test_the_same_seed_gives_the_same_bytes_on_any_number_of_threads(tmp_path: Path, folder: Path) -> None:
    threads = pa.cpu_count()
    pa.set_cpu_count(1)
    try:
        simulate(tmp_path / "again", accounts=300, weeks=90, seed=5)
    finally:
        pa.set_cpu_count(threads)
    simulate(tmp_path / "other", accounts=300, weeks=90, seed=6)
    assert digests(tmp_path / "again") == digests(folder)
    assert digests(tmp_path / "other")["signals.parquet"] != digests(folder)["signals.parquet"]


def test_the_tables_keep_the_contract(tmp_path: Path, folder: Path) -> None:
    document = {"project": {"name": "t"}, "data": {"url": str(folder), "until": date(2026, 1, 5)}}
    dataset = open_dataset(Project(root=tmp_path, settings=settings_from(document, "test")))
    assert not dataset.report.faults
    assert dataset.until == date(2026, 1, 5)
    assert len(dataset.frame("accounts")) == 300


def test_a_folder_that_holds_something_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("a\n1\n", encoding="utf-8")
    with pytest.raises(DataError, match="holds something already; nothing was written"):
        simulate(tmp_path, accounts=50, weeks=60)
    with pytest.raises(DataError, match="holds something already"):
        simulate(tmp_path / "mine.csv", accounts=50, weeks=60)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.csv"]


@pytest.mark.parametrize(("accounts", "weeks", "said"), [(19, 60, "19 accounts"), (50, 39, "39 weeks")])
def test_a_market_too_small_is_refused(tmp_path: Path, accounts: int, weeks: int, said: str) -> None:
    with pytest.raises(DataError, match=said):
        simulate(tmp_path / "market", accounts=accounts, weeks=weeks)
    assert not (tmp_path / "market").exists()


def test_the_smallest_market_fills_every_table(tmp_path: Path) -> None:
    for seed in range(8):
        rows = simulate(tmp_path / str(seed), accounts=20, weeks=40, seed=seed)
        assert min(rows.values()) > 0, (seed, rows)


def test_progress_reaches_the_end(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    simulate(tmp_path / "market", accounts=40, weeks=50, progress=lambda _, done, total: told.append((done, total)))
    assert told == sorted(told) and told[-1][0] == told[-1][1]

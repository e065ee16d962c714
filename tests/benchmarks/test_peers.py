"""benchmarks/peers.py runs at a tiny size: what is made is compared, kept, and not made again."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CASE = {"shape": "sparse", "signals": 20_000, "dates": 3}


def peers(folder: Path, *words: str) -> str:
    command = [sys.executable, str(ROOT / "benchmarks/peers.py"), "--folder", str(folder), "--results", str(folder / "runs.jsonl")]
    command += ["--signals", "20000", "--dates", "3", "--at-signals", "20000", "--at-dates", "3", "--without", "featuretools", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | {"PYTHONPATH": str(ROOT)})
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("peers")
    return folder, peers(folder, "--picture", str(folder / "peers.png"))


def test_every_peer_is_compared_cell_by_cell_with_bgml(measured: tuple[Path, str]) -> None:
    runs = {row["contender"]: row for row in map(json.loads, (measured[0] / "runs.jsonl").read_text().splitlines())}
    assert set(runs) == {"bgml", "Polars", "pandas", "DuckDB"}
    assert all(run.items() >= CASE.items() for run in runs.values())
    equal = {runs[name]["equal_cells"] for name in ("Polars", "pandas", "DuckDB")}
    assert len(equal) == 1 and equal.pop() > 10_000


def test_the_table_is_markdown_and_the_picture_is_drawn(measured: tuple[Path, str]) -> None:
    folder, told = measured
    assert "| CPU seconds (x bgml), signals x dates | 20,000 sparse x 3 |" in told
    assert re.search(r"^\| pandas \| [\d.]+ \([\d.]+\) \|$", told, flags=re.M)
    assert "Equal cell by cell: all 3 runs of peers" in told
    assert (folder / "peers.png").read_bytes()[:4] == b"\x89PNG"


def test_what_is_in_the_results_file_is_not_run_again(measured: tuple[Path, str]) -> None:
    folder, told = measured
    before = (folder / "runs.jsonl").read_bytes()
    again = peers(folder)
    assert (folder / "runs.jsonl").read_bytes() == before
    assert again.lstrip() == told[told.index("| wall seconds") :]

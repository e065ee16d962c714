"""benchmarks/steps.py runs at a tiny size, and its bounds and growth hold what they say."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def scripts(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    import steps

    yield steps
    for name in [name for name in sys.modules if name in ("matrix", "steps") or name.split(".")[0] == "measured"]:
        del sys.modules[name]


def test_steps_and_limits_are_measured_on_a_made_project(tmp_path: Path) -> None:
    results = tmp_path / "runs.jsonl"
    command = [sys.executable, str(ROOT / "benchmarks/steps.py"), "--signals", "20000", "--only", "help,scan,group,sort,core,write"]
    command += ["--folder", str(tmp_path), "--results", str(results)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | {"PYTHONPATH": str(ROOT)})
    assert done.returncode == 0, done.stderr
    runs = {row["step"]: row for row in map(json.loads, results.read_text().splitlines())}
    assert list(runs) == ["help", "scan", "group", "sort", "core", "write"]
    assert not [row for row in runs.values() if "problem" in row]
    assert all("work" in runs[name] for name in ("scan", "group", "sort", "write"))
    assert "| `features`, 21 core columns, 26 dates |" in done.stdout


def test_growth_is_the_exponent_of_a_power(scripts: Any) -> None:
    assert scripts.growth([(10, 5 * 10**1.5), (1000, 5 * 1000**1.5), (10_000, 5 * 10_000**1.5)]) == pytest.approx(1.5)


def test_a_process_over_its_time_or_memory_is_ended(scripts: Any) -> None:
    with pytest.raises(scripts.TooMuch, match="over 1 s"):
        scripts.run([sys.executable, "-c", "import time; time.sleep(60)"], limit=1)
    with pytest.raises(scripts.TooMuch, match=r"over 0\.2 GiB"):
        scripts.run([sys.executable, "-c", "import time; held = bytearray(b'x' * 2**29); time.sleep(60)"], most=0.2)


def test_a_process_that_fails_says_why(scripts: Any) -> None:
    with pytest.raises(scripts.Failed, match="no such luck"):
        scripts.run([sys.executable, "-c", "raise SystemExit('no such luck')"])

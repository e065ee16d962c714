"""The code that executors import is the running one, copied once."""

from __future__ import annotations

from pathlib import Path

import bgml
from bgml.engine.spark.code import shipped


def test_all_modules_are_there_as_they_are(tmp_path):
    home, made = Path(bgml.__file__).parent, shipped(tmp_path) / "bgml"
    names = {path.relative_to(home) for path in home.rglob("*.py")}
    assert {path.relative_to(made) for path in made.rglob("*.py")} == names
    kernel = Path("engine/kernel.py")
    assert (made / kernel).read_bytes() == (home / kernel).read_bytes()
    assert (made / kernel).stat().st_mtime == (home / kernel).stat().st_mtime  # By which compiled loops are known.


def test_the_same_code_is_copied_once(tmp_path):
    first = shipped(tmp_path)
    made = first.stat().st_mtime_ns
    assert shipped(tmp_path) == first
    assert first.stat().st_mtime_ns == made
    assert [path.name for path in tmp_path.iterdir()] == [first.name]

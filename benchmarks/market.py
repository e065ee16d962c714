"""The race on the simulated market at its default settings, for several seeds.

    python benchmarks/market.py            # seeds 0, 1, 2; about five minutes each on two cores
    python benchmarks/market.py 0 7

Prints precision@50 of every entry, the difference of each learned model to the best baseline with its interval, and the share of the
truth-ranker's precision@50 that it reaches. Leaves the evaluation of each seed beside it, for race_picture.py.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any


def raced(seed: int, folder: Path) -> dict[str, Any]:
    """The evaluation of a fresh default market."""
    project = folder / f"market-{seed}"

    def bgml(*words: str) -> str:
        return subprocess.run([sys.executable, "-m", "bgml", *words], check=True, capture_output=True, text=True).stdout

    if not project.exists():
        bgml("init", str(project))
        bgml("simulate", str(project / "data"), "--seed", str(seed))
    found = bgml("evaluate", "--project", str(project), "--json")
    (folder / f"evaluation-{seed}.json").write_text(found, encoding="utf-8")
    return dict(json.loads(found))


def main() -> None:
    """Race the seeds and print the table."""
    folder = Path(tempfile.gettempdir()) / "bgml-benchmarks"
    folder.mkdir(exist_ok=True)
    for seed in [int(word) for word in sys.argv[1:]] or [0, 1, 2]:
        evaluation = raced(seed, folder)
        print(f"\nseed {seed}: {evaluation['counts']['candidates']:,} candidates, {evaluation['counts']['dates']} dates")
        for name, entry in sorted(evaluation["models"].items(), key=lambda item: -item[1]["metrics"]["precision_at_50"]["value"]):
            figure = entry["metrics"]["precision_at_50"]
            print(f"  {name:16}{figure['value']:7.3f} [{figure['low']:.3f}, {figure['high']:.3f}]")
        for line in evaluation["summary"]:
            print(f"  {line}")


if __name__ == "__main__":
    main()

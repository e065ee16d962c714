"""What Spark costs: CPU seconds of the driver, the JVMs and the Python workers for features of bursty signals at growing sizes.

    python benchmarks/cluster.py 1 3 10        # million signals, on a cluster of two worker processes

CPU seconds are those of this process and everything it started, looked at five times a second; what a process uses
between the last look and its end is missed.
"""

from __future__ import annotations

import os
import sys
import tempfile
import threading
import time
from datetime import date, timedelta
from pathlib import Path

from bgml.config import settings_from
from bgml.data.dataset import open_dataset
from bgml.engine.build import build
from bgml.project import Project

sys.path.insert(0, str(Path(__file__).parent))
from bursty import write  # noqa: E402

MASTER = "local-cluster[2,1,4096]"
DATES = [date(2024, 1, 1) + timedelta(weeks=2 * place) for place in range(26)]
ONLY = ["actions_*", "people_*d", "visitors_*", "days_*", "breadth_*", "concentration_*"]
TICK = os.sysconf("SC_CLK_TCK")


class Meter(threading.Thread):
    """CPU seconds of this process and its descendants, the ended ones included."""

    def __init__(self) -> None:
        """Nothing is counted before it is started."""
        super().__init__(daemon=True)
        self.seen: dict[int, float] = {}

    def run(self) -> None:
        """Look, and look again."""
        while True:
            self.look()
            time.sleep(0.2)

    def look(self) -> float:
        """The seconds so far."""
        parents, used = {}, {}
        for path in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = path.read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents[int(path.parent.name)] = int(fields[1])
            used[int(path.parent.name)] = (int(fields[11]) + int(fields[12])) / TICK
        own, grown = {os.getpid()}, True
        while grown:
            more = {process for process, parent in parents.items() if parent in own} - own
            grown = bool(more)
            own |= more
        self.seen.update({process: used[process] for process in own})
        return sum(self.seen.values())


def measure(millions: float, master: str | None, meter: Meter) -> None:
    """Print rows, wall and CPU seconds of one size; without a master the local engine's."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        write(folder / "data", int(millions * 1e6), "sparse")
        sections = {"engine": {"name": "spark"}, "spark": {"master": master}} if master else {}
        given = {"project": {"name": "cluster"}, "data": {"until": date(2025, 1, 6)}, **sections}
        project = Project(folder, settings_from(given, "cluster"))
        dataset = open_dataset(project)
        began, before = time.time(), meter.look()
        matrix = build(project, dataset, DATES, only=ONLY, cached=False)
        wall, cpu = time.time() - began, meter.look() - before
        print(f"{master or 'local':>24} {millions:>6g} M signals {len(matrix):>10,} rows {wall:7.1f} s wall {cpu:7.1f} s CPU", flush=True)


if __name__ == "__main__":
    meter = Meter()
    meter.start()
    for size in map(float, sys.argv[1:]):
        for master in (None, MASTER):
            measure(size, master, meter)

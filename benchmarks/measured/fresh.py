"""A command in a process of its own: what it took, measured from outside by the kernel's own accounts."""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Spent:
    """Wall and CPU seconds and the peak of memory (GiB) of one process, its start and imports included, and what it printed."""

    wall: float
    cpu: float
    peak: float
    said: str = ""

    def figures(self) -> dict[str, float]:
        """What is kept of it."""
        return {"wall": round(self.wall, 3), "cpu": round(self.cpu, 3), "peak": round(self.peak, 3)}


class TooLong(Exception):
    """The process was ended because it took longer than allowed."""


class Failed(Exception):
    """The process ended with an error; the message is the end of what it wrote to stderr."""


def run(command: Sequence[str | Path], *, cwd: Path | None = None, env: Mapping[str, str] | None = None, limit: float = 3600) -> Spent:
    """Run a command to its end, at most `limit` seconds; raises TooLong or Failed.

    The peak is of this one process (a process that this one starts counts with its own peak, if that is higher). The caller should be
    small: until a new program is loaded, the kernel counts the caller's memory as the child's.
    """
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as errors:
        began = time.perf_counter()
        child = subprocess.Popen([str(word) for word in command], cwd=cwd, env=os.environ | (env or {}), stdout=out, stderr=errors)
        alarm = threading.Timer(limit, child.kill)
        alarm.start()
        try:
            _, status, usage = os.wait4(child.pid, 0)
        finally:
            alarm.cancel()
        wall, child.returncode = time.perf_counter() - began, os.waitstatus_to_exitcode(status)
        out.seek(0)
        errors.seek(0)
        if child.returncode == -9 and wall >= limit:
            raise TooLong(f"over {limit:.0f} s")
        if child.returncode:
            raise Failed(f"{' '.join(map(str, command))} ended with {child.returncode}: {errors.read()[-2000:]}")
        return Spent(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 2**20, out.read())

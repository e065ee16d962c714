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


class TooMuch(Exception):
    """The process was ended because it took more time or memory than allowed; the message says which."""


class Failed(Exception):
    """The process ended with an error; the message is the end of what it wrote to stderr."""


def run(
    command: Sequence[str | Path], *, cwd: Path | None = None, env: Mapping[str, str] | None = None, limit: float = 3600, most: float = 1e9
) -> Spent:
    """Run a command to its end, within `limit` seconds and `most` GiB (where /proc tells them); raises TooMuch or Failed.

    The peak is of this one process (a process that this one starts counts with its own peak, if that is higher). The caller should be
    small: until a new program is loaded, the kernel counts the caller's memory as the child's.
    """
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as errors:
        began = time.perf_counter()
        child = subprocess.Popen([str(word) for word in command], cwd=cwd, env=os.environ | (env or {}), stdout=out, stderr=errors)
        ended, over = threading.Event(), list[str]()
        watch = threading.Thread(target=_watch, args=(child, began + limit, most, ended, over))
        watch.start()
        try:
            _, status, usage = os.wait4(child.pid, 0)
        finally:
            ended.set()
            watch.join()
        wall, child.returncode = time.perf_counter() - began, os.waitstatus_to_exitcode(status)
        out.seek(0)
        errors.seek(0)
        if over:
            raise TooMuch(over[0])
        if child.returncode:
            raise Failed(f"{' '.join(map(str, command))} ended with {child.returncode}: {errors.read()[-2000:]}")
        return Spent(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 2**20, out.read())


def _watch(child: subprocess.Popen[bytes], until: float, most: float, ended: threading.Event, over: list[str]) -> None:
    """End the child when it is over time or memory, and say so in `over`."""
    began = time.perf_counter()
    while not ended.wait(0.1):
        if time.perf_counter() > until:
            over.append(f"over {until - began:.0f} s")
        elif _resident(child.pid) > most:
            over.append(f"over {most:g} GiB")
        if over:
            child.kill()
            return


def _resident(process: int) -> float:
    """GiB that a process holds now; 0 where that cannot be told."""
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**30

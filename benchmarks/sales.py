"""How long the weekly list takes with everything sales gets: 100,000 groups with members, roles, stage, reasons for the top 5,000.

python benchmarks/sales.py [--groups 100000] [--top 5000] [--keep DIR]

A market of 600 accounts is simulated and learned from; copies of its tables under other ids make as many groups as asked for, with the
signals and touches of the last 26 weeks (about 15 million signals). `bgml score`
then runs once in a fresh process; printed are its wall time, CPU time and peak memory.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

SETTINGS = """
[project]
name = "sales"
[ranking]
capacity = {top}
owner_capacity = {top}
max_per_account = 100
"""
DATED = ("signals", "touches")
IDS = {
    "accounts": ("account_id", "owner"), "people": ("person_id", "account_id"),
    "signals": ("signal_id", "account_id", "person_id", "visitor_id"),
    "opportunities": ("opportunity_id", "account_id"), "opportunity_contacts": ("opportunity_id", "person_id"),
    "touches": ("touch_id", "account_id", "person_id"),
}  # fmt: skip


def bgml(*arguments: str) -> str:
    """Run a command to its end; its output."""
    done = subprocess.run([sys.executable, "-m", "bgml", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return done.stdout


def copies(small: Path, large: Path, times: int) -> None:
    """The tables `times` times over, every copy under ids of its own."""
    large.mkdir(parents=True, exist_ok=True)
    con = duckdb.connect()
    for name, ids in IDS.items():
        source = small / f"{name}.parquet"
        if not source.exists():
            continue
        renamed = ", ".join(f"{column} || '-' || copy as {column}" for column in ids)
        recent = f"where occurred_at >= (select max(occurred_at) from '{source}') - interval 182 days" if name in DATED else ""
        rows = f"select * exclude copy replace ({renamed}) from '{source}', range({times}) as copies(copy) {recent}"
        con.execute(f"copy ({rows}) to '{large / source.name}' (format parquet)")
    for path in small.glob("*.parquet"):
        if path.stem == "topics":
            (large / path.name).write_bytes(path.read_bytes())


def main() -> None:
    """Make the tables, score them, print what it took."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--groups", type=int, default=100_000)
    parser.add_argument("--top", type=int, default=5_000)
    parser.add_argument("--keep", type=Path)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        root = chosen.keep or Path(made)
        root.mkdir(parents=True, exist_ok=True)
        (root / "bgml.toml").write_text(SETTINGS.format(top=chosen.top))
        if not (root / "mlruns").exists():
            bgml("simulate", str(root / "data"), "--accounts", "600", "--quiet")
            bgml("train", "propensity", "--project", str(root), "--quiet")
        small = json.loads(bgml("score", "--project", str(root), "--json"))["groups"]
        copies(root / "data", root / "large", -(-chosen.groups // small))
        began = time.perf_counter()
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        told = json.loads(bgml("score", "--project", str(root), "--data", str(root / "large"), "--json"))
        wall = time.perf_counter() - began
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        print(f"{told['groups']:,} groups, {told['selected']:,} selected and explained: {wall:.1f} s wall, {cpu:.1f} s CPU,")
        print(f"{after.ru_maxrss / 2**20:.2f} GiB at most (of all the processes it ran)")


if __name__ == "__main__":
    main()

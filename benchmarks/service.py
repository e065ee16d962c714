"""The service under load, beside an endpoint of FastAPI that does nothing: a ranking of 200,000 groups, one worker each, the same load.

    python benchmarks/service.py                       # wrk is needed: Debian's package of that name
    python benchmarks/service.py --groups 20000 --seconds 5

Everything is on: the guard with tokens, the audit log, entity tags. Printed are the 50th and 95th percentile of the time to an answer, the
latter's ratio to the empty endpoint's, what an address takes when it is asked for the first time (alone, in milliseconds, the median and
the longest: it is remembered afterwards), the worker's memory after each, and the time from its start to the first answer.
"""

from __future__ import annotations

import argparse
import json
import re
import secrets
import subprocess
import sys
import tempfile
import time
import urllib.request
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from bgml.project import find_project
from bgml.ranking.archive import store
from bgml.ranking.columns import COLUMNS, MEMBERS, TIMELINE, TOUCHES, table
from bgml.web.access.tokens import create

MONDAY = date(2026, 1, 5)
OWNERS, TOPICS = 120, 12
EMPTY = """
from fastapi import FastAPI
app = FastAPI()
@app.get("/")
async def empty():
    return {}
"""
SCRIPT = """
local paths = {PATHS}
local turn = 0
local headers = {["Authorization"] = "Bearer TOKEN"}
request = function()
  turn = turn + 1
  return wrk.format("GET", paths[turn % #paths + 1], headers)
end
"""


def project(root: Path, groups: int, weeks: int = 4) -> None:
    """A project with rankings of some weeks, made up but of the shape that `bgml score` writes."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "bgml.toml").write_text('[project]\nname = "bench"\n')
    former: list[dict[str, str]] = []
    for back in range(weeks - 1, -1, -1):
        day, ranking_id = MONDAY - timedelta(7 * back), f"{back + 1:016x}"
        model = {"name": "propensity", "version": 1, "as_of": str(day), "run_id": "none", "sha256": "none"}
        inputs = {"format": 4, "as_of": str(day), "hindsight": False, "model": model, "formers": former}
        store.write(root / "rankings", day, ranking_id, tables(groups, day, ranking_id, back), inputs)
        former = [{"as_of": str(day), "ranking_id": ranking_id}]
    people = [f"P{number:08}" for number in range(groups * 2)]
    frame = {"person_id": people, "name": [f"Person {number}" for number in range(groups * 2)]}
    frame |= {"email": [f"{person}@example.com" for person in people]}
    frame |= {"title": ["Engineer"] * len(people), "department": ["IT"] * len(people)}
    pq.write_table(pa.table(frame), root / "rankings" / "people.parquet", row_group_size=5_000)


def tables(n: int, day: date, ranking_id: str, seed: int) -> dict[str, pa.Table]:
    """Ranking, members, timeline and touches of n groups."""
    rng = np.random.default_rng(seed)
    account = rng.permutation(np.repeat(np.arange(n // 2), 2))[:n]
    names = np.array([f"Company {number}" for number in range(n // 2)], object)
    topic = np.array([f"topic-{number:02}" for number in range(TOPICS)], object)[(account * 7 + np.arange(n)) % TOPICS]
    score = np.sort(rng.normal(-3, 1.5, n))[::-1]
    person = [f"P{number:08}" for number in rng.integers(0, 2 * n, n)]
    bands = np.array(list("ABCD"), object)[np.searchsorted([0.05, 0.2, 0.5], np.arange(n) / n)]
    said = ["active on 17 days of the last 28 (groups that won had 10 on the median, others 1)"] * 5
    values = {
        "as_of": day, "rank": np.arange(1, n + 1, dtype=np.int32), "account_id": [f"A{number:07}" for number in account],
        "account_name": names[account], "topic": topic, "propensity": 1 / (1 + np.exp(-score)), "score": score,
        "percentile": 100 * (1 - np.arange(n) / n), "band": bands,
        "trend": rng.choice(["improving", "steady", "declining", "new"], n), "previous_rank": rng.permutation(n).astype(np.int32) + 1,
        "stage": rng.choice(["identified", "engaged", "qualified"], n), "segment": rng.choice(["smb", "mid-market", "enterprise"], n),
        "region": rng.choice(["AMER", "EMEA", "APAC"], n), "route": "group", "selected": np.arange(n) < 500, "selected_by": "rank",
        "selection_probability": np.ones(n), "people": rng.integers(1, 9, n).astype(np.int32),
        "visitors": rng.integers(0, 4, n).astype(np.int32),
        "coverage": rng.random(n), "missing_roles": [["decision_maker"]] * n,
        "reasons": [said if at < 500 else None for at in range(n)],
        "next_step": [f"Contact [{who}], practitioner: 12 actions in four weeks, not reached" for who in person],
        "expected_amount": rng.random(n) * 1e5, "owner": [f"R{number:03}" for number in account % OWNERS],
        "owner_rank": pd.Series(account % OWNERS).groupby(account % OWNERS).cumcount().to_numpy(np.int32) + 1, "model": "propensity",
        "model_version": 1, "ranking_id": ranking_id, "mlflow_run": "none",
    }  # fmt: skip
    size = rng.integers(3, 7, n)
    at = np.repeat(np.arange(n), size)
    first = np.cumsum(size) - size
    members = np.array([f"P{number:08}" for number in rng.integers(0, 2 * n, len(at))], object)
    members[first] = person
    keys = {"as_of": day, "account_id": np.array(values["account_id"], object)[at], "topic": topic[at]}
    seen = np.full(len(at), np.datetime64(day) - 5)
    who = {
        **keys, "person_id": members, "role": rng.choice(["practitioner", "champion", "finance"], len(at)), "role_source": "title",
        "role_confidence": np.full(len(at), 0.6), "actions_28d": rng.integers(0, 9, len(at)).astype(np.int32),
        "actions_91d": rng.integers(1, 20, len(at)).astype(np.int32), "first_seen": seen - 60, "last_seen": seen, "status": "active",
        "share": np.full(len(at), 0.2),
    }  # fmt: skip
    weeks = {**keys, "person_id": members, "week": np.full(len(at), np.datetime64(day) - 7), "category": "named"}
    weeks |= {"actions": np.ones(len(at), np.int32)}
    some = len(account[::4])
    touched = {"as_of": day, "account_id": values["account_id"][::4], "week": np.full(some, np.datetime64(day) - 14), "kind": "mail"}
    touched |= {"touches": np.ones(some, np.int32), "topic": pa.nulls(some, pa.string())}
    return {
        "ranking": table(COLUMNS, values, n), "members": table(MEMBERS, who, len(at)), "timeline": table(TIMELINE, weeks, len(at)),
        "touches": table(TOUCHES, touched, some),
    }  # fmt: skip


def got(url: str, token: str) -> bytes:
    """An answer, by a connection of its own."""
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
    content: bytes = urllib.request.urlopen(request, timeout=30).read()
    return content


def answered(url: str, process: subprocess.Popen[bytes], token: str, limit: float = 60) -> None:
    """Wait for the first answer."""
    end = time.perf_counter() + limit
    while time.perf_counter() < end and process.poll() is None:
        try:
            got(url, token)
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise SystemExit(f"nothing answered at {url}")


def asked(url: str, token: str) -> float:
    """Milliseconds until an answer."""
    began = time.perf_counter()
    got(url, token)
    return (time.perf_counter() - began) * 1000


def load(base: str, paths: list[str], token: str, seconds: int, connections: int) -> tuple[float, float, float]:
    """The 50th and 95th percentile in milliseconds, and requests per second."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        told = ", ".join(json.dumps(path) for path in paths)
        done = 'done = function(summary, latency) io.write(string.format("P %f %f\\n", latency:percentile(50), latency:percentile(95))) end'
        script.write(SCRIPT.replace("PATHS", told).replace("TOKEN", token) + done)
        script.flush()
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", script.name, base]
        out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in out:
        raise SystemExit(out)
    low, high = re.search(r"P ([\d.]+) ([\d.]+)", out).groups()  # type: ignore[union-attr]
    return float(low) / 1000, float(high) / 1000, float(re.search(r"Requests/sec: +([\d.]+)", out)[1])  # type: ignore[index]


def started(command: list[str], url: str, token: str) -> tuple[subprocess.Popen[bytes], float]:
    """A server and the seconds until it first answered."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    answered(url, process, token)
    return process, time.perf_counter() - began


def memory(process: subprocess.Popen[bytes]) -> str:
    """Resident memory, now and at most."""
    if process.poll() is not None:
        return f"unknown: the service ended with {process.poll()}"
    status = Path(f"/proc/{process.pid}/status").read_text()
    now, most = (int(re.search(rf"{name}:\s+(\d+)", status)[1]) // 1024 for name in ("VmRSS", "VmHWM"))  # type: ignore[index]
    return f"{now} MB, at most {most} MB"


def pages(service: str, token: str, most: int = 40) -> list[str]:
    """The parts of a list, each found by the cursor of the one before."""
    base = path = f"/v1/rankings/{MONDAY}"
    found = [path]
    while len(found) < most and (cursor := json.loads(got(service + path, token))["next_cursor"]):
        path = f"{base}?cursor={cursor}"
        found.append(path)
    return found


def tokens(root: Path) -> tuple[str, str]:
    """A token for somebody who sees all, and one for a rep."""
    project, run = find_project(named=root), secrets.token_hex(3)
    return create(project, f"bench {run}", "viewer")[1], create(project, f"bench rep {run}", "viewer", "R001")[1]


def cases(service: str, token: str, rep: str) -> dict[str, tuple[str, list[str]]]:
    """What is asked for, and by whom, by name: several addresses each, so that not one answer alone is measured."""
    base = f"/v1/rankings/{MONDAY}"
    owners = [f"{base}?owner=R{number:03}" for number in range(0, OWNERS, 2)]
    topics = [f"{base}?topic=topic-{number:02}" for number in range(TOPICS)]
    mixed = [f"{topic}&band={band}&sort={sort}" for topic in topics for band in "AB" for sort in ("rank", "-people")]
    banded = [f"{base}?owner=R{number:03}&band=D&segment=smb" for number in range(OWNERS)]
    words = [f"{base}?q=company+{number}" for number in range(1, 200)]
    some = json.loads(got(f"{service}{base}?limit=100&band=B", token))["groups"]
    groups = [f"/v1/group?account_id={row['account_id']}&topic={row['topic']}" for row in some]
    own = [f"{base}?sort={turn}{name}&limit={limit}" for turn in ("", "-") for name in ("rank", "movement") for limit in (25, 50)]
    return {
        "list": (token, [base]), "one owner": (token, owners), "topic, band and order": (token, mixed),
        "owner, band, segment": (token, banded), "search": (token, words), "cursor": (token, pages(service, token)),
        "limited to an owner": (rep, own), "limited, a week before": (rep, [f"/v1/rankings/{MONDAY - timedelta(7)}"]),
        "group (no bar)": (token, groups),
    }  # fmt: skip


def main() -> None:
    """Make the project, start both servers, measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--groups", type=int, default=200_000)
    parser.add_argument("--seconds", type=int, default=8)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        root = options.folder or Path(made) / "project"
        if not (root / "bgml.toml").exists():
            project(root, options.groups)
        (Path(made) / "empty.py").write_text(EMPTY)
        token, rep = tokens(root)
        common = [sys.executable, "-m", "uvicorn", "empty:app", "--port", "8651", "--no-access-log", "--app-dir", made]
        bare, at = "http://127.0.0.1:8651", "http://127.0.0.1:8652"
        empty, _ = started(common, bare, token)
        serve = [str(Path(sys.executable).with_name("bgml")), "serve", "--port", "8652", "--project", str(root), "--quiet"]
        service, first = started(serve, f"{at}/v1/rankings/{MONDAY}", token)
        try:
            time.sleep(5)  # Both are ready; the service opens former rankings after its first answer.
            low, high, rate = load(bare, ["/"], token, options.seconds, options.connections)
            print(f"first answer after {first:.2f} s; memory then {memory(service)}")
            print(f"{'':24}{'p50 ms':>9}{'p95 ms':>9}{'per s':>9}{'p95 / empty':>13}{'first time':>12}{'longest':>9}")
            print(f"{'empty endpoint':24}{low:9.2f}{high:9.2f}{rate:9.0f}{1:13.2f}")
            for name, (who, paths) in cases(at, token, rep).items():
                times = [asked(at + path, who) for path in paths]
                found = load(at, paths, who, options.seconds, options.connections)
                print(f"{name:24}{found[0]:9.2f}{found[1]:9.2f}{found[2]:9.0f}{found[1] / high:13.2f}", end="")
                print(f"{np.median(times):12.1f}{max(times):9.1f}  {memory(service)}", flush=True)
        finally:
            empty.terminate()
            service.terminate()
            service.wait()


if __name__ == "__main__":
    main()

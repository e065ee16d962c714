"""On a cluster of two worker processes the matrix is the local one: skewed accounts, another bgml on the workers, a lost worker."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import pandas as pd
import pytest

from bgml.engine.build import build
from bgml.engine.spark.session import session
from bgml.errors import DataError
from tests.engine.spark.cluster import WORKERS, needed, on_spark
from tests.engine.world import DATES, world
from tests.engine_fixtures import assert_same, opened, project_of, stacked

# py4j leaves the closing of its sockets to the garbage collector.
pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


def skewed() -> dict[str, pd.DataFrame]:
    """A world in which one account has about half of all signals."""
    frames = world(0)
    signals = frames["signals"]
    moved = signals["signal_id"].str[-1].isin(list("1357"))
    return {**frames, "signals": signals.assign(account_id=signals["account_id"].where(~moved, "a3"))}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """A project on two workers that cannot import this bgml: theirs is another one, which does not load."""
    needed()
    root = tmp_path_factory.mktemp("spark")
    (root / "other" / "bgml").mkdir(parents=True)
    (root / "other" / "bgml" / "__init__.py").write_text('raise ImportError("not this one")\n', encoding="utf-8")
    conf = {"spark.executorEnv.PYTHONPATH": str(root / "other")}
    project = on_spark(project_of(root), WORKERS, partitions=6, conf=conf)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PYTHONPATH", raising=False)
        with session(project.settings.spark):
            yield project


def test_the_matrix_is_the_local_one_with_half_of_all_signals_in_one_account(cluster, tmp_path):
    dataset = opened(skewed())
    expected = build(project_of(tmp_path), dataset, DATES, cached=False)
    found = build(cluster, dataset, DATES)
    assert len({cell.path for cells in found.cells for cell in cells}) > 1  # More than one task had accounts.
    assert_same(stacked(found), stacked(expected))


def test_a_lost_worker_is_survived(cluster, tmp_path):
    dataset = opened(world(0))
    lost: list[int] = []
    watch = threading.Thread(target=_kill_one, args=(cluster.state, lost))
    watch.start()
    found = build(cluster, dataset, DATES)
    watch.join(60)
    assert len(lost) == 1
    assert_same(stacked(found), stacked(build(project_of(tmp_path), dataset, DATES, cached=False)))


def test_a_failed_job_is_one_sentence(cluster, monkeypatch):
    monkeypatch.setattr("bgml.engine.spark.spread.pickle.dumps", lambda task: b"nothing")
    with pytest.raises(DataError, match="the Spark job failed: .*Error") as caught:
        build(cluster, opened(world(0)), DATES)
    assert "\n" not in str(caught.value)


def _kill_one(state: Path, lost: list[int]) -> None:
    """Kill one executor of this process as soon as a task has written its cells, while others wait for theirs."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        written = [path for path in state.glob("spill-*/*.parquet") if path.name != "tiles.parquet"]
        if written:
            victim = _executors()[0]
            os.kill(victim, signal.SIGKILL)
            lost.append(victim)
            return
        time.sleep(0.01)


def _executors() -> list[int]:
    """The executor processes that this process started, directly or not."""
    parents, named = {}, set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            if b"CoarseGrainedExecutorBackend" in (folder / "cmdline").read_bytes():
                named.add(int(folder.name))
        except OSError:
            continue
    return sorted(process for process in named if _own(process, parents))


def _own(process: int, parents: dict[int, int]) -> bool:
    while process in parents and process != os.getpid():
        process = parents[process]
    return process == os.getpid()

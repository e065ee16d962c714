"""The matrix's parts from a Spark job: tiles staged once, cut into ranges of accounts, each computed by a task of its own."""

from __future__ import annotations

import contextlib
import math
import pickle
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from bgml.config import SparkSection
from bgml.data.databases.failures import first_line
from bgml.data.dataset import Dataset
from bgml.engine.cache import SpillStore
from bgml.engine.shards.tiles import staged
from bgml.engine.spark.code import shipped
from bgml.engine.spark.session import session
from bgml.engine.spark.task import HOME, Task, received
from bgml.engine.topics import TopicSums
from bgml.engine.work import Part, Work
from bgml.errors import BgmlError, DataError
from bgml.project import Progress, Project

TASK_TILES = 2_000_000
"""Tiles of a task, where accounts are not larger: some hundreds of megabytes in its Python process."""


def spread(project: Project, dataset: Dataset, work: Work, topics: pa.Array, sums: TopicSums, progress: Progress) -> Iterator[Part]:
    """What the shards of all accounts give, in order of account, as `Work.parts` gives it; DataError when the job fails."""
    settings = project.settings.spark
    with session(settings) as spark:  # First: without Java or pyspark nothing should be written.
        store = _store(project)
        progress("tiles", 0, 1)
        tiles = store.folder / "tiles.parquet"
        staged(dataset, tiles, weights=work.program.needs_weights, actions=work.program.reads("action"))
        progress("tiles", 1, 1)
        task = Task(work, topics, work.program.needs_weights, str(store.folder))
        rows = _job(spark, task, tiles, shipped(store.folder.parent), _partitions(settings, tiles, spark.sparkContext.defaultParallelism))
        tiles.unlink()
    for done, row in enumerate(sorted(rows, key=lambda row: (row.partition, row.shard)), 1):
        part = received(row, sums)
        progress("features", done, len(rows))
        # The folder goes when no cell refers to its store any more.
        yield replace(part, cells=[replace(cell, store=store) for cell in part.cells])


def _store(project: Project) -> SpillStore:
    """A folder of this run that every machine sees."""
    shared = project.settings.spark.folder
    # Of a dead process of this machine the store removes what it left; another machine's processes are not known here.
    folder = Path(shared).absolute() / f"bgml-{socket.gethostname()}" if shared else project.state.absolute()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return SpillStore(folder)
    except OSError as error:
        problem = f"{folder} cannot be written ({error.strerror})"
        raise DataError(f"{problem}; set [spark] folder to one that this machine and all executors share") from error


def _partitions(settings: SparkSection, tiles: Path, cores: int) -> int:
    """How many ranges of accounts: as set, else one for every TASK_TILES tiles, but one per core at least."""
    return settings.partitions or max(cores, math.ceil(pq.read_metadata(tiles).num_rows / TASK_TILES))


def _job(spark: Any, task: Task, tiles: Path, code: Path, partitions: int) -> list[Any]:  # noqa: ANN401  (pyspark is optional)
    """The rows of HOME of all tasks.

    Ranges hold whole accounts and about as many tiles each, so an account larger than that has a task (almost) to itself.
    """
    plan = tiles.with_name("task.pickle")
    plan.write_bytes(pickle.dumps(task))
    run = _runner(str(code), str(plan))
    with _failing():
        rows = spark.read.parquet(tiles.as_uri()).repartitionByRange(partitions, "account_id").mapInArrow(run, HOME)
        found: list[Any] = rows.collect()
        return found


def _runner(code: str, plan: str) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """What Spark sends to executors: nothing but where the code and the task are, so that they need no bgml of their own."""

    def run(batches):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202  (annotations would be sent with it)
        import pickle
        import sys
        from pathlib import Path

        from pyspark import TaskContext

        if code not in sys.path:
            sys.path.insert(0, code)
        yield from pickle.loads(Path(plan).read_bytes()).run(TaskContext.get().partitionId(), batches)

    return run


@contextlib.contextmanager
def _failing() -> Iterator[None]:
    """Turn what Spark raises into a DataError of one sentence."""
    try:
        yield
    except BgmlError:
        raise
    except Exception as error:
        raise DataError(f"the Spark job failed: {_cause(error)}; its executors' logs say more (docs/cluster.md)") from error


def _cause(error: Exception) -> str:
    """The last line of an executor's Python traceback where there is one, else Spark's first."""
    lines = [line.strip() for line in str(error).splitlines()]
    named = [line for line in lines if line.split(":")[0].endswith(("Error", "Exception")) and not line.startswith(("org.", "Caused"))]
    return named[-1] if named else first_line(error)

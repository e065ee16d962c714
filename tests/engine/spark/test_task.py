"""A task on tiles of this process gives what the engine gives, and survives being sent."""

from __future__ import annotations

import pickle
from types import SimpleNamespace

import pyarrow.parquet as pq
import pytest

from bgml.engine import build as engine
from bgml.engine.shards.tiles import staged
from bgml.engine.spark.task import Task, received
from tests.engine.world import DATES, world
from tests.engine_fixtures import assert_same, opened, project_of, stacked


@pytest.mark.parametrize("cut", [1, 3])
def test_tasks_give_the_matrix(tmp_path, monkeypatch, cut):
    dataset, plain = opened(world(1)), project_of(tmp_path)
    expected = stacked(engine.build(plain, dataset, DATES, cached=False))

    def spread(project, dataset, work, topics, sums, progress):
        staged(dataset, tmp_path / "tiles.parquet", weights=work.program.needs_weights, actions=work.program.reads("action"))
        tiles = pq.read_table(tmp_path / "tiles.parquet").sort_by("account_id")
        task = pickle.loads(pickle.dumps(Task(work, topics, work.program.needs_weights, str(tmp_path), 40)))
        accounts = sorted(set(tiles.column("account_id").to_pylist()))
        for place in range(cut):
            own = accounts[place * len(accounts) // cut : (place + 1) * len(accounts) // cut]
            part = tiles.filter([account in own for account in tiles.column("account_id").to_pylist()])
            for sent in task.run(place, iter(part.to_batches())):
                yield from (received(SimpleNamespace(**row), sums) for row in sent.to_pylist())

    monkeypatch.setattr(engine, "spread", spread)
    found = engine.build(project_of(tmp_path, engine={"name": "spark"}), dataset, DATES)
    assert_same(stacked(found), expected)


def test_a_partition_without_tiles_sends_nothing(tmp_path):
    assert list(Task(None, None, False, str(tmp_path)).run(0, iter([]))) == []

"""A matrix larger than its share of the memory: read from disk date by date, equal, and nothing left behind."""

from __future__ import annotations

import gc

import pytest

from bgml.engine.build import build
from bgml.engine.cache import SPILL, CellStore
from bgml.errors import DataError
from tests.engine.test_cache import DATES, ONLY
from tests.engine.world import world
from tests.engine_fixtures import assert_same, opened, project_of, stacked


@pytest.fixture(scope="module")
def dataset():
    return opened(world(0))


@pytest.fixture
def small(monkeypatch):
    """No memory is left for cells."""
    monkeypatch.setattr("bgml.engine.build.MATRIX_SHARE", 2**60)


def _matrix(root, dataset, **options):
    return build(project_of(root), dataset, DATES, only=ONLY, shard_tiles=40, **options)


@pytest.mark.parametrize("cached", [True, False])
def test_without_room_the_matrix_is_the_same(tmp_path, dataset, small, cached):
    plain = stacked(build(project_of(tmp_path), dataset, DATES, only=ONLY, cached=False, shard_tiles=10**6))
    assert_same(stacked(_matrix(tmp_path, dataset, cached=cached)), plain)


def test_what_was_spilled_goes_with_the_matrix(tmp_path, dataset, small):
    matrix = _matrix(tmp_path, dataset, cached=False)
    state = project_of(tmp_path).state
    assert len(list(state.glob(f"{SPILL}*/*/*.arrow"))) > len(DATES)
    del matrix
    gc.collect()
    assert not list(state.glob(f"{SPILL}*"))


def test_what_a_dead_process_spilled_is_removed(tmp_path, dataset, small):
    left = project_of(tmp_path).state / f"{SPILL}999999999-abc"
    (left / "00").mkdir(parents=True)
    _matrix(tmp_path, dataset, cached=False)
    assert not left.exists()


def test_cells_removed_meanwhile_are_said(tmp_path, dataset, small):
    matrix = _matrix(tmp_path, dataset, cached=True)
    CellStore(project_of(tmp_path).state / "cache").shrink(0)
    with pytest.raises(DataError, match="were removed"):
        stacked(matrix)

"""The matrix cache: equal to a rebuild whatever happened to the tables, nothing computed twice, damage counts as absence."""

from __future__ import annotations

import os
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from bgml.engine import work
from bgml.engine.build import build
from bgml.engine.cache import CellStore
from bgml.engine.columns.algebra import measure
from bgml.engine.columns.catalog import load_catalog
from tests.engine.world import world
from tests.engine_fixtures import assert_same, catalog_of, opened, project_of, stacked

MONDAY = date(2023, 11, 20)
DATES = tuple(MONDAY - timedelta(weeks=k) for k in range(6, -1, -1))
ONLY = ("actions_28d", "people_91d", "weight_28d", "departments_91d", "days_since_named", "won_before", "account_people_28d", "industry")


@pytest.fixture
def computed(monkeypatch):
    """The dates of every cell that is computed, shard by shard."""
    days, compute = [], work.compute

    def told(shard, program, dates, *rest):
        days.extend(dates.days.tolist())
        return compute(shard, program, dates, *rest)

    monkeypatch.setattr(work, "compute", told)
    return days


@pytest.fixture(scope="module")
def catalog():
    return load_catalog(project_of()).only(ONLY)


@pytest.fixture(scope="module")
def dataset():
    return opened(world(0))


def _built(root, dataset, catalog, dates=DATES, **options):
    return stacked(build(project_of(root), dataset, dates, catalog=catalog, **options))


def _added(frame, row, **values):
    """The frame with a copy of one of its rows, changed."""
    return pd.concat([frame, frame.iloc[row : row + 1].assign(**values).astype(frame.dtypes)], ignore_index=True)


def _days(*dates):
    return [(day - date(1970, 1, 1)).days for day in dates]


def test_a_second_build_computes_nothing(tmp_path, computed, dataset, catalog):
    first = _built(tmp_path, dataset, catalog)
    assert computed == _days(*DATES)
    computed.clear()
    assert_same(_built(tmp_path, dataset, catalog), first)
    assert_same(_built(tmp_path, opened({name: frame.sample(frac=1, random_state=1) for name, frame in world(0).items()}), catalog), first)
    wanted = first["as_of"].isin(pd.to_datetime(list(DATES[2:4])))
    assert_same(_built(tmp_path, dataset, catalog, DATES[2:4]), first[wanted].reset_index(drop=True))
    assert computed == []


def test_without_the_cache_nothing_is_kept(tmp_path, computed, dataset, catalog):
    _built(tmp_path, dataset, catalog, cached=False)
    assert not (tmp_path / ".bgml" / "cache").exists()
    _built(tmp_path, dataset, catalog, DATES[:1])
    assert computed == _days(*DATES, DATES[0])
    assert (tmp_path / ".bgml").stat().st_mode & 0o777 == 0o700


def test_a_new_week_adds_its_date(tmp_path, computed, dataset, catalog):
    frames, week = world(0), MONDAY + timedelta(weeks=1)
    known = frames["signals"][["occurred_at", "recorded_at"]].max(axis=1)
    before = frames["signals"][known < pd.Timestamp(MONDAY)]
    assert len(before) < (known < pd.Timestamp(week)).sum()
    _built(tmp_path, opened({**frames, "signals": before}), catalog)
    computed.clear()
    found = _built(tmp_path, dataset, catalog, (*DATES, week))
    assert computed == _days(week)
    assert_same(found, _built(tmp_path, dataset, catalog, (*DATES, week), cached=False))


def test_a_new_week_with_new_people_adds_its_date(tmp_path, computed, catalog):
    frames, week = world(0), MONDAY + timedelta(weeks=1)
    frames["people"] = _added(frames["people"], 0, person_id="newcomer", department="Legal", valid_from=pd.NaT, valid_to=pd.NaT)
    _built(tmp_path, opened(frames), catalog)
    computed.clear()
    frames["signals"] = _added(
        frames["signals"], 0, signal_id="new", person_id="newcomer", occurred_at=pd.Timestamp(MONDAY), recorded_at=pd.NaT
    )
    dataset = opened(frames)
    found = _built(tmp_path, dataset, catalog, (*DATES, week))
    assert computed == _days(week)
    assert_same(found, _built(tmp_path, dataset, catalog, (*DATES, week), cached=False))


SEPTEMBER, OCTOBER = pd.Timestamp("2023-09-15"), pd.Timestamp("2023-10-31 12:00")


def _start():
    """A world whose last signal happened in September and is known from the end of October."""
    frames = world(0)
    frames["signals"] = _added(frames["signals"], 0, signal_id="mine", person_id="p03", occurred_at=SEPTEMBER, recorded_at=OCTOBER)
    return frames


@pytest.fixture(scope="module")
def filled(tmp_path_factory, catalog):
    """A project whose cache knows that world."""
    root = tmp_path_factory.mktemp("project")
    _built(root, opened(_start()), catalog)
    return root


def _back_dated(frames):
    frames["signals"] = _added(frames["signals"], 4, signal_id="late", occurred_at=SEPTEMBER, recorded_at=OCTOBER)


def _corrected(frames):
    frames["signals"].loc[frames["signals"].index[-1], "person_id"] = "p07"


def _deleted(frames):
    frames["signals"] = frames["signals"].iloc[:-1]


def _won(frames):
    deals = {"opportunity_id": "new", "account_id": "a1", "created_at": OCTOBER, "closed_at": OCTOBER, "outcome": "won"}
    frames["opportunities"] = _added(frames["opportunities"], 0, **deals)


def _moved(frames):
    frames["people"] = _added(frames["people"], 0, person_id="p14", department="Legal", valid_from=OCTOBER, valid_to=pd.NaT)


def _renamed(frames):
    frames["accounts"]["industry"] = "Iron"


@pytest.mark.parametrize(
    ("change", "touched"),
    [(_back_dated, 3), (_corrected, 3), (_deleted, 3), (_won, 3), (_moved, 3), (_renamed, 0)],
    ids=lambda value: str(value)[10:16],
)
def test_changed_tables_give_what_a_rebuild_gives_and_only_dates_they_touch_are_computed(filled, computed, catalog, change, touched):
    frames = _start()
    change(frames)
    dataset = opened(frames)
    found = _built(filled, dataset, catalog)
    assert computed == _days(*DATES[len(DATES) - touched :])
    assert_same(found, _built(filled, dataset, catalog, cached=False))


def test_other_settings_and_columns_are_kept_apart(tmp_path, computed, dataset, catalog):
    dates, plain = DATES[-2:], project_of(tmp_path)
    lenient = project_of(tmp_path, groups={"min_people": 0, "lookback": 20})
    ways = [(plain, catalog, False), (plain, catalog, True), (plain, catalog.without(["people_91d"]), False), (lenient, catalog, False)]
    for project, columns, everyone in ways:
        found, expected = (
            stacked(build(project, dataset, dates, catalog=columns, all_groups=everyone, cached=cached)) for cached in (True, False)
        )
        assert_same(found, expected)
    assert len(computed) == 2 * len(ways) * len(dates)


def test_roles_that_topics_require_are_part_of_the_key(tmp_path, dataset):
    catalog = catalog_of(needed=measure("role", where={"required": True}, windows=(364,)))
    found = []
    for roles in ('["champion"]', '["champion", "finance", "practitioner"]'):
        (tmp_path / "topics.toml").write_text(f"[default]\nroles = {roles}\n")
        found.append(_built(tmp_path, dataset, catalog, DATES[-1:])["needed_364d"])
        np.testing.assert_array_equal(found[-1], _built(tmp_path, dataset, catalog, DATES[-1:], cached=False)["needed_364d"])
    assert found[0].max() == 1
    assert found[1].max() > 1


@pytest.mark.parametrize("damage", [b"ARROW1 not at all", None])
def test_a_damaged_cell_is_computed_again(tmp_path, computed, dataset, catalog, damage):
    dates = DATES[:2]
    expected = _built(tmp_path, dataset, catalog, dates)
    cells = sorted((tmp_path / ".bgml" / "cache").glob("*/*.arrow"))
    assert len(cells) == 2
    for cell in cells:
        cell.write_bytes(cell.read_bytes()[: cell.stat().st_size // 2] if damage is None else damage)
    computed.clear()
    assert_same(_built(tmp_path, dataset, catalog, dates), expected)
    assert computed == _days(*dates)
    computed.clear()
    assert_same(_built(tmp_path, dataset, catalog, dates), expected)
    assert computed == []


def _cell(number):
    return pa.RecordBatch.from_pydict({"x": pa.array([number] * 100)})


def test_a_store_gives_back_what_was_put(tmp_path):
    store = CellStore(tmp_path / "cache")
    assert store.get("ab12") is None
    store.put("ab12", _cell(1))
    store.put("ab13", pa.RecordBatch.from_pydict({"x": pa.array([], pa.int32())}))
    assert store.get("ab12").equals(_cell(1))
    assert store.get("ab13").num_rows == 0
    assert store.get("ab14") is None
    store.put("ab12", _cell(2))
    assert store.get("ab12").equals(_cell(2))
    assert not list(tmp_path.rglob("*.part"))


def test_shrinking_deletes_the_cells_used_longest_ago(tmp_path):
    store = CellStore(tmp_path / "cache")
    for place, key in enumerate(("aa1", "bb2", "cc3", "dd4")):
        store.put(key, _cell(place))
        os.utime(tmp_path / "cache" / key[:2] / f"{key}.arrow", (1000 + place, 1000 + place))
    assert store.get("aa1") is not None
    size = (tmp_path / "cache" / "aa" / "aa1.arrow").stat().st_size
    store.shrink(4 * size)
    assert all(store.get(key) is not None for key in ("bb2", "cc3", "dd4"))
    os.utime(tmp_path / "cache" / "bb" / "bb2.arrow", (1, 1))
    store.shrink(3 * size)
    assert [key for key in ("aa1", "bb2", "cc3", "dd4") if store.get(key) is None] == ["bb2"]
    store.shrink(0)
    assert not list((tmp_path / "cache").rglob("*.arrow"))


def test_a_cell_that_cannot_be_written_leaves_no_half_of_one(tmp_path, monkeypatch):
    store = CellStore(tmp_path / "cache")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pa.ipc, "new_file", full)
    with pytest.raises(OSError, match="No space left"):
        store.put("ab12", _cell(1))
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]

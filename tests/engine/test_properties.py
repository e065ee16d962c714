"""What holds for any tables: the path to a value never shows in it, and nothing but what was known before the date does."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
import pytest

from bgml.engine import build as building
from bgml.engine.build import build
from bgml.engine.columns.algebra import Attribute, measure
from bgml.engine.columns.catalog import load_catalog
from bgml.engine.shards import tiles
from tests.engine.world import ACCOUNTS, CATEGORIES, DATES, TOPICS, world
from tests.engine_fixtures import assert_same, catalog_of, features_of, opened, project_of, stacked

SECTIONS = {"data": {"static": ["industry", "employees"]}}
MORE = '''"""Kinds of column that the starter has none of."""
from bgml import deals, measure, moment

days_ever = measure("day", windows=None)
evenness = measure("person", f="concentration", of="weight", windows=(91, 5))
root_weight = measure("either", f="root", of="weight", grain="account", windows=(60,))
arrival = moment(4, grain="account", where="named")
opened_lately = deals("opened", windows=(100,))


def double(m):
    """Twice the weight."""
    return 2 * m.weight_28d
'''


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A project with features of its own beside the starter's."""
    return features_of(tmp_path_factory.mktemp("project"), more=MORE)


@pytest.fixture(scope="module")
def catalog(root):
    """All columns of that project."""
    return load_catalog(project_of(root, **SECTIONS), opened(world(7), **SECTIONS))


def _frames(catalog, frames, dates=DATES, **options):
    return stacked(build(project_of(**SECTIONS), opened(frames, **SECTIONS), dates, catalog=catalog, cached=False, **options))


def _shuffled(frame, seed):
    return frame.sample(frac=1, random_state=seed).reset_index(drop=True)


@pytest.mark.parametrize("seed", range(2))
def test_what_becomes_known_later_changes_nothing(catalog, seed):
    rng, frames, as_of = np.random.default_rng(seed), world(seed), DATES[2]
    before = _frames(catalog, frames, [as_of])
    assert len(before) > 8
    assert_same(_frames(catalog, _with_a_future(frames, pd.Timestamp(as_of), rng), [as_of]), before)


def _with_a_future(frames, now, rng):
    """The tables as they may look later: rows recorded, deals opened and closed otherwise, people changing, all from `now` on."""
    signals, deals, people = frames["signals"].copy(), frames["opportunities"].copy(), frames["people"].copy()
    known = signals[["occurred_at", "recorded_at"]].max(axis=1)
    signals = signals[(known < now) | (rng.random(len(signals)) < 0.5)]
    late, future = signals.sample(60, random_state=1), signals.sample(60, random_state=2)
    late = late.assign(recorded_at=now + pd.to_timedelta(rng.choice([0, 1, 500], 60), "h"))
    future = future.assign(occurred_at=now + pd.to_timedelta(rng.choice([0, 1, 900], 60), "h"), recorded_at=now - pd.Timedelta(days=30))
    added = pd.concat([late, future])
    added["signal_id"] = [f"n{number}" for number in range(len(added))]
    added["account_id"] = rng.choice(ACCOUNTS, len(added))
    added["person_id"] = rng.choice(["p00", "p05", "new"], len(added))
    later = deals["closed_at"] >= now
    deals.loc[later, "outcome"] = "won"
    deals.loc[later, "closed_at"] = now + pd.Timedelta(days=3)
    newer = deals.sample(6, random_state=3).assign(created_at=now, closed_at=now + pd.Timedelta(days=1), outcome="won")
    newer["opportunity_id"] = [f"n{number}" for number in range(6)]
    ended = people["valid_to"].isna() | (people["valid_to"] >= now)
    people.loc[ended, "valid_to"] = now + pd.to_timedelta(rng.choice([0, 100], int(ended.sum())), "h")
    renamed = people.drop_duplicates("person_id").assign(department="Legal", role="legal", valid_from=now, valid_to=pd.NaT)
    return {
        **frames,
        "signals": pd.concat([signals, added], ignore_index=True),
        "opportunities": pd.concat([deals, newer], ignore_index=True),
        "people": pd.concat([people, renamed], ignore_index=True),
    }


def test_the_order_of_rows_does_not_matter(catalog):
    frames = world(2)
    shuffled = {name: _shuffled(frame, 10) for name, frame in frames.items()}
    assert_same(_frames(catalog, shuffled), _frames(catalog, frames))


PEOPLE_COLUMNS = (
    "people_*", "visitors_*", "everyone_*", "account_people_*", "departments_*", "seniorities_*", "roles_*", "executives_*", "champions_*",
    "decision_makers_*", "required_roles_active_*", "days_since_*_person", "share_of_people", "coverage*", "person_weeks_*",
)  # fmt: skip


def test_another_act_of_the_same_person_never_changes_the_number_of_people(catalog):
    frames = world(3)
    signals = frames["signals"]
    acts = signals[signals["person_id"].notna() | signals["visitor_id"].notna()].sample(100, random_state=3, replace=True)
    acts = acts.assign(signal_id=[f"n{number}" for number in range(100)], action="another", weight=7.0)
    more = {**frames, "signals": pd.concat([signals, acts], ignore_index=True)}
    columns = [*PEOPLE_COLUMNS, "actions_91d"]
    before, after = _frames(catalog, frames, only=columns), _frames(catalog, more, only=columns)
    assert (after["actions_91d"] > before["actions_91d"]).any()
    assert_same(after.drop(columns="actions_91d"), before.drop(columns="actions_91d"))


def test_dates_shards_threads_blocks_rolling_and_cache_do_not_matter(root, catalog, monkeypatch):
    dataset = opened(world(7), **SECTIONS)

    def built(dates=DATES, threads=2, cached=False, **options):
        threaded = project_of(root, engine={"threads": threads}, **SECTIONS)
        return stacked(build(threaded, dataset, dates, catalog=catalog, cached=cached, **options))

    def of(dates):
        return expected[expected["as_of"].isin(pd.to_datetime(list(dates)))].reset_index(drop=True)

    expected = built()
    assert len(expected) > 40
    for shard_tiles, threads in ((1, 1), (1, 4), (37, 3)):
        assert_same(built(shard_tiles=shard_tiles, threads=threads), expected)
    for dates in ([DATES[1]], [DATES[4], DATES[0], DATES[4]]):
        assert_same(built(dates), of(dates))
    for dates in (DATES[2:3], DATES, DATES):
        assert_same(built(dates, cached=True, shard_tiles=50), of(dates))
    monkeypatch.setattr(building, "blocks", partial(tiles.blocks, block_tiles=60))
    assert_same(built(shard_tiles=20), expected)
    monkeypatch.undo()
    for shrinks in (0.0, 1.0):
        monkeypatch.setattr(tiles, "SHRINKS", shrinks)
        assert_same(built(), expected)


def test_sums_of_weights_over_a_topic_do_not_depend_on_shards_and_dates():
    rng, n = np.random.default_rng(0), 3000
    accounts = [f"a{number}" for number in range(40)]
    signals = pd.DataFrame({
        "signal_id": [f"s{number}" for number in range(n)],
        "account_id": rng.choice(accounts, n),
        "topic": rng.choice([f"t{number}" for number in range(12)], n),
        "category": rng.choice(CATEGORIES, n),
        "action": "visit",
        "person_id": "p",
        "weight": rng.random(n) * rng.choice([1, 1e-3, 30], n),
        "occurred_at": (pd.Timestamp("2023-09-04") + pd.to_timedelta(rng.integers(0, 180, n), "D")).astype("datetime64[us]"),
    })  # fmt: skip
    frames = {**world(0), "accounts": pd.DataFrame({"account_id": accounts}), "signals": signals}
    dataset = opened(frames)
    catalog = catalog_of(dataset, weight_of_topic=measure(grain="topic", of="weight", f="all", windows=(28, 182)))
    built = partial(build, project_of(), dataset, catalog=catalog, cached=False)
    whole, last = stacked(built(DATES)), pd.Timestamp(DATES[-1])
    assert_same(stacked(built(DATES[-1:])), whole[whole["as_of"] == last].reset_index(drop=True))
    assert_same(stacked(built(DATES, shard_tiles=1)), whole)


@pytest.mark.parametrize(("account", "topic"), [("a4", "Data/AI")])
def test_columns_of_a_group_do_not_depend_on_other_groups(catalog, account, topic):
    frames = world(1, 600)
    shared = {"as_of", "account_id", "topic"}
    for name, column in catalog.base.items():
        if isinstance(column.declaration, Attribute) or column.declaration.grain == "group":
            shared.add(name)
    for column in catalog.derived:
        if set(column.reads) <= shared:
            shared.add(column.name)
    assert {"people_28d", "won_before", "coverage", "momentum", "topic_win_rate", "share_of_account"} & shared == {
        "people_28d", "won_before", "coverage", "momentum",
    }  # fmt: skip
    alone = {name: _of_group(frame, account, topic) for name, frame in frames.items()} | {"accounts": frames["accounts"]}
    assert not alone["opportunities"].empty
    columns = [name for name in catalog.names if name in shared]
    whole = _frames(catalog, frames, only=columns, all_groups=True)
    mine = whole[(whole["account_id"] == account) & (whole["topic"] == topic)].reset_index(drop=True)
    assert len(mine) >= 3
    assert_same(_frames(catalog, alone, only=columns, all_groups=True), mine)


def _of_group(frame, account, topic):
    for column, value in (("account_id", account), ("topic", topic)):
        if column in frame:
            frame = frame[frame[column] == value]
    return frame.reset_index(drop=True)


def test_the_world_has_everything(catalog):
    frames = world(7)
    found = _frames(catalog, frames, all_groups=True).select_dtypes("number")
    constant = [name for name in found if found[name].nunique(dropna=False) == 1]
    rare = {"required_roles", "days_since_fifth_person"}
    assert set(constant) - rare == set(), constant
    assert set(frames["signals"]["topic"]) == set(TOPICS)

"""The list: potential groups first, who is in them, one row per entry."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pyarrow as pa

from bgml.insight.pilot.mqls import mqls
from bgml.insight.pilot.potential import COLUMNS, potential, table
from tests.insight.worlds import World, at, settings

SINCE = date(2024, 6, 1)


def listed(world: World, since: date = SINCE) -> pd.DataFrame:
    dataset, given = world.dataset(), settings()
    return potential(dataset, mqls(dataset, given), since, given.groups.lookback)


def crowd(world: World, account: str, day: float, size: int) -> None:
    for number in range(size):
        for repeat in range(number + 1):
            world.act(day - 1 - repeat, account, person=f"{account}{number}")


def test_two_others_make_a_potential_group_and_the_largest_stands_first():
    world = World()
    for account, size in (("one", 1), ("two", 2), ("four", 4), ("none", 0)):
        world.mql(5, account)
        crowd(world, account, 5, size)
    found = listed(world)
    assert found["account_id"].tolist()[:2] == ["four", "two"]
    assert found["status"].tolist() == ["potential", "potential", "single", "single"]
    assert found["people"][0] == ["four3", "four2", "four1", "four0"]
    assert found["actions"].tolist() == [10, 3, 1, 0]


def test_an_entry_stands_at_its_first_mql_with_a_group_behind_it():
    world = World()
    world.mql(1, "a", person="early")
    world.mql(20, "a", person="late")
    world.mql(30, "a", person="later")
    crowd(world, "a", 15, 2)
    found = listed(world)
    assert len(found) == 1
    row = found.iloc[0]
    assert (row["status"], row["mqls"], row["mql_person"], row["mql_at"]) == ("potential", 3, "late", at(20))
    assert set(row["people"]) == {"a0", "a1", "early"}


def test_mqls_before_the_date_are_not_listed_but_their_people_count():
    world = World()
    world.mql(-5, "a", person="before")
    world.mql(5, "a", person="now")
    world.act(1, "a", person="p1")
    found = listed(world)
    assert found["mqls"].tolist() == [1]
    assert set(found["people"][0]) == {"before", "p1"}


def test_pairs_that_sales_has_are_no_potential_groups():
    world = World()
    for account in ("pipeline", "customer", "free"):
        world.mql(5, account)
        crowd(world, account, 5, 3)
    world.deal(0, "pipeline")
    world.deal(-30, "customer", closed=-2, won=True)
    world.deal(9, "free")
    found = listed(world).set_index("account_id")
    assert found["status"].to_dict() == {"free": "potential", "pipeline": "in_pipeline", "customer": "customer"}
    assert found.loc["free", "opportunity_since"] == at(9)
    assert pd.isna(found.loc["pipeline", "opportunity_since"])


def test_groups_with_a_deal_since_stand_behind_the_free_ones():
    world = World()
    for account, size in (("taken", 6), ("free", 2)):
        world.mql(5, account)
        crowd(world, account, 5, size)
    world.deal(9, "taken")
    assert listed(world)["account_id"].tolist() == ["free", "taken"]


def test_names_are_the_newest_and_empty_where_unknown():
    world = World()
    world.mql(5, "a", person="lead")
    crowd(world, "a", 5, 2)
    world.people = [
        {"person_id": "a0", "name": "Old", "valid_from": None},
        {"person_id": "a0", "name": "New", "valid_from": at(-50)},
        {"person_id": "lead", "name": "Lea", "valid_from": None},
    ]
    row = listed(world).iloc[0]
    assert row["people"] == ["a1", "a0"]
    assert row["names"] == ["", "New"]
    assert row["mql_name"] == "Lea"


def test_the_file_has_the_same_kinds_whatever_the_rows():
    world = World()
    world.mql(5, "a")
    crowd(world, "a", 5, 2)
    full, empty = table(listed(world)), table(listed(world, date(2025, 1, 1)))
    assert full.column_names == list(COLUMNS) == empty.column_names
    assert len(full) == 1
    assert len(empty) == 0
    ids = {"account_id", "topic", "mql_person"}
    assert all(full.schema.field(name).type == empty.schema.field(name).type for name in COLUMNS if name not in ids)
    assert full.schema.field("people").type == pa.list_(pa.string())


def test_whole_number_ids_stay_numbers():
    world = World()
    world.mql(5, "a")
    crowd(world, "a", 5, 2)
    frames = world.frames()
    numbers = {name: place for place, name in enumerate(sorted(set(frames["signals"]["person_id"].dropna())))}
    from bgml.data.dataset import open_tables

    frames["signals"]["person_id"] = frames["signals"]["person_id"].map(numbers).astype("Int64")
    dataset, given = open_tables(frames, unneeded=("opportunities",)), settings()
    made = table(potential(dataset, mqls(dataset, given), SINCE, 91))
    assert pa.types.is_integer(made.schema.field("mql_person").type)
    assert made["people"].to_pylist() == [[str(numbers["a1"]), str(numbers["a0"])]]

"""Fingerprints: what changes at a date changes that date's and nothing else's."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from bgml.engine.build import build
from bgml.engine.columns.algebra import attribute, measure
from bgml.engine.columns.catalog import load_catalog
from bgml.engine.shards import fingerprint, tiles
from tests.engine.world import world
from tests.engine_fixtures import catalog_of, features_of, opened, project_of

DATES = tuple(date(2023, month, 20) for month in (8, 9, 10, 11))
COLUMNS = ("actions_91d", "weight_28d", "departments_91d", "won_before", "industry", "momentum")


def _prints(frames, catalog=None, project=None, **options):
    project = project or project_of()
    matrix = build(project, opened(frames), DATES, catalog=catalog or load_catalog(project).only(COLUMNS), cached=False, **options)
    return [matrix.fingerprint(as_of) for as_of in DATES]


@pytest.fixture(scope="module")
def frames():
    """A world with a signal whose row is easy to find: it happened in September and is known from October."""
    found = world(0)
    row = (
        found["signals"]
        .iloc[:1]
        .assign(signal_id="mine", account_id="a1", topic="cloud", person_id="p01", visitor_id=None, category="named", weight=1.0)
    )
    row = row.assign(occurred_at=pd.Timestamp("2023-09-04"), recorded_at=pd.Timestamp("2023-10-01"))
    found["signals"] = pd.concat([found["signals"], row.astype(found["signals"].dtypes)], ignore_index=True)
    return found


@pytest.fixture(scope="module")
def catalog():
    return load_catalog(project_of()).only(COLUMNS)


@pytest.fixture(scope="module")
def changed(frames, catalog):
    """At which dates the print changes when some tables are replaced."""
    before = _prints(frames, catalog)
    return lambda **tables: [a != b for a, b in zip(before, _prints({**frames, **tables}, catalog), strict=True)]


def test_equal_tables_have_equal_prints_in_any_order_rolled_or_not(frames, catalog, changed, monkeypatch):
    assert len(set(_prints(frames, catalog))) == len(DATES)
    assert changed(**{name: frame.sample(frac=1, random_state=2) for name, frame in frames.items()}) == [False] * 4
    for shrinks in (0.0, 1.0):
        monkeypatch.setattr(tiles, "SHRINKS", shrinks)
        assert changed() == [False] * 4


def _with_signal(frames, **values):
    row = frames["signals"].iloc[-1:].assign(signal_id="new", **values)
    return pd.concat([frames["signals"], row.astype(frames["signals"].dtypes)], ignore_index=True)


def test_a_signal_that_comes_late_changes_the_dates_from_which_it_is_known(frames, changed):
    days = {"occurred_at": pd.Timestamp("2023-08-01")}
    assert changed(signals=_with_signal(frames, **days, recorded_at=pd.Timestamp("2023-10-19 23:00"))) == [False, False, True, True]
    assert changed(signals=_with_signal(frames, **days, recorded_at=pd.Timestamp("2023-10-20"))) == [False, False, False, True]


@pytest.mark.parametrize(("person", "shard_tiles"), [("p02", 1), ("p15", 10**6)])
def test_nobodys_first_act_on_an_account_changes_the_dates_before(frames, catalog, person, shard_tiles):
    """The person was known of before (dated rows, or acts elsewhere), the account and topic had never heard of them."""
    people = pd.concat(
        [frames["people"], frames["people"].iloc[:1].assign(person_id="p15", valid_from=pd.NaT, valid_to=pd.NaT)], ignore_index=True
    )
    apart = frames["signals"][(frames["signals"]["person_id"] != person) | (frames["signals"]["account_id"] == "a0")]
    frames = {**frames, "people": people, "signals": apart}
    later = _with_signal(frames, person_id=person, account_id="a3", occurred_at=pd.Timestamp("2023-11-01"), recorded_at=pd.NaT)
    before = _prints(frames, catalog, shard_tiles=shard_tiles)
    after = _prints({**frames, "signals": later}, catalog, shard_tiles=shard_tiles)
    assert [a != b for a, b in zip(before, after, strict=True)] == [False, False, False, True]


def test_a_deleted_signal_changes_the_dates_at_which_it_was_known(frames, changed):
    assert changed(signals=frames["signals"].iloc[:-1]) == [False, False, True, True]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("weight", 1.0 + 2**-49), ("person_id", None), ("account_id", "a5"), ("category", "qualified_lead"),
        ("occurred_at", pd.Timestamp("2023-08-02")),
    ],
)  # fmt: skip
def test_a_corrected_signal_changes_the_dates_at_which_it_is_known(frames, changed, column, value):
    corrected = frames["signals"].copy()
    corrected.loc[corrected.index[-1], column] = value
    assert changed(signals=corrected) == [False, False, True, True]


def test_a_correction_that_no_column_reads_changes_nothing(frames, changed):
    signals = frames["signals"].assign(action="another")
    assert changed(signals=signals) == [False] * 4
    reading = catalog_of(kinds=measure("action"))
    assert _prints(frames, reading) != _prints({**frames, "signals": signals}, reading)


def test_deals_change_the_dates_from_which_they_are_known(frames, changed):
    deals = frames["opportunities"]

    def told(created, closed, outcome, account="a1"):
        new = deals.iloc[:1].assign(
            opportunity_id="new", account_id=account, created_at=pd.Timestamp(created), closed_at=pd.Timestamp(closed), outcome=outcome
        )
        return changed(opportunities=pd.concat([deals, new.astype(deals.dtypes)], ignore_index=True))

    assert told("2023-08-01", "2023-10-19", "lost") == [True] * 4
    assert told("2023-09-20", "2023-10-19", "won") == [False, False, True, True]
    assert told("2023-09-19 23:00", None, "open") == [False, True, True, True]
    assert told("2023-10-20", "2023-11-20", "won", account="a6") == [False, False, False, True]


def test_the_outcome_of_a_deal_counts_from_its_closing(frames, catalog):
    closes = frames["opportunities"].iloc[:1].assign(created_at=pd.Timestamp("2023-08-01"), closed_at=pd.Timestamp("2023-10-19"))
    prints = [_prints({**frames, "opportunities": closes.assign(outcome=outcome)}, catalog) for outcome in ("won", "lost")]
    assert [a != b for a, b in zip(*prints, strict=True)] == [False, False, True, True]


def test_people_change_the_dates_at_which_they_are_other(frames, changed):
    people = frames["people"]
    dated = {"valid_from": pd.Timestamp("2023-09-19"), "valid_to": pd.Timestamp("2023-10-19")}
    new = people.iloc[:1].assign(department="Legal", **dated)
    assert (frames["signals"]["person_id"] == "p14").any()
    for person, expected in (("p14", [False, True, False, False]), ("nobody who acts", [False] * 4)):
        assert changed(people=pd.concat([people, new.assign(person_id=person).astype(people.dtypes)], ignore_index=True)) == expected


def test_accounts_count_by_the_columns_that_are_read(frames, changed):
    accounts = frames["accounts"]
    assert changed(accounts=accounts.assign(industry=accounts["industry"].replace("Steel", "Iron"))) == [True] * 4
    assert changed(accounts=accounts.assign(employees=1.0)) == [False] * 4


def test_settings_and_columns_count(frames, catalog):
    expected = _prints(frames, catalog)
    assert set(_prints(frames, catalog, project_of(groups={"lookback": 92}))).isdisjoint(expected)
    assert set(_prints(frames, catalog, all_groups=True)).isdisjoint(expected)
    assert set(_prints(frames, catalog.without(["weight_28d"]))).isdisjoint(expected)
    assert _prints(frames, catalog, project_of(outcome={"horizon": 90}, ranking={"capacity": 3})) == expected


def test_the_code_of_derived_columns_counts_and_what_it_calls(frames, tmp_path):
    prints = []
    for place, text in enumerate(("return x + 1", "return x + 1", "return x + 2")):
        file = f'"""Mine."""\n\n\ndef mine(m):\n    """Mine."""\n    return _told(m.actions_28d)\n\n\ndef _told(x):\n    {text}\n'
        project = project_of(features_of(tmp_path / str(place), mine=file))
        prints.append(_prints(frames, load_catalog(project).only(["mine"]), project))
    assert prints[0] == prints[1]
    assert set(prints[0]).isdisjoint(prints[2])


def test_the_roles_a_topic_requires_count(frames, tmp_path):
    prints = []
    for roles in ('["champion"]', '["champion", "finance"]'):
        (tmp_path / "topics.toml").write_text(f"[default]\nroles = {roles}\n")
        dataset = opened(frames)
        catalog = catalog_of(dataset, acts=measure(windows=(28,)), needed=attribute("required_roles", table="topics"))
        prints.append(build(project_of(tmp_path), dataset, DATES[:1], catalog=catalog, cached=False).fingerprint(DATES[0]))
    assert prints[0] != prints[1]


def test_hashes_of_rows_do_not_depend_on_the_order_and_tell_nulls_apart():
    frame = pd.DataFrame({"a": ["x", None, ""], "b": [1, 2, 2]})
    assert len(set(fingerprint.row_hashes(frame).tolist())) == 3
    assert fingerprint.row_hashes(frame.iloc[::-1]).tolist() == fingerprint.row_hashes(frame).tolist()[::-1]
    assert fingerprint.row_hashes(frame.iloc[:0]).shape == (0,)


def test_sums_of_events_hold_from_one_place_to_another():
    hashes = np.array([1, 10, 100], np.uint64)
    sums = fingerprint.event_sums(hashes, np.array([0, 1, 3]), np.array([2, 3, 3]), 3)
    assert sums.tolist() == [1, 11, 10]


def test_digests_tell_parts_apart():
    assert fingerprint.digest("ab", "c") != fingerprint.digest("a", "bc")
    assert fingerprint.digest(np.arange(3)) != fingerprint.digest(np.arange(4))
    assert len(fingerprint.digest()) == 32

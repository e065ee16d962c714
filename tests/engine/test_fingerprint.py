"""Fingerprints: what changes at a date changes that date's and nothing else's."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from bgml.engine import fingerprint, tiles
from bgml.engine.algebra import attribute, measure
from bgml.engine.build import build
from tests.engine.world import world
from tests.engine_fixtures import catalog_of, features_of, opened, project_of

DATES = tuple(date(2023, month, 20) for month in (8, 9, 10, 11))
COLUMNS = ("actions_91d", "weight_28d", "departments_91d", "won_before", "industry", "momentum")


def _prints(frames, only=COLUMNS, root=None, **options):
    project = project_of(root) if root else project_of(**options.pop("sections", {}))
    matrix = build(project, opened(frames), DATES, only=only, cached=False, **options)
    return [matrix.fingerprint(as_of) for as_of in DATES]


def _changed(frames, **tables):
    before, after = _prints(frames), _prints({**frames, **tables})
    return [a != b for a, b in zip(before, after, strict=True)]


@pytest.fixture(scope="module")
def frames():
    found = world(0)
    middle = found["signals"]["occurred_at"].between("2023-09-01", "2023-09-10")
    found["signals"].loc[found["signals"].index[middle][:3], "recorded_at"] = pd.Timestamp("2023-10-01")
    return found


def _one(frames, when="2023-10-01"):
    """The place of a signal that is known from `when`, some weeks after it happened."""
    signals = frames["signals"]
    return signals.index[(signals["recorded_at"] == when) & (signals["occurred_at"] < when)][0]


def test_equal_tables_have_equal_prints_in_any_order_rolled_or_not(frames, monkeypatch):
    expected = _prints(frames)
    assert len(set(expected)) == len(DATES)
    assert all(len(value) == 32 for value in expected)
    assert _prints({name: frame.sample(frac=1, random_state=2) for name, frame in frames.items()}) == expected
    for shrinks in (0.0, 1.0):
        monkeypatch.setattr(tiles, "SHRINKS", shrinks)
        assert _prints(frames) == expected
    assert _prints(frames, shard_tiles=30) == expected


def test_a_signal_that_comes_late_changes_the_dates_from_which_it_is_known(frames):
    late = frames["signals"].iloc[:1].assign(signal_id="new", occurred_at=pd.Timestamp("2023-08-01"), recorded_at=pd.Timestamp("2023-10-19 23:00"))
    assert _changed(frames, signals=pd.concat([frames["signals"], late])) == [False, False, True, True]
    late = late.assign(recorded_at=pd.Timestamp("2023-10-20"))
    assert _changed(frames, signals=pd.concat([frames["signals"], late])) == [False, False, False, True]


def test_a_deleted_signal_changes_the_dates_at_which_it_was_known(frames):
    assert _changed(frames, signals=frames["signals"].drop(_one(frames))) == [False, False, True, True]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("weight", 17.0), ("weight", 1e-12), ("person_id", "someone"), ("person_id", "p00"), ("account_id", "a6"), ("topic", "Été"), ("category", "qualified_lead"),
        ("occurred_at", pd.Timestamp("2023-08-02")), ("visitor_id", "v9"),
    ],
)  # fmt: skip
def test_a_corrected_signal_changes_the_dates_at_which_it_is_known(frames, column, value):
    signals = frames["signals"].copy()
    place = _one(frames)
    signals.loc[place, ["person_id", "visitor_id", "category", "weight", "topic", "account_id"]] = ["p01", None, "named", 1.0, "cloud", "a1"]
    if column == "visitor_id":
        signals.loc[place, "person_id"] = None
    corrected = signals.copy()
    corrected.loc[place, column] = value
    before, after = _prints({**frames, "signals": signals}), _prints({**frames, "signals": corrected})
    assert [a != b for a, b in zip(before, after, strict=True)] == [False, False, True, True]


def test_a_correction_that_no_column_reads_changes_nothing(frames):
    signals = frames["signals"].assign(action="another")
    assert _changed(frames, signals=signals) == [False] * 4
    only = ["kinds_of_action_28d"]
    assert _prints(frames, only) != _prints({**frames, "signals": signals}, only)


def test_deals_change_the_dates_from_which_they_are_known(frames):
    deals = frames["opportunities"]
    new = deals.iloc[:1].assign(opportunity_id="new", created_at=pd.Timestamp("2023-08-01"), closed_at=pd.Timestamp("2023-10-19"), outcome="lost")
    new["closed_at"] = new["closed_at"].astype("datetime64[us]")
    extended = pd.concat([deals, new], ignore_index=True)
    assert _changed(frames, opportunities=extended) == [True] * 4
    otherwise = extended.copy()
    otherwise.loc[len(deals), "outcome"] = "won"
    before, after = _prints({**frames, "opportunities": extended}), _prints({**frames, "opportunities": otherwise})
    assert [a != b for a, b in zip(before, after, strict=True)] == [False, False, True, True]
    later = pd.concat([deals, new.assign(created_at=pd.Timestamp("2023-09-20"), closed_at=pd.NaT, outcome="open")], ignore_index=True)
    assert _changed(frames, opportunities=later) == [False, False, True, True]


def test_people_change_the_dates_at_which_they_are_other(frames):
    people = frames["people"]
    new = pd.DataFrame([{"person_id": "p15", "department": "Legal", "valid_from": pd.Timestamp("2023-09-19"), "valid_to": pd.Timestamp("2023-10-19")}])
    added = pd.concat([people, new.astype({"valid_from": "datetime64[us]", "valid_to": "datetime64[us]"})], ignore_index=True)
    assert _changed(frames, people=added) == [False, True, False, False]
    stranger = added.assign(person_id=added["person_id"].replace("p15", "nobody who acts"))
    assert _changed(frames, people=stranger) == [False] * 4


def test_accounts_count_by_the_columns_that_are_read(frames):
    accounts = frames["accounts"]
    assert _changed(frames, accounts=accounts.assign(industry=accounts["industry"].replace("Steel", "Iron"))) == [True] * 4
    assert _changed(frames, accounts=accounts.assign(employees=1.0)) == [False] * 4


def test_settings_and_columns_count(frames):
    expected = _prints(frames)
    assert _prints(frames, sections={"groups": {"lookback": 92}}) != expected
    assert _prints(frames, all_groups=True) != expected
    assert _prints(frames, COLUMNS[:-1]) != expected
    assert _prints(frames, sections={"outcome": {"horizon": 90}, "ranking": {"capacity": 3}}) == expected


def _with_file(root, frames, text, only=("mine",)):
    return _prints(frames, only, features_of(root, mine=f'"""Mine."""\n{text}\n\ndef mine(m):\n    """Mine."""\n    return _told(m.actions_28d)\n'))


def test_the_code_of_derived_columns_counts_and_what_it_calls(frames, tmp_path):
    one = _with_file(tmp_path / "one", frames, "def _told(x):\n    return x + 1")
    same = _with_file(tmp_path / "same", frames, "def _told(x):\n    return x + 1")
    other = _with_file(tmp_path / "other", frames, "def _told(x):\n    return x + 2")
    assert one == same
    assert set(one).isdisjoint(other)


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
    assert fingerprint.describe(frame) == fingerprint.describe(frame.iloc[::-1])
    assert fingerprint.describe(frame) != fingerprint.describe(frame.rename(columns={"a": "c"}))


def test_sums_of_events_hold_from_one_place_to_another():
    hashes = np.array([1, 10, 100], np.uint64)
    sums = fingerprint.event_sums(hashes, np.array([0, 1, 3]), np.array([2, 3, 3]), 3)
    assert sums.tolist() == [1, 11, 10]


def test_digests_tell_parts_apart():
    assert fingerprint.digest("ab", "c") != fingerprint.digest("a", "bc")
    assert fingerprint.digest(np.arange(3)) != fingerprint.digest(np.arange(4))
    assert len(fingerprint.digest()) == 32

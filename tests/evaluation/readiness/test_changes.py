"""Changes are suggested where they bring something, with the numbers they would bring."""

from __future__ import annotations

import datetime

import pytest

from bgml.data.dataset import open_tables
from bgml.evaluation.readiness.changes import Numbers, numbers, rounded, single, together
from bgml.evaluation.readiness.outlook import Outlook
from tests.evaluation.readiness.made import dataset, settings

DAYS = ("2024-03-04", "2024-04-01", "2024-05-06", "2024-06-03")


def wins(topic="x", took=20, first=0):
    """A win of each of four accounts, a month apart."""
    return [(f"a{number + first}", topic, day, _after(day, took)) for number, day in enumerate(DAYS)]


def acts(topic="x", before=10, first=0):
    """An act of each of four accounts some days before its win begins."""
    return [(f"a{number + first}", topic, _after(day, -before)) for number, day in enumerate(DAYS)]


def _after(day, days):
    return str(datetime.date.fromisoformat(day) + datetime.timedelta(days))


def suggested(made, given):
    outlook = Outlook(made, given)
    now = numbers(outlook, given)
    ready = now.learnable >= given.check.min_won
    return {str(change.settings): change.numbers for change in single(outlook, given, outlook.whole(given), now, ready)}, outlook, now


def test_wins_on_other_topics_want_match_by_account():
    found, _, now = suggested(dataset(wins(), acts("y")), settings())
    assert now == Numbers(4, 0, 0)
    assert found["{'outcome.match': 'account'}"] == Numbers(4, 4, 4)


def test_old_signals_want_a_longer_lookback_and_the_better_one_is_named():
    found, _, _ = suggested(dataset(wins(), acts(before=150)), settings())
    assert found == {"{'groups.lookback': 182}": Numbers(4, 4, 4)}
    found, _, _ = suggested(dataset(wins(), acts(before=300)), settings())
    assert found == {"{'groups.lookback': 365}": Numbers(4, 4, 4)}


def test_slow_deals_want_a_longer_horizon_or_another_target():
    found, _, now = suggested(dataset(wins(took=100), acts()), settings())
    assert now == Numbers(4, 0, 0)
    assert found == {"{'outcome.horizon': 110}": Numbers(4, 4, 4), "{'outcome.target': 'created'}": Numbers(4, 4, 4)}


def test_customers_who_buy_again_want_no_rest():
    again = [(account, topic, _after(created, 90), _after(won, 90)) for account, topic, created, won in wins()]
    made = dataset([*wins(), *again], [*acts(), *acts(before=-60)])
    found, _, now = suggested(made, settings())
    assert now == Numbers(8, 4, 4)
    assert found == {"{'groups.customer_days': 0}": Numbers(8, 8, 8)}


def test_account_level_signals_want_min_people_zero():
    made = dataset(wins(), acts())
    frames = {name: made.frame(name).copy() for name in ("accounts", "signals", "opportunities")}
    frames["signals"]["person_id"] = frames["signals"]["person_id"].where(frames["signals"]["account_id"] == "z")
    frames["signals"] = frames["signals"].drop(columns="known_at")
    found, _, _ = suggested(open_tables(frames), settings())
    assert found == {"{'groups.min_people': 0}": Numbers(4, 4, 4)}


def test_nothing_is_suggested_where_all_is_in_reach():
    found, _, now = suggested(dataset(wins(), acts()), settings())
    assert now == Numbers(4, 4, 4)
    assert found == {}


def test_several_changes_together_make_it_ready():
    made = dataset([*wins(), *wins(first=4)], [*acts("y"), *acts(before=150, first=4)])
    given = settings(check={"min_won": 8})
    found, outlook, now = suggested(made, given)
    assert all(after.learnable < 8 for after in found.values())
    change = together(outlook, given, outlook.whole(given), now)
    assert change.settings == {"outcome.match": "account", "groups.lookback": 182}
    assert change.numbers == Numbers(8, 8, 8)
    assert together(outlook, settings(check={"min_won": 9}), outlook.whole(given), now) is None


@pytest.mark.parametrize(("days", "expected"), [(None, 0), (1, 10), (10, 10), (101, 110), (99_999, 36_500)])
def test_horizons_go_in_steps(days, expected):
    assert rounded(days) == expected

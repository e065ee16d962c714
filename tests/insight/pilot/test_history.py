"""The history: shares by hand, only mature MQLs of free pairs, each entry at its first."""

from __future__ import annotations

import pytest

from bgml.insight.pilot.history import history
from bgml.insight.pilot.mqls import mqls
from tests.insight.worlds import World, settings


def told(world: World, **changes):
    dataset, given = world.dataset(), settings(**changes)
    return history(dataset, given, mqls(dataset, given))


def peopled(world: World, account: str, others: int, *, day: float = 0, won: bool = False, **deal) -> None:
    world.mql(day, account)
    for number in range(others):
        world.act(day - 3, account, person=f"{account}-{number}")
    if won:
        world.deal(day + 20, account, closed=day + 90, won=True, **deal)


def test_shares_with_wilsons_interval_and_the_ratio():
    world = World()
    for number in range(40):
        peopled(world, f"group{number}", 2 + number % 3, won=number < 20)
        peopled(world, f"single{number}", number % 2, won=number < 8)
    found = told(world)
    shares = {share.others: (share.mqls, share.won, share.opportunities) for share in found.shares}
    assert shares == {"0": (20, 4, 4), "1": (20, 4, 4), "0 or 1": (40, 8, 8), "2 or more": (40, 20, 20)}
    group = found.shares[-1]
    # Wilson's interval of 20 in 40: (20 + z^2 / 2 -+ z sqrt(10 + z^2 / 4)) / (40 + z^2) with z = 1.96.
    assert (group.low, group.high) == pytest.approx((0.3520, 0.6480), abs=1e-4)
    assert found.ratio is not None
    assert found.ratio.crude.value == pytest.approx(2.5)
    assert 1 < found.ratio.crude.low < 2.5 < found.ratio.crude.high
    assert "2.5 times as often" in " ".join(found.sentences())


def test_an_entry_counts_once_as_it_was_at_its_first_mql():
    world = World()
    peopled(world, "a", 0)
    world.act(5, "a", person="p1")
    world.act(5, "a", person="p2")
    world.mql(10, "a", person="second")
    peopled(world, "b", 2, won=True)
    assert {share.others: share.mqls for share in told(world).shares} == {"0": 1, "0 or 1": 1, "2 or more": 1}


def test_what_is_not_counted():
    world = World()
    peopled(world, "counted", 2)
    peopled(world, "immature", 2, day=250)
    peopled(world, "without a full lookback", 0, day=-150)
    peopled(world, "in the pipeline", 2)
    world.deal(-5, "in the pipeline", closed=50, won=True)
    assert [share.mqls for share in told(world).shares] == [1]


def test_a_deal_of_the_account_counts_with_match_account():
    world = World()
    peopled(world, "a", 2)
    world.deal(20, "a", "cloud", closed=60, won=True)
    assert [share.won for share in told(world).shares] == [0]
    assert [share.won for share in told(world, outcome={"match": "account"}).shares] == [1]


def test_one_deal_behind_two_entries_is_one_opportunity():
    world = World()
    peopled(world, "a", 2)
    peopled(world, "a", 2, day=95)
    world.deal(120, "a", closed=150, won=True)
    (share,) = told(world).shares
    assert (share.mqls, share.won, share.opportunities, share.accounts) == (2, 2, 1, 1)


def test_without_history_it_says_what_is_missing():
    world = World()
    peopled(world, "a", 2)
    none = told(world)
    assert none.shares == () and none.ratio is None
    assert "no opportunity in the tables" in none.missing[0]
    world.deal(300, "b")
    assert "Nothing to compare: no MQL with a known outcome is without others" in told(world).missing[0]
    assert "No history yet" in told(world, outcome={"horizon": 1000}).missing[0]


def test_few_wins_give_no_ratio_in_words():
    world = World()
    for number in range(10):
        peopled(world, f"g{number}", 3, won=number < 4)
        peopled(world, f"s{number}", 0, won=number < 4)
    sentences = " ".join(told(world).sentences())
    assert "too few to say" in sentences
    assert "times as often" not in sentences.replace("how many times as often", "")

"""Deals as features: what is known of them when, by pair, account and topic, worked by hand."""

from __future__ import annotations

from datetime import date

import pandas as pd

from bgml.engine.build import build
from bgml.engine.columns.algebra import deals
from bgml.groups.candidates import dated
from tests.engine_fixtures import catalog_of, opened, project_of

DATE = date(2024, 6, 3)


def _deal(account, topic, created, closed=None, outcome="open"):
    return {"account_id": account, "topic": topic, "created_at": created, "closed_at": closed, "outcome": outcome}


def _values(declared, *rows, as_of=DATE, topics=("x", "y"), accounts=("a", "b")):
    """The declared columns of every pair of accounts and topics: {(account, topic): {column: value}}."""
    opportunities = pd.DataFrame(rows)
    opportunities["opportunity_id"] = [f"o{number}" for number in range(len(rows))]
    for column in ("created_at", "closed_at"):
        opportunities[column] = pd.to_datetime(opportunities[column], format="ISO8601").astype("datetime64[us]")
    pairs = [(account, topic) for account in accounts for topic in topics]
    signals = pd.DataFrame(pairs, columns=["account_id", "topic"]).assign(
        signal_id=[f"s{number}" for number in range(len(pairs))],
        person_id="p", category="named", action="visit", occurred_at=pd.Timestamp(as_of) - pd.Timedelta(days=3),
    )  # fmt: skip
    dataset = opened({"accounts": pd.DataFrame({"account_id": [*accounts, "quiet"]}), "signals": signals, "opportunities": opportunities})
    matrix = build(project_of(), dataset, [as_of], catalog=catalog_of(dataset, **declared), all_groups=True, cached=False)
    frame = matrix.frame(as_of).drop(columns="as_of").set_index(["account_id", "topic"])
    return {key: row.to_dict() for key, row in frame.iterrows()}


ALL = {
    f"{what}_{grain}": deals(what, grain=grain) for what in ("won", "lost", "opened", "open") for grain in ("group", "account", "topic")
}  # fmt: skip


def _of(values, grain):
    return {name: value for name, value in values.items() if name.endswith(grain) and value}


def test_pair_account_and_topic_each_count_their_own():
    found = _values(
        ALL,
        _deal("a", "x", "2024-01-01", "2024-02-01", "won"), _deal("a", "x", "2024-03-01", "2024-04-01", "lost"),
        _deal("a", "y", "2024-01-01", "2024-02-01", "won"), _deal("b", "x", "2024-05-01"),
    )  # fmt: skip
    assert _of(found["a", "x"], "group") == {"won_group": 1, "lost_group": 1, "opened_group": 2}
    assert _of(found["a", "x"], "account") == {"won_account": 2, "lost_account": 1, "opened_account": 3}
    assert _of(found["a", "x"], "topic") == {"won_topic": 1, "lost_topic": 1, "opened_topic": 3, "open_topic": 1}
    assert _of(found["b", "x"], "group") == {"opened_group": 1, "open_group": 1}
    assert _of(found["b", "y"], "group") == {}
    assert _of(found["b", "y"], "topic") == {"won_topic": 1, "opened_topic": 1}


EDGES = {
    "a1": ("2024-06-02 23:59:59.999999", None, {"opened_group": 1, "open_group": 1}),
    "a2": ("2024-06-03 00:00:00", None, {}),
    "a3": ("2024-05-01", "2024-06-02 23:59:59.999999", {"opened_group": 1, "won_group": 1}),
    "a4": ("2024-05-01", "2024-06-03 00:00:00", {"opened_group": 1, "open_group": 1}),
    "a5": ("2024-06-02 12:00", "2024-06-02 12:00", {"opened_group": 1, "won_group": 1}),
    "a6": ("2024-06-03", "2024-06-03", {}),
}


def test_a_deal_is_known_from_the_midnight_after():
    rows = [_deal(account, "x", created, closed, "won" if closed else "open") for account, (created, closed, _) in EDGES.items()]
    found = _values(ALL, *rows, accounts=tuple(EDGES), topics=("x",))
    assert {account: _of(found[account, "x"], "group") for account in EDGES} == {account: edge[2] for account, edge in EDGES.items()}


def test_a_closing_date_that_is_only_expected_counts_for_nothing():
    found = _values(ALL, _deal("a", "x", "2024-01-01", "2024-02-01", "open"), _deal("b", "x", "2024-01-01", None, "lost"))
    assert _of(found["a", "x"], "group") == _of(found["b", "x"], "group") == {"opened_group": 1, "open_group": 1}


def test_windows_hold_the_days_from_d_minus_w_to_d():
    times = {"a1": ("2024-05-27", 1), "a2": ("2024-05-26 23:59:59", 0), "a3": ("2024-06-02 23:00", 1), "a4": ("2024-06-03", 0)}
    declared = {"lost": deals("lost", windows=(7,)), "opened": deals("opened", grain="account", windows=(7,))}
    rows = [_deal(account, "x", time, time, "lost") for account, (time, _) in times.items()]
    found = _values(declared, *rows, accounts=tuple(times), topics=("x",))
    assert found == {(account, "x"): {"lost_7d": count, "opened_7d": count} for account, (_, count) in times.items()}


def test_deals_of_accounts_and_topics_without_signals():
    found = _values(ALL, _deal("quiet", "x", "2024-01-01", "2024-02-01", "won"), _deal("b", "silent", "2024-01-01", "2024-02-01", "won"))
    assert _of(found["a", "x"], "topic") == {"won_topic": 1, "opened_topic": 1}
    assert _of(found["b", "y"], "account") == {"won_account": 1, "opened_account": 1}
    assert {key: _of(values, "group") for key, values in found.items()} == dict.fromkeys(found, {})


def test_deals_are_dated_by_whole_days():
    frame = pd.DataFrame([_deal("a", "x", "1970-01-02 23:00", "1970-01-03", "won") | {"opportunity_id": "o"}])
    frame = frame.assign(created_at=pd.to_datetime(frame["created_at"]), closed_at=pd.to_datetime(frame["closed_at"]))
    assert dated(frame).iloc[0].to_dict() == {
        "account_id": "a", "topic": "x", "opportunity_id": "o", "created_day": 1, "closed_day": 2, "won": True, "lost": False,
    }  # fmt: skip

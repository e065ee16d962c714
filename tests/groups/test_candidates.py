"""Rule 3 at its edges: which groups are candidates at an as-of date. Every account is one case, on topic "x" unless said otherwise."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from bgml.groups.candidates import blocked_spans, dated
from bgml.groups.outcomes import NEVER
from tests.engine_fixtures import matrix_of

AS_OF = date(2024, 6, 3)
LOOKBACK, CUSTOMER = 91, 365


def _signal(account, occurred, recorded=None, person="p", visitor=None, topic="x"):
    return {
        "account_id": account, "topic": topic, "person_id": person, "visitor_id": visitor, "category": "named", "action": "visit",
        "occurred_at": occurred, "recorded_at": recorded,
    }  # fmt: skip


def _deal(account, created, closed=None, outcome="open", topic="x"):
    return {"account_id": account, "topic": topic, "created_at": created, "closed_at": closed, "outcome": outcome}


ELSEWHERE = [_deal("elsewhere", "2015-01-01", "2015-02-01", "won")]


def _candidates(signals, deals=(), all_groups=False, **groups):
    frames = {"signals": pd.DataFrame(signals), "opportunities": pd.DataFrame([*ELSEWHERE, *deals])}
    for name, key in (("signals", "signal_id"), ("opportunities", "opportunity_id")):
        frame = frames[name]
        frame[key] = [f"{name}{number}" for number in range(len(frame))]
        for column in ("occurred_at", "recorded_at", "created_at", "closed_at"):
            if column in frame:
                frame[column] = pd.to_datetime(frame[column], format="ISO8601").astype("datetime64[us]")
    frames["accounts"] = pd.DataFrame({"account_id": sorted({*frames["signals"]["account_id"], *frames["opportunities"]["account_id"]})})
    settings = {"lookback": LOOKBACK, "customer_days": CUSTOMER, **groups}
    frame = matrix_of(frames, [AS_OF], only=["actions_7d"], all_groups=all_groups, groups=settings).frame(AS_OF)
    return set(zip(frame["account_id"], frame["topic"], strict=True))


def _accounts(*args, **options):
    return {account for account, _ in _candidates(*args, **options)}


def test_a_signal_must_be_known_and_in_the_lookback():
    signals = [
        _signal("the day before", "2024-06-02 23:59:59.999999"),
        _signal("midnight itself", "2024-06-03 00:00:00"),
        _signal("first of the lookback", "2024-03-04 00:00:00"),
        _signal("before the lookback", "2024-03-03 23:59:59.999999"),
        _signal("recorded in time", "2024-05-01", "2024-06-02 23:59:59.999999"),
        _signal("recorded at midnight", "2024-05-01", "2024-06-03"),
        _signal("recorded before it happened", "2024-06-03", "2024-05-01"),
        _signal("recorded late of long ago", "2024-03-01", "2024-06-01"),
        _signal("old and new", "2023-01-01"),
        _signal("old and new", "2024-06-01"),
    ]
    assert _accounts(signals) == {"the day before", "first of the lookback", "recorded in time", "old and new"}


CROWDS = [
    _signal("nobody", "2024-06-01", person=None),
    _signal("one person twice", "2024-06-01"),
    _signal("one person twice", "2024-06-02"),
    _signal("person and visitor", "2024-06-01"),
    _signal("person and visitor", "2024-06-01", person=None, visitor="v"),
    _signal("same id twice", "2024-06-01", person="p"),
    _signal("same id twice", "2024-06-01", person=None, visitor="p"),
    _signal("both ids", "2024-06-01", person="p", visitor="v"),
    _signal("two visitors", "2024-06-01", person=None, visitor="v"),
    _signal("two visitors", "2024-06-01", person=None, visitor="w"),
    _signal("second one too old", "2024-06-01"),
    _signal("second one too old", "2024-01-01", person="q"),
    _signal("second one on another topic", "2024-06-01"),
    _signal("second one on another topic", "2024-06-01", person="q", topic="y"),
]


@pytest.mark.parametrize(
    ("least", "expected"),
    [
        (0, {signal["account_id"] for signal in CROWDS}),
        (1, {signal["account_id"] for signal in CROWDS} - {"nobody"}),
        (2, {"person and visitor", "same id twice", "two visitors"}),
        (3, set()),
    ],
)
def test_persons_and_visitors_in_the_lookback_must_be_enough(least, expected):
    assert _accounts(CROWDS, min_people=least) == expected


DEALS = {
    # account: (its deal, is it a candidate)
    "open since long": (("2023-01-01",), False),
    "opened the day before": (("2024-06-02 23:59:59.999999",), False),
    "opened at midnight": (("2024-06-03",), True),
    "lost the day before": (("2024-01-01", "2024-06-02 23:59:59.999999", "lost"), True),
    "lost at midnight": (("2024-01-01", "2024-06-03", "lost"), False),
    "lost without a date": (("2024-01-01", None, "lost"), False),
    "open with an expected date": (("2024-01-01", "2024-02-01", "open"), False),
    "won at midnight": (("2024-01-01", "2024-06-03", "won"), False),
    "won the day before": (("2024-01-01", "2024-06-02 12:00", "won"), False),
    "won 365 days ago": (("2023-01-01", "2023-06-04 00:00:00", "won"), False),
    "won 366 days ago": (("2023-01-01", "2023-06-03 23:59:59.999999", "won"), True),
    "opened and won in a day": (("2023-06-03 10:00", "2023-06-03 11:00", "won"), True),
    "opened and lost later": (("2024-06-10", "2024-06-20", "lost"), True),
}


def test_open_and_recently_won_pairs_are_no_candidates():
    signals = [_signal(account, "2024-06-01") for account in DEALS]
    deals = [_deal(account, *deal) for account, (deal, _) in DEALS.items()]
    assert _accounts(signals, deals) == {account for account, (_, candidate) in DEALS.items() if candidate}
    assert _accounts(signals, deals, all_groups=True) == set(DEALS)


def test_only_the_pair_itself_is_taken_away():
    signals = [
        _signal("a", "2024-06-01"),
        _signal("a", "2024-06-01", topic="y"),
        _signal("b", "2024-06-01"),
        _signal("b", "2024-06-01", topic="y"),
    ]
    deals = [_deal("a", "2024-01-01"), _deal("b", "2024-01-01", topic="silent"), _deal("silent", "2024-01-01")]
    assert _candidates(signals, deals) == {("a", "y"), ("b", "x"), ("b", "y")}


def test_one_blocking_deal_among_several_is_enough():
    signals = [_signal("a", "2024-06-01"), _signal("b", "2024-06-01")]
    deals = [
        _deal("a", "2020-01-01", "2020-02-01", "won"), _deal("a", "2024-01-01"), _deal("a", "2021-01-01", "2021-02-01", "lost"),
        _deal("b", "2020-01-01", "2020-02-01", "won"), _deal("b", "2021-01-01", "2021-02-01", "lost"),
    ]  # fmt: skip
    assert _accounts(signals, deals) == {"b"}


def test_customers_come_back_after_customer_days():
    signals, deals = [_signal("a", "2024-06-01")], [_deal("a", "2024-01-01", "2024-05-24", "won")]
    assert _accounts(signals, deals, customer_days=10) == set()
    assert _accounts(signals, deals, customer_days=9) == {"a"}


def test_excluded_accounts_are_never_candidates():
    signals = [_signal("a", "2024-06-01"), _signal("b", "2024-06-01")]
    assert _accounts(signals, exclude_accounts=["a", "nobody"]) == {"b"}
    assert _accounts(signals, exclude_accounts=["a"], all_groups=True) == {"b"}


def test_the_lookback_is_a_setting():
    assert _accounts([_signal("a", "2024-05-31"), _signal("b", "2024-05-30 23:00")], lookback=3) == {"a"}


def test_spans_of_deals_in_days():
    frame = pd.DataFrame([
        _deal("a", "1970-01-03 10:00"), _deal("b", "1970-01-03", "1970-01-05 23:00", "lost"), _deal("c", "1970-01-03", "1970-01-05", "won"),
    ]).assign(opportunity_id=["1", "2", "3"])  # fmt: skip
    frame["created_at"], frame["closed_at"] = (pd.to_datetime(frame[name], format="ISO8601") for name in ("created_at", "closed_at"))
    spans = blocked_spans(dated(frame), customer_days=10)
    assert spans[["from_day", "to_day"]].to_numpy().tolist() == [[3, NEVER], [3, 5], [3, 15]]

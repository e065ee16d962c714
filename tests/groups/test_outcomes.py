"""Outcomes over the horizon: every rule at its edges, and against the plain loops of the reference."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as trying
from hypothesis import strategies as st

from bgml.groups.outcomes import closed_deals, got_opportunity, label, main_currency, outcomes
from tests.reference import before_until, moment, reference_outcome, rules
from tests.strategies import ids, opportunities, verdicts

D = date(2024, 7, 1)
END = D + timedelta(180)  # 2024-12-28
LATER = date(2026, 1, 1)


def deal(created, closed=None, outcome="won", amount=100.0, number=1, account="A", topic="T", currency=None):
    return {
        "opportunity_id": f"O{number}",
        "account_id": account,
        "topic": topic,
        "created_at": created,
        "closed_at": closed,
        "outcome": outcome,
        "amount": amount,
        "currency": currency,
    }


def verdict(at, word="accepted", by="ann", as_of="2024-07-01", account="A", topic="T"):
    return {"account_id": account, "topic": topic, "as_of": as_of, "by": by, "at": at, "verdict": word}


def keys(*rows):
    return pd.DataFrame(rows, columns=["as_of", "account_id", "topic"]).astype({"as_of": "datetime64[s]"})


def one(tables, settings, as_of=D, account="A", topic="T", until=LATER):
    """The won and amount of a single group."""
    result = label(keys((as_of, account, topic)), replace(tables, until=until), settings)
    return result["won"].iloc[0], result["amount"].iloc[0]


@pytest.mark.parametrize(
    ("created", "closed", "won"),
    [
        ("2024-07-01T00:00:00", "2024-08-01", 1),  # created at the very start of D
        ("2024-06-30T23:59:59.999999", "2024-08-01", 0),  # created before D
        ("2024-07-01", "2024-07-01", 1),  # closed when created
        ("2024-07-02", "2024-12-27T23:59:59.999999", 1),  # the last moment of the horizon
        ("2024-07-02", "2024-12-28T00:00:00", 0),  # closed at D + H
        ("2024-12-27", "2024-12-27", 1),
        ("2024-12-28", "2024-12-28", 0),
    ],
)
def test_won_counts_deals_created_from_d_on_and_won_before_the_horizon_ends(world, settings, created, closed, won):
    assert one(world(deal(created, closed)), settings())[0] == won


@pytest.mark.parametrize(("outcome", "closed"), [("lost", "2024-08-01"), ("lost", None), ("open", None), ("open", "2024-08-01")])
def test_lost_and_open_deals_are_not_won(world, settings, outcome, closed):
    assert one(world(deal("2024-07-02", closed, outcome)), settings())[0] == 0


@pytest.mark.parametrize(
    ("created", "closed", "outcome", "made"),
    [
        ("2024-07-01", None, "open", 1),
        ("2024-07-01", "2024-07-02", "lost", 1),
        ("2024-12-27T23:59:59.999999", None, "open", 1),
        ("2024-12-28", None, "open", 0),  # created at D + H
        ("2024-06-30T23:59:59", "2024-08-01", "won", 0),
    ],
)
def test_created_counts_deals_of_any_outcome(world, settings, created, closed, outcome, made):
    assert one(world(deal(created, closed, outcome)), settings(target="created"))[0] == made


@pytest.mark.parametrize("match", ["pair", "account"])
def test_a_lost_deal_is_an_opportunity_too_where_the_outcome_is_won(world, settings, match):
    tables = replace(world(deal("2024-07-02", "2024-08-01", "lost")), until=LATER)
    groups = keys((D, "A", "T"), (D, "A", "other"), (date(2025, 12, 1), "A", "T"))
    found = got_opportunity(groups, tables, settings(match=match))
    assert found[:2].tolist() == [1, match == "account"]
    assert np.isnan(found[2])
    assert got_opportunity(groups, tables, settings(target="created")) is None
    assert got_opportunity(groups, tables, settings(target="accepted")) is None


def test_created_has_the_amount_of_deals_won_by_the_end_of_the_horizon(world, settings):
    table = world(
        deal("2024-07-02", "2024-08-01", amount=10, number=1),
        deal("2024-07-02", END.isoformat(), amount=20, number=2),
        deal("2024-07-02", "2024-08-01", "lost", amount=40, number=3),
    )
    assert one(table, settings(target="created")) == (1, 10)
    assert outcomes(table, settings(target="created"), D)["amount"].isna().tolist() == [False, True, True]


def test_an_immature_outcome_is_unknown_and_never_0(world, settings):
    table = world(deal("2024-07-02", "2024-07-03"))
    assert one(table, settings(), until=END)[0] == 1
    won, amount = one(table, settings(), until=END - timedelta(1))
    assert np.isnan(won) and np.isnan(amount)


def test_pairs_are_kept_apart_unless_the_account_counts(world, settings):
    table = world(deal("2024-07-02", "2024-07-03", topic="other"), deal("2024-07-02", "2024-07-03", account="B", number=2))
    assert one(table, settings())[0] == 0
    assert one(table, settings(match="account")) == (1, 100)
    assert list(outcomes(table, settings(match="account"), D).columns) == ["account_id", "opportunity_id", "amount"]
    assert list(outcomes(table, settings(), D).columns) == ["account_id", "topic", "opportunity_id", "amount"]


def test_amounts_of_several_deals_add_up_and_null_ones_are_left_out_and_counted(world, settings):
    table = world(
        deal("2024-07-02", "2024-07-03", amount=0.1, number=3),
        deal("2024-07-02", "2024-07-03", amount=None, number=1),
        deal("2024-07-05", "2024-07-05", amount=0.2, number=2),
        deal("2024-06-01", "2024-07-05", amount=9.0, number=4),
    )
    result = label(keys((D, "A", "T")), table, settings())
    assert result.loc[0].tolist() == [1.0, pytest.approx(0.3)]
    found = result.attrs["deals"]
    assert found[["row", "opportunity_id"]].values.tolist() == [[0, "O1"], [0, "O2"], [0, "O3"]]
    assert found["amount"].isna().tolist() == [True, False, False]


def test_a_group_without_any_known_amount_has_none(world, settings):
    won, amount = one(world(deal("2024-07-02", "2024-07-03", amount=None)), settings())
    assert won == 1 and np.isnan(amount)
    assert np.isnan(one(world(), settings())[1])


def test_amounts_in_another_currency_are_unknown(world, settings):
    table = world(
        deal("2024-07-02", "2024-07-03", amount=1, number=1, currency="EUR"),
        deal("2024-07-02", "2024-07-03", amount=2, number=2, currency="EUR"),
        deal("2024-07-02", "2024-07-03", amount=4, number=3, currency="USD"),
        deal("2024-07-02", "2024-07-03", amount=8, number=4),
    )
    assert main_currency(table.frame("opportunities")) == "EUR"
    assert one(table, settings()) == (1, 11)


def test_closed_deals_have_the_amount_won_in_the_main_currency_and_their_accounts_segment(world):
    table = world(
        deal("2024-07-02", "2024-07-05T12:00", amount=1, number=1, currency="EUR"),
        deal("2024-07-02", "2024-07-05", amount=2, number=2, currency="EUR", account="B"),
        deal("2024-07-02", "2024-07-05", amount=4, number=3, currency="USD"),
        deal("2024-07-02", "2024-07-05", amount=8, number=4, outcome="lost", account="C"),
        deal("2024-07-02", "2024-07-05", amount=16, number=5, outcome="open"),
    )
    accounts = [{"account_id": "A", "segment": "large"}, {"account_id": "B", "segment": None}]
    found = closed_deals(replace(table, rows=table.rows | {"accounts": accounts}))
    assert found["opportunity_id"].tolist() == ["O1", "O2", "O3", "O4"]
    assert found["amount"].fillna(-1).tolist() == [1, 2, -1, -1]
    assert found["won"].tolist() == [True, True, True, False]
    assert found["segment"].tolist() == ["large", None, "large", None]
    assert found["created"].tolist() == [pd.Timestamp("2024-07-02")] * 4
    assert found["closed"].tolist() == [pd.Timestamp("2024-07-05")] * 4
    assert found.attrs["currency"] == "EUR"


def test_without_any_currency_amounts_simply_add_up(world, settings):
    table = world(deal("2024-07-02", "2024-07-03", amount=1), deal("2024-07-02", "2024-07-03", amount=2, number=2))
    assert main_currency(table.frame("opportunities")) is None
    assert one(table, settings()) == (1, 3)


@pytest.mark.parametrize(
    ("given", "accepted"),
    [
        ([verdict("2024-07-01T00:00:00")], 1),
        ([verdict("2024-06-30T23:59:59")], 0),
        ([verdict("2024-12-27T23:59:59")], 1),
        ([verdict("2024-12-28")], 0),
        ([verdict("2024-07-02", "rejected")], 0),
        ([verdict("2024-07-03"), verdict("2024-07-02", "rejected")], 1),  # the latest counts, not the last row
        ([verdict("2024-07-03", "rejected"), verdict("2024-07-02")], 0),
        ([verdict("2024-07-03", "rejected", by="bob"), verdict("2024-07-02")], 0),  # whoever gave it
        ([verdict("2024-07-02"), verdict("2024-12-28", "rejected")], 1),  # what comes after the horizon changes nothing
        ([verdict("2024-07-02"), verdict("2024-07-09", "rejected", as_of="2024-07-08")], 1),  # of another week's ranking
        ([verdict("2024-07-02", by=""), verdict("2024-07-02", "rejected", by="bob")], 0),  # at the same time: the last by name
        ([verdict("2024-07-02", "rejected", by=None), verdict("2024-07-02", by="bob")], 1),
    ],
)
def test_accepted_counts_the_latest_verdict_within_the_horizon(world, settings, given, accepted):
    won, amount = one(world(*given, name="verdicts"), settings(target="accepted"))
    assert won == accepted and np.isnan(amount)


def test_accepted_by_account(world, settings):
    table = world(verdict("2024-07-02", topic="other"), name="verdicts")
    assert one(table, settings(target="accepted"))[0] == 0
    assert one(table, settings(target="accepted", match="account"))[0] == 1


def test_a_customer_can_buy_again(world, settings):
    table = world(deal("2024-01-02", "2024-02-03", number=1), deal("2024-08-02", "2024-09-03", amount=7, number=2))
    assert one(table, settings()) == (1, 7)


def test_labels_keep_the_index_and_any_order_of_rows(world, settings):
    table = world(deal("2024-07-02", "2024-07-03"))
    wanted = keys((D, "A", "T"), (LATER, "A", "T"), (D, "unknown", "T"), (D - timedelta(7), "A", "T"), (D, "A", "T"))
    wanted.index = [9, 3, 3, "x", None]
    result = label(wanted, table, settings())
    assert result.index.equals(wanted.index)
    assert result["won"].fillna(-1).tolist() == [1, -1, 0, 1, 1]
    assert result.dtypes.tolist() == [np.float32, np.float64]
    assert result.attrs["deals"]["row"].tolist() == [0, 3, 4]


def test_no_rows_and_no_deals_have_no_outcomes(world, settings):
    empty = label(keys(), world(deal("2024-07-02", "2024-07-03")), settings())
    assert len(empty) == 0 and len(empty.attrs["deals"]) == 0
    for target in ("won", "created", "accepted"):
        assert one(world(), settings(target=target))[0] == 0


def test_categories_and_texts_get_the_same_labels(world, settings):
    table = world(deal("2024-07-02", "2024-07-03"), deal("2024-07-02", "2024-07-03", account="B", number=2))
    plain = keys((D, "A", "T"), (D, "B", "T"), (D, "C", "T"))
    coded = plain.astype({"account_id": pd.CategoricalDtype(["C", "B", "A", "Z"]), "topic": "category"})
    pd.testing.assert_frame_equal(label(plain, table, settings()), label(coded, table, settings()))


@st.composite
def small_worlds(draw):
    world = draw(ids())
    deals = draw(opportunities(world, max_size=8))
    for row in deals:
        row["created_at"] -= timedelta(draw(st.sampled_from((0, 0, 180))))
        row["closed_at"] = max(row["closed_at"], row["created_at"]) if row["closed_at"] else None
    found = {"opportunities": deals, "verdicts": draw(verdicts(world))}
    return found, [(account, topic) for account in world.accounts for topic in world.topics]


@given(
    small_worlds(),
    st.sampled_from(("won", "created", "accepted")),
    st.sampled_from(("pair", "account")),
    st.sampled_from((1, 30, 180)),
    st.sampled_from((date(2021, 7, 5), date(2021, 8, 1), date(2022, 1, 1), date(2023, 1, 1))),
)
@trying(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_labels_equal_the_reference(world, settings, drawn, target, match, horizon, until):
    found, groups = drawn
    plain = rules(outcome={"target": target, "match": match, "horizon": horizon}, data={"until": until})
    clean = before_until(found, plain)
    table = replace(world(), rows={name: [_texts(row) for row in rows] for name, rows in clean.items()}, until=until)
    dates = [date(2021, 7, 5), date(2021, 1, 4), date(2021, 6, 28), date(2021, 12, 31)]
    wanted = [(day, *group) for day in dates for group in groups]
    result = label(keys(*wanted), table, settings(target=target, match=match, horizon=horizon))
    deals = result.attrs["deals"].groupby("row")["opportunity_id"].apply(list).to_dict()
    for row, key in enumerate(wanted):
        expected = reference_outcome(found, *key, settings=plain)
        assert _equal(result["won"].iloc[row], expected["won"])
        assert _equal(result["amount"].iloc[row], expected["amount"])
        assert target == "accepted" or deals.get(row, []) == expected["deals"]


def _texts(row):
    return {key: moment(value).isoformat() if isinstance(value, date) else value for key, value in row.items()}


def _equal(value, expected):
    return np.isnan(value) if expected is None else value == pytest.approx(expected)

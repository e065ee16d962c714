"""Measures: what each is taken over, and the sentence where it cannot be taken."""

from __future__ import annotations

import pandas as pd
import pytest

from bgml.insight.impact.measures import measures
from bgml.insight.ratios import Sample

NONE = Sample(pd.DataFrame(columns=["account_id", "segment", "value"]), pd.DataFrame(columns=["row", "opportunity_id"]))


def deals(*rows, **columns):
    made = pd.DataFrame(list(rows), columns=["outcome", "amount", "currency", "days"]).astype({"amount": float, "days": float})
    named = made.assign(opportunity_id=[f"o{n}" for n in range(len(made))], account_id="a", segment="s", band=None, engaged=0)
    return named.assign(**columns)


def found(rows, currency="EUR"):
    made = measures(rows, currency, NONE)
    return {measure.key: measure for measure in made.found}, " ".join(made.missing)


WON, LOST, OPEN = ("won", 10, "EUR", 5), ("lost", 4, "EUR", 9), ("open", 7, "EUR", None)


def test_each_measure_is_taken_over_its_own_deals():
    taken, said = found(deals(WON, WON, LOST, OPEN))
    assert taken["win_rate"].sample.rows["value"].tolist() == [1, 1, 0]
    assert taken["win_rate"].sample.deals["opportunity_id"].tolist() == ["o0", "o1"]
    assert taken["amount_mean"].sample.rows["value"].tolist() == [10, 10]
    assert taken["cycle_won"].sample.rows["value"].tolist() == [5, 5]
    assert taken["cycle_lost"].sample.rows["value"].tolist() == [9]
    assert "No opportunity conversion" in said


@pytest.mark.parametrize(
    ("rows", "gone", "said"),
    [
        ([WON, WON], "win_rate", "of 2 closed opportunities none is lost"),
        ([LOST, OPEN], "win_rate", "of 1 closed opportunities none is won"),
        ([("won", None, "EUR", 5), LOST], "amount_mean", "none of 1 won opportunities has one"),
        ([("won", 1, "EUR", 0), ("lost", 1, "EUR", 0)], "cycle_won", "No cycle times"),
    ],
)
def test_what_cannot_be_taken_is_said(rows, gone, said):
    taken, told = found(deals(*rows))
    assert gone not in taken
    assert said in told


def test_each_currency_stands_alone_and_null_amounts_are_counted():
    rows = [WON, ("won", 3, "USD", 5), ("won", None, "EUR", 5), LOST, *[("won", 1, name, 5) for name in ("CHF", "CHF", "GBP")]]
    taken, said = found(deals(*rows))
    assert [key for key in taken if key.startswith("amount_mean")] == ["amount_mean", "amount_mean_CHF", "amount_mean_GBP"]
    assert "1 of 6 won opportunities have no amount" in said
    assert "Amounts in USD are left out" in said


def test_strata_are_only_columns_that_tell_rows_apart():
    same, _ = found(deals(WON, LOST))
    apart, _ = found(deals(WON, LOST, segment=["x", "y"], band=["lower third", "upper third"]))
    assert same["win_rate"].strata == ()
    assert apart["win_rate"].strata == ("segment", "band")

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bgml.engine.columns.catalog import ColumnInfo
from bgml.scoring.columns import Column
from bgml.scoring.facts.comparison import Comparison, Side
from bgml.scoring.facts.wording import Words, counted, short

PEOPLE = ColumnInfo("people_28d", "integer", "Distinct people.", "breadth", "{value:.0f} people active in the last {days} days", 28)
LEADS = ColumnInfo("leads", "integer", "Leads.", "leads", "{value:.0f} qualified leads")
SHARE = ColumnInfo("share", "number", "Share of the account's signals.", "account", "{value:.0%} of the activity is on this topic")
THIRD = ColumnInfo("third", "number", "Days.", "recency", "a third person came {value:.0f} days ago", None, "no third person so far")
ALONE = ColumnInfo("alone", "integer", "Whether one person did it all.", "concentration", "one person did nearly everything")
INDUSTRY = ColumnInfo("industry", "category", "Industry of the account.", "account", "industry: {value}")
REVENUE = ColumnInfo("revenue", "number", "Revenue of the account.", "account")


def said(info, value, won, others, who="groups that won"):
    kind = "category" if info is INDUSTRY else "number"
    words = Words(Column(info.name, kind), info, Comparison(0, won, others), who).said(value)
    return words.sentence, words.side


def medians(won, others):
    return Side(won, 1.0, 0.9), Side(others, 1.0, 0.5)


@pytest.mark.parametrize(
    ("value", "sentence", "side"),
    [
        (4, "4 people active in the last 28 days (groups that won had 3.5 on the median, others 1)", 1),
        (1, "1 person active in the last 28 days (groups that won had 3.5 on the median, others 1)", -1),
        (0, "no people active in the last 28 days (groups that won had 3.5 on the median, others 1)", -1),
        (90, "90 people active in the last 28 days (groups that won had 3.5 on the median, others 1)", 1),
    ],
)
def test_a_number_stands_on_the_side_of_the_nearer_median(value, sentence, side):
    assert said(PEOPLE, value, *medians(3.5, 1.0)) == (sentence, side)


def test_half_way_is_on_neither_side():
    assert said(PEOPLE, 2, *medians(3.0, 1.0))[1] == 0


def test_percentages_are_compared_as_percentages():
    sentence = "25% of the activity is on this topic (groups that won had 50% on the median, others 20%)"
    assert said(SHARE, 0.25, *medians(0.5, 0.2)) == (sentence, -1)


@pytest.mark.parametrize(("won", "others"), [(2.0, 2.0), (0.512, 0.508), (100.0, 95.0)])
def test_alike_medians_tell_nothing(won, others):
    assert said(SHARE, 0.9, Side(won, 1.0, 1.0), Side(others, 1.0, 1.0)) == ("90% of the activity is on this topic", 0)


def test_where_most_have_none_it_is_told_how_many_have_any():
    sides = Side(0.0, 1.0, 0.45), Side(0.0, 1.0, 0.15)
    assert said(LEADS, 2, *sides) == ("2 qualified leads (45% of the groups that won had any, 15% of the others)", 1)
    assert said(LEADS, 0, *sides) == ("no qualified leads (true of 55% of the groups that won, 85% of the others)", -1)


def test_what_is_missing_is_compared_with_how_often_it_is():
    sides = Side(80.0, 0.9, 0.9), Side(150.0, 0.5, 0.5)
    assert said(THIRD, math.nan, *sides) == ("no third person so far (true of 10% of the groups that won, 50% of the others)", -1)
    assert said(REVENUE, math.inf, Side(1e6, 0.8, 0.8), Side(1e6, 0.8, 0.8)) == ("unknown: revenue of the account", 0)


def test_statements_and_categories_are_compared_by_shares():
    sides = Side(0.0, 1.0, 0.1), Side(1.0, 1.0, 0.5)
    assert said(ALONE, 1, *sides) == ("one person did nearly everything (true of 10% of the groups that won, 50% of the others)", -1)
    sentence = "not the case: one person did nearly everything (true of 90% of the groups that won, 50% of the others)"
    assert said(ALONE, 0, *sides) == (sentence, 1)
    sides = Side(shares={"Banking": 0.2}), Side(shares={"Banking": 0.1})
    assert said(INDUSTRY, "Banking", *sides) == ("industry: Banking (true of 20% of the groups that won, 10% of the others)", 1)
    assert said(INDUSTRY, "Rare (new)", *sides) == ("industry: Rare (new)", 0)


def test_others_than_winners_are_called_what_they_are():
    sentence, _ = said(PEOPLE, 4, *medians(3.0, 1.0), who="groups that became an opportunity")
    assert sentence.endswith("(groups that became an opportunity had 3 on the median, others 1)")
    assert short(sentence) == "4 people active in the last 28 days"


def test_without_a_comparison_what_is_typical_is_told():
    words = Words(Column("people_28d", "number", typical=2.0), PEOPLE)
    assert (words.said(5).sentence, words.said(5).side) == ("5 people active in the last 28 days (typical 2)", None)
    assert words.said(2).sentence == "2 people active in the last 28 days"
    assert words.said(None).sentence == "unknown: distinct people"
    revenue = Words(Column("revenue", "number", typical=1e6), REVENUE)
    assert revenue.said(2.5e7).sentence == "revenue of the account: 25,000,000 (typical 1,000,000)"


@pytest.mark.parametrize("text", ["industry: Retail (food)", "4 people", "revenue: 3 (three)", ""])
def test_what_has_no_comparison_is_short_already(text):
    assert short(text) == text


@given(
    value=st.floats(0, 1e6), won=st.floats(0, 1e6), others=st.floats(0, 1e6), info=st.sampled_from([PEOPLE, SHARE, REVENUE]),
)  # fmt: skip
def test_a_sentence_never_names_a_side_that_its_own_numbers_deny(value, won, others, info):
    sentence, side = said(info, value, *medians(won, others))
    fact, _, tail = sentence.partition(" (groups that won had ")
    if not tail:
        return
    near, far = (_number(part) for part in tail.removesuffix(")").split(" on the median, others "))
    first = fact.rpartition(": ")[2] if info is REVENUE else fact.split(" ")[0]
    at = 0.0 if first == "no" else _number(first)
    assert (abs(at - far) > abs(at - near)) - (abs(at - far) < abs(at - near)) == side


def _number(text):
    return float(text.replace(",", "").removesuffix("%")) / (100 if "%" in text else 1)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("1 anonymous visitors in the last 7 days", "1 anonymous visitor in the last 7 days"),
        ("1 third-party intent signals of the account", "1 third-party intent signal of the account"),
        ("1 qualified leads in the last 91 days", "1 qualified lead in the last 91 days"),
        ("1 kinds of signal", "1 kind of signal"),
        ("1 opportunities opened on the topic", "1 opportunity opened on the topic"),
        ("last active 1 days ago", "last active 1 day ago"),
        ("1 of the required roles active", "1 of the required roles active"),
        ("0 of the required roles active", "none of the required roles active"),
        ("1 people of finance in the last 28 days", "1 person of finance in the last 28 days"),
        ("activity is 1.1 times its normal", "activity is 1.1 times its normal"),
        ("21 people in the last 91 days", "21 people in the last 91 days"),
        ("the account looked into 1 topics", "the account looked into 1 topic"),
        ("0 departments", "no departments"),
        ("10 visitors and 0 actions", "10 visitors and 0 actions"),
        ("1 executives by title in the last 91 days", "1 executive by title in the last 91 days"),
        ("1 active weeks of known people, added up", "1 active week of known people, added up"),
        ("0 decision makers by title", "no decision makers by title"),
    ],
)
def test_grammar(written, told):
    assert counted(written) == told

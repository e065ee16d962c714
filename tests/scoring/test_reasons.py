from __future__ import annotations

import re
from types import SimpleNamespace

import pandas as pd
import pytest

from bgml.engine.columns.catalog import ColumnInfo
from bgml.scoring.columns import Column, Columns
from bgml.scoring.reasons import _counted, sentences
from bgml.scoring.rule import RuleEstimator

CATALOG = SimpleNamespace(columns=(
    ColumnInfo("people_28d", "integer", "Distinct people.", "breadth", "{value:.0f} people active in the last {days} days", 28),
    ColumnInfo("breadth_28d", "number", "Breadth.", "breadth", "breadth {value:.1f}", 28),
    ColumnInfo("days_since_last", "integer", "Days since the last signal.", "recency", "last activity {value:.0f} days ago"),
    ColumnInfo("share", "number", "Share of the account's signals.", "account", "{value:.0%} of the account's activity is on this topic"),
    ColumnInfo("alone", "integer", "Whether one person did it all.", "concentration", "one person did nearly everything"),
    ColumnInfo("industry", "category", "Industry of the account.", "company", "industry: {value}"),
    ColumnInfo("revenue", "number", "Revenue of the account.", "company"),
))  # fmt: skip
TYPICAL = {"people_28d": 2.0, "breadth_28d": 1.5, "days_since_last": 12.0, "share": 0.25, "alone": 0.0, "industry": "Steel", "revenue": 1e6}
ROW = {"people_28d": 5, "breadth_28d": 4.2, "days_since_last": 3, "share": 0.5, "alone": 0, "industry": "Health", "revenue": 2.5e7}


def told(values=(), parts=(), names=None, n=5):
    """The sentences for one row in which the named features add what `parts` says."""
    names = list(names or dict(parts) or ROW)
    columns = Columns(tuple(Column(c, "category" if c == "industry" else "number", ("Health", "Steel"), TYPICAL[c]) for c in names))
    frame = pd.DataFrame([ROW | dict(values)])
    added = pd.DataFrame([dict(parts)], columns=names) if parts else None
    scorer = SimpleNamespace(columns=columns, features=tuple(names), contributions=lambda frame: added)
    return sentences(scorer, frame, CATALOG, n=n)[0]


def test_sentences_quote_the_value_and_what_is_typical_weightiest_first():
    assert told(parts={"share": 0.2, "people_28d": 1.0, "industry": 0.1}) == [
        "5 people active in the last 28 days (typical 2)",
        "50% of the account's activity is on this topic (typical 25%)",
        "industry: Health",
    ]


def test_a_family_gives_one_sentence_about_its_weightiest_column():
    assert told(parts={"people_28d": 0.4, "breadth_28d": 0.6, "days_since_last": 0.9}) == [
        "breadth 4.2 (typical 1.5)", "last activity 3 days ago (typical 12)",
    ]  # fmt: skip


def test_what_speaks_against_says_so_and_states_what_is_low():
    assert told({"people_28d": 0}, {"people_28d": -1.0, "share": 0.5}) == [
        "50% of the account's activity is on this topic (typical 25%)", "against: no people active in the last 28 days (typical 2)",
    ]  # fmt: skip


def test_a_family_against_quotes_a_column_that_is_against():
    assert told(parts={"people_28d": 0.4, "breadth_28d": -0.6})[0].startswith("against: breadth 4.2")


@pytest.mark.parametrize(("value", "said"), [(1, "1 person active in the last 28 days"), (0, "no people active in the last 28 days")])
def test_numbers_and_words_agree(value, said):
    assert told({"people_28d": value}, {"people_28d": 1.0})[0].startswith(said)


@pytest.mark.parametrize(
    ("written", "said"),
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
    ],
)
def test_grammar(written, said):
    assert _counted(written) == said


def test_a_statement_that_does_not_hold_is_not_made():
    assert told({"alone": 1}, {"alone": -1.0}) == ["against: one person did nearly everything"]
    assert told({"alone": 0}, {"alone": 1.0}) == ["not the case: one person did nearly everything"]


def test_unknown_values():
    assert told({"share": float("nan")}, {"share": -1.0}) == ["against: unknown: share of the account's signals"]
    assert told({"industry": None}, {"industry": -1.0}) == ["against: unknown: industry of the account"]


def test_without_a_template_the_meaning_is_told():
    assert told(parts={"revenue": 1.0}) == ["revenue of the account: 25,000,000 (typical 1,000,000)"]


def test_a_column_the_catalog_no_longer_has_is_called_by_its_name():
    TYPICAL["old_column"] = 1.0
    assert told({"old_column": 3.0}, {"old_column": 1.0}) == ["old column: 3 (typical 1)"]


def test_trifles_are_no_reasons_and_n_is_the_most():
    parts = {"people_28d": 1.0, "days_since_last": 0.5, "share": 0.4, "industry": 0.01}
    assert len(told(parts=parts)) == 3
    assert len(told(parts=parts, n=2)) == 2
    assert told(parts={"people_28d": 0.0}) == []


def test_a_rule_states_its_columns_those_that_are_there_first():
    assert told({"people_28d": 0}, names=["people_28d", "days_since_last"]) == [
        "last activity 3 days ago (typical 12)", "no people active in the last 28 days (typical 2)",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["propensity", "logistic", "people", "value"])
def test_reasons_of_fitted_models_quote_their_rows(name, scorers, frame):
    top = frame.head(20)
    found = sentences(scorers[name], top, CATALOG, n=3)
    assert len(found) == 20
    for row, said in zip(top.to_dict("records"), found, strict=True):
        assert 1 <= len(said) <= 3
        for sentence in said:
            if match := re.search(r"(\w+) (people|person) active", sentence):
                assert {"no": 0}.get(match[1], match[1]) == (row["people_28d"] if match[1] == "no" else str(int(row["people_28d"])))


def test_no_rows(scorers, frame):
    assert sentences(scorers["propensity"], frame.iloc[:0], CATALOG) == []
    assert isinstance(scorers["people"].estimator, RuleEstimator)


def test_what_is_the_same_in_all_rows_is_no_reason():
    columns = Columns(tuple(Column(name, "number", (), TYPICAL[name]) for name in ("people_28d", "share")))
    frame = pd.DataFrame([ROW, ROW | {"people_28d": 1}])
    added = pd.DataFrame([{"people_28d": 0.5, "share": 2.0}, {"people_28d": -0.5, "share": 2.0}])
    scorer = SimpleNamespace(columns=columns, features=("people_28d", "share"), contributions=lambda frame: added)
    assert sentences(scorer, frame, CATALOG) == [
        ["5 people active in the last 28 days (typical 2)"], ["against: 1 person active in the last 28 days (typical 2)"],
    ]  # fmt: skip

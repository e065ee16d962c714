from __future__ import annotations

import re
from dataclasses import replace
from types import SimpleNamespace

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bgml.engine.columns.catalog import ColumnInfo
from bgml.learning.fitting.comparison import comparison
from bgml.scoring.columns import Column, Columns
from bgml.scoring.facts.comparison import Comparison, Comparisons, Side
from bgml.scoring.reasons import sentences
from bgml.scoring.rule import RuleEstimator
from tests.read_reasons import holds, number, read

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


def told(values=(), parts=(), names=None, n=5, info=None):
    """The sentences for one row in which the named features add what `parts` says."""
    names = list(names or dict(parts) or ROW)
    columns = Columns(tuple(Column(c, "category" if c == "industry" else "number", ("Health", "Steel"), TYPICAL[c]) for c in names))
    frame = pd.DataFrame([ROW | dict(values)])
    added = pd.DataFrame([dict(parts)], columns=names) if parts else None
    scorer = SimpleNamespace(columns=columns, features=tuple(names), contributions=lambda frame: added, info=info or {})
    return sentences(scorer, frame, CATALOG, n=n)[0]


def test_sentences_quote_the_value_and_what_is_typical_weightiest_first():
    assert told(parts={"share": 0.2, "people_28d": 1.0, "industry": 0.1}) == [
        "5 people active in the last 28 days (typical 2)",
        "50% of the account's activity is on this topic (typical 25%)",
        "industry: Health",
    ]


def test_a_family_gives_one_sentence_about_its_weightiest_column():
    assert told(parts={"people_28d": 0.2, "breadth_28d": 0.6, "days_since_last": 0.9}) == [
        "last activity 3 days ago (typical 12)", "breadth 4.2 (typical 1.5)",
    ]  # fmt: skip


def test_of_a_count_and_an_index_that_say_about_as_much_the_count_is_told():
    assert told(parts={"people_28d": 0.4, "breadth_28d": 0.6}) == ["5 people active in the last 28 days (typical 2)"]


def test_what_speaks_against_says_so_and_states_what_is_low():
    assert told({"people_28d": 0}, {"people_28d": -1.0, "share": 0.5}) == [
        "50% of the account's activity is on this topic (typical 25%)", "against: no people active in the last 28 days (typical 2)",
    ]  # fmt: skip


def test_a_family_against_quotes_a_column_that_is_against():
    assert told(parts={"people_28d": 0.4, "breadth_28d": -0.6})[0].startswith("against: breadth 4.2")


@pytest.mark.parametrize(("value", "said"), [(1, "1 person active in the last 28 days"), (0, "no people active in the last 28 days")])
def test_numbers_and_words_agree(value, said):
    assert told({"people_28d": value}, {"people_28d": 1.0})[0].startswith(said)


def test_a_statement_that_does_not_hold_is_not_made():
    assert told({"alone": 1}, {"alone": -1.0}) == ["against: one person did nearly everything"]
    assert told({"alone": 0}, {"alone": 1.0}) == ["not the case: one person did nearly everything"]


def test_that_nobody_knows_a_value_is_no_reason():
    assert told({"share": float("nan")}, {"share": -1.0}) == []
    assert told({"industry": None}, {"industry": -1.0, "people_28d": 0.5}) == told(parts={"people_28d": 0.5})


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


SIDES = {
    "people_28d": (0, 4.0, 1.0), "breadth_28d": (0, 3.5, 1.0), "days_since_last": (0, 4.0, 30.0), "share": (1, 0.9, 0.6),
    "alone": (2, 0.0, 1.0),
}  # fmt: skip


def seen(**groups):
    """What a version knows of these columns: won and others' medians, and its groups of columns."""
    columns = {name: Comparison(groups.get(name, group), Side(won, 1.0, 0.9), Side(others, 1.0, 0.5))
               for name, (group, won, others) in SIDES.items()}  # fmt: skip
    return {"comparison": Comparisons(columns).record("won")}


def test_columns_that_rise_and_fall_together_give_one_sentence_whatever_their_files():
    assert told(parts={"people_28d": 0.6, "days_since_last": 0.5}, info=seen()) == [
        "5 people active in the last 28 days (groups that won had 4 on the median, others 1)",
    ]  # fmt: skip


def test_a_fact_on_the_other_side_gives_way_to_one_that_agrees():
    parts = {"people_28d": -0.6, "days_since_last": -0.4}
    assert told({"days_since_last": 40}, parts, info=seen()) == [
        "against: last activity 40 days ago (groups that won had 4 on the median, others 30)",
    ]  # fmt: skip
    assert told({"days_since_last": 3}, parts, info=seen()) == []


def test_a_family_is_told_once_for_and_once_against():
    parts = {"people_28d": 0.6, "breadth_28d": -0.5, "share": -0.2}
    assert told({"breadth_28d": 1.0}, parts, info=seen(breadth_28d=7)) == [
        "5 people active in the last 28 days (groups that won had 4 on the median, others 1)",
        "against: breadth 1.0 (groups that won had 3.5 on the median, others 1.0)",
        "against: 50% of the account's activity is on this topic (groups that won had 90% on the median, others 60%)",
    ]
    assert len(told({"breadth_28d": 4.0}, parts | {"breadth_28d": 0.5}, info=seen(breadth_28d=7))) == 2


def test_a_rule_tells_one_of_the_columns_that_rise_and_fall_together_with_what_it_compares_to():
    assert told(names=["people_28d", "days_since_last", "share"], info=seen()) == [
        "5 people active in the last 28 days (groups that won had 4 on the median, others 1)",
        "50% of the account's activity is on this topic (groups that won had 90% on the median, others 60%)",
    ]


@pytest.fixture(scope="module")
def informed(scorers, examples):
    """The scorers of each kind as training leaves them: with what it saw of both sides."""
    for scorer in scorers.values():
        scorer.info["comparison"] = comparison(scorer, examples, "won")
    yield scorers
    for scorer in scorers.values():
        del scorer.info["comparison"]


TOLD = SimpleNamespace(columns=(
    ColumnInfo("people_28d", "integer", "Distinct people.", "breadth", "{value:.0f} people active in the last {days} days", 28),
    ColumnInfo("actions_28d", "integer", "Actions.", "volume", "{value:.0f} actions in the last {days} days", 28),
    ColumnInfo("people_qualified_lead_91d", "integer", "Leads.", "leads", "there is a qualified lead"),
    ColumnInfo("days_since_last", "number", "Days.", "recency", "last activity {value:.0f} days ago", None, "never heard of"),
    ColumnInfo("won_before", "integer", "Deals.", "deals", "{value:.0f} deals won before"),
    ColumnInfo("industry", "category", "Industry of the account.", "account", "industry: {value}"),
))  # fmt: skip
GROUPS = st.lists(
    st.fixed_dictionaries({
        "people_28d": st.integers(0, 9), "actions_28d": st.integers(0, 60), "people_qualified_lead_91d": st.integers(0, 1),
        "days_since_last": st.one_of(st.none(), st.integers(1, 90)), "won_before": st.integers(0, 2),
        "industry": st.sampled_from(["Health", "Software", "Steel", "New (here)", None]),
    }), min_size=1, max_size=6,
)  # fmt: skip


@pytest.mark.parametrize("name", ["propensity", "lambdarank", "logistic", "value", "people"])
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(groups=GROUPS)
def test_sentences_never_contradict_the_row_what_training_saw_or_the_side_they_are_on(name, informed, groups):
    scorer = informed[name]
    rows = pd.DataFrame(groups).astype({"days_since_last": float}).assign(topic="Data")
    added = scorer.contributions(rows)
    for place, said in enumerate(sentences(scorer, rows, TOLD)):
        row = rows.iloc[place].to_dict()
        about = []
        for sentence in said:
            if "to expect if won" in sentence:
                value, typical = re.findall(r"[\d,]+", sentence)[0], scorer.amounts.usual
                assert number(value) == pytest.approx(scorer.if_won(rows)[place], abs=0.51)
                assert sentence.startswith("against: ") == (scorer.if_won(rows)[place] < typical)
                continue
            found = [one for one in read(sentence, TOLD.columns) if one.column in scorer.features]
            assert len(found) == 1, sentence
            if added is None:
                assert holds(replace(found[0], kind=None), row, seen_by(scorer)), sentence
            else:
                assert holds(found[0], row, seen_by(scorer)), sentence
                assert (added[found[0].column].iloc[place] < 0) == found[0].against
            about.append(seen_by(scorer)[found[0].column]["group"])
        assert len(about) == len(set(about))


def seen_by(scorer):
    return scorer.info["comparison"]["columns"]


def test_no_rows(scorers, frame):
    assert sentences(scorers["propensity"], frame.iloc[:0], CATALOG) == []
    assert isinstance(scorers["people"].estimator, RuleEstimator)


def test_what_is_the_same_in_all_rows_is_no_reason():
    columns = Columns(tuple(Column(name, "number", (), TYPICAL[name]) for name in ("people_28d", "share")))
    frame = pd.DataFrame([ROW, ROW | {"people_28d": 1}])
    added = pd.DataFrame([{"people_28d": 0.5, "share": 2.0}, {"people_28d": -0.5, "share": 2.0}])
    scorer = SimpleNamespace(columns=columns, features=("people_28d", "share"), contributions=lambda frame: added, info={})
    assert sentences(scorer, frame, CATALOG) == [
        ["5 people active in the last 28 days (typical 2)"], ["against: 1 person active in the last 28 days (typical 2)"],
    ]  # fmt: skip

"""The verdict: ready or not, why, and what to change, told truly."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bgml.cli.terminal import plain
from bgml.data.dataset import open_dataset, open_tables
from bgml.errors import DataError
from bgml.evaluation.readiness.verdict import assess
from bgml.project import Project
from tests import strategies
from tests.engine_fixtures import examples
from tests.evaluation.readiness.made import dataset, settings, tables
from tests.evaluation.readiness.test_changes import acts, wins

REAL = Path(__file__).parents[3].parent / "shared" / "data" / "cncf"


def test_ready_with_everything_in_reach():
    found = assess(dataset(wins(), acts()), settings(check={"min_won": 1}))
    assert found.ready
    first, reach, days, years, folds, ends = found.sentences()
    assert first == (
        "Ready to train, but not to judge a model by: 4 distinct won deals can be learned from, at least 1 are needed; "
        "fewer than Dynamics 365 (40), Gong (50), Oracle (100) and Salesforce (200) would."
    )
    assert reach == (
        "Of all 4 won deals, 4 (100%) were candidates at the last as-of date before they began and within the horizon; "
        "4 (100%) were candidates at some date before."
    )
    assert days == (
        "From creation to won: a quarter within 20 days, half within 20, three quarters within 20; 100% within the horizon, "
        "30 days would hold 80%."
    )
    assert years == "Distinct won deals per year: 2024 4."
    assert "no model can be told from another, some 40 are needed." in folds
    assert ends.startswith("The table opportunities ends on 2024-06-23, 190 days before the others: what is missing")
    assert ends.endswith("bring the rest, or set [data] until = 2024-06-24.")
    assert json.loads(json.dumps(plain(found.document())))["numbers"] == {"wins": 4, "in_reach": 4, "learnable": 4}


def test_not_ready_says_what_one_change_brings():
    found = assess(dataset(wins(), acts("y")), settings())
    said = found.sentences()
    assert said[0] == "Not ready: 0 of 4 won deals can be learned from, at least 2 are needed (check.min_won)."
    assert "Out of reach: 4 were on another topic than those on which the account was a candidate." in said
    assert 'With [outcome] match = "account": 4 instead of 0 of 4 won deals in reach, 4 instead of 0 to learn from.' in said
    assert found.document()["changes"][0]["settings"] == {"outcome.match": "account"}


def test_not_ready_says_what_several_changes_bring_together():
    made = dataset([*wins(), *wins(first=4)], [*acts("y"), *acts(before=150, first=4)])
    said = assess(made, settings(check={"min_won": 8})).sentences()
    together = '[outcome] match = "account" and [groups] lookback = 182'
    assert f"To be ready: {together}: 8 instead of 0 of 8 won deals in reach, 8 instead of 0 to learn from." in said
    hopeless = assess(made, settings(check={"min_won": 9})).sentences()
    assert any(sentence.startswith("No change of settings that was tried makes it ready") for sentence in hopeless)


def test_buyers_without_a_trace_are_told_apart_from_settings():
    said = assess(dataset([*wins(), *wins(first=4), *wins(first=8)], acts()), settings()).sentences()
    assert "Out of reach: 8 came from accounts without any signal before." in said
    assert any(sentence.startswith("Most of what is won leaves no trace") for sentence in said)


@pytest.mark.parametrize(
    ("sections", "problem"),
    [
        ({"outcome": {"horizon": 5000}}, "horizon 5000 days: the newest mature as-of date"),
        ({"outcome": {"target": "accepted", "horizon": 60}}, "the tables hold no accepted verdict"),
        ({"check": {"min_won": 40}}, "4 of 4 won deals can be learned from, at least 40 are needed (check.min_won)"),
    ],
)
def test_why_it_is_not_ready(sections, problem):
    found = assess(dataset(wins(), acts()), settings(**sections))
    assert not found.ready
    assert problem in found.problem
    assert found.sentences()[0].startswith("Not ready: ")


def test_no_won_deal_and_no_history_are_told_and_no_error():
    lost = tables(wins(), acts())["opportunities"].assign(outcome="lost")
    found = assess(dataset([], acts(), opportunities=lost), settings())
    assert found.sentences()[0] == "Not ready: the tables hold no won deals."
    assert 'With [outcome] target = "created": 4 of 4 opportunities in reach, 4 to learn from.' in found.sentences()
    one_day = tables(wins(), [])
    one_day["signals"] = one_day["signals"].head(1)
    bought = {"created_at": pd.Timestamp("2023-01-01"), "closed_at": pd.Timestamp("2023-01-02"), "outcome": "won"}
    one_day["opportunities"] = lost.head(1).assign(**bought)
    assert not assess(open_tables(one_day), settings()).ready


def test_too_few_groups_that_did_not_win():
    found = assess(dataset(wins(), acts()), settings(check={"min_won": 3}))
    assert found.problem == "the signals hold 5 groups, too few for 3 that did not win (check.min_won)"


@pytest.mark.skipif(not REAL.exists(), reason="the real data is not beside this checkout")
@pytest.mark.parametrize(("lookback", "learnable", "in_reach"), [(91, 54, 42), (365, 75, 66)])
def test_real_data_of_buyers_who_leave_no_trace(tmp_path, lookback, learnable, in_reach):
    given = settings(data={"url": str(REAL)}, outcome={"horizon": 180}, groups={"lookback": lookback}, check={"min_won": 40})
    found = assess(open_dataset(Project(root=tmp_path, settings=given)), given)
    assert (found.ready, found.numbers.learnable, found.numbers.in_reach, found.whole.no_signal) == (True, learnable, in_reach, 629)
    said = " ".join(found.sentences())
    assert "Most of what is won leaves no trace" in said
    assert "no model can be told from another" in said


@examples(0.1)
@given(
    strategies.tables(),
    st.sampled_from(("won", "created", "accepted")),
    st.sampled_from(("pair", "account")),
    st.sampled_from((1, 30, 180, 36_500)),
    st.sampled_from((1, 7, 28, 36_500)),
    st.sampled_from((0, 1, 3)),
)
def test_whatever_the_tables_there_is_a_verdict_and_every_win_has_one_fate(rows, target, match, horizon, every, least):
    outcome = {"target": target, "match": match, "horizon": horizon}
    asked = settings(outcome=outcome, dates={"every": every}, groups={"min_people": least})
    try:
        data = open_tables(strategies.frames(rows), settings=asked)
    except DataError:
        return
    found = assess(data, asked)
    whole = found.whole
    gone = (whole.in_reach, whole.beyond_horizon, whole.blocked, whole.earlier, whole.other_topic, whole.no_candidate, whole.no_signal)
    assert sum(gone) + whole.before_signals == whole.wins == found.numbers.wins
    assert whole.in_reach == found.numbers.in_reach <= whole.ever <= whole.wins
    assert found.ready or found.sentences()[0].startswith("Not ready: ")
    assert json.loads(json.dumps(plain(found.document()), allow_nan=False))["sentences"] == found.sentences()

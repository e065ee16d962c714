from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bgml.config import settings_from
from bgml.learning.fitting.comparison import ALIKE, alike, comparison
from bgml.learning.fitting.fit import fit
from tests.made_up import made_up, people_rule, propensity


@pytest.fixture(scope="module")
def examples():
    return made_up()


@pytest.fixture(scope="module")
def scorer(examples):
    return fit(propensity(), examples, settings_from({"project": {"name": "t"}}, "test"), threads=1, name="propensity")


def test_medians_and_shares_are_those_of_all_training_rows(scorer, examples):
    found = comparison(scorer, examples, "won")["columns"]
    for side, won in (("won", 1), ("others", 0)):
        rows = examples.features[examples.won == won]
        for name in ("people_28d", "days_since_last", "won_before"):
            told = found[name][side]
            assert told["median"] == rows[name].median()
            assert told["known"] == pytest.approx(rows[name].notna().mean(), abs=1e-6)
            assert told["some"] == pytest.approx((rows[name].fillna(0) != 0).mean(), abs=1e-6)
        assert found["industry"][side]["shares"] == pytest.approx(rows["industry"].value_counts(normalize=True).to_dict(), abs=1e-6)


def test_it_is_plain_json_and_names_the_outcome(scorer, examples):
    recorded = comparison(scorer, examples, "created")
    assert json.loads(json.dumps(recorded, allow_nan=False)) == recorded
    assert recorded["outcome"] == "created"
    assert set(recorded["columns"]) == set(scorer.features)


def test_rare_categories_have_no_share(scorer, examples):
    values = examples.features["industry"].astype(object).to_numpy().copy()
    values[:5] = "Rare"
    rare = replace(examples, features=examples.features.assign(industry=pd.Categorical(values)))
    assert set(comparison(scorer, rare, "won")["columns"]["industry"]["won"]["shares"]) == {"Health", "Software", "Steel"}


def test_rows_of_unknown_outcome_are_on_no_side(scorer, examples):
    unknown = np.where(np.arange(len(examples)) % 3 == 0, np.nan, examples.won).astype(np.float32)
    partly = replace(examples, won=unknown)
    assert comparison(scorer, partly, "won") == comparison(scorer, partly.take(~np.isnan(unknown)), "won")


def test_one_side_alone_is_nothing_to_compare(examples):
    rule = fit(people_rule(), examples, settings_from({"project": {"name": "t"}}, "test"), threads=1, name="people", calibrated=False)
    assert comparison(rule, examples.take(examples.won == 0), "won")["columns"] == {}
    assert set(comparison(rule, examples, "won")["columns"]) == {"people_28d"}


def test_what_rises_and_falls_together_is_a_group():
    random = np.random.default_rng(0)
    people = random.poisson(3, 500).astype(float)
    frame = pd.DataFrame({
        "people": people, "days_since": np.where(people > 0, 90 - 5 * people, np.nan), "industry": random.choice(["a", "b"], 500),
        "other": random.random(500), "constant": 1.0, "missing": np.nan, "actions": people * 3 + random.random(500),
    })  # fmt: skip
    assert alike(frame) == [0, 0, 1, 2, 3, 4, 0]


def test_an_infinite_number_is_a_missing_one():
    values = [1.0, np.inf, 3.0, np.nan, 2.0]
    assert alike(pd.DataFrame({"a": values, "b": [np.inf, np.nan] * 2 + [np.inf]})) == [0, 1]


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), columns=st.integers(1, 8))
def test_any_two_of_a_group_are_alike_and_the_order_of_rows_is_irrelevant(seed, columns):
    random = np.random.default_rng(seed)
    base = random.poisson(2, (120, 3))
    made = {f"c{place}": base[:, place % 3] * random.choice([-1, 1]) + random.integers(0, 3, 120) for place in range(columns)}
    frame = pd.DataFrame(made)
    groups = alike(frame)
    correlations = frame.corr("spearman").abs().to_numpy()
    assert all(correlations[a, b] >= ALIKE - 1e-9 for a in range(columns) for b in range(columns) if groups[a] == groups[b] and a != b)
    assert alike(frame.sample(frac=1, random_state=seed)) == groups

"""The description of training data: deciles, values, missing rows; the same rows give the same shares back."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from bgml.learning.fitting.fit import fit
from bgml.learning.fitting.reference import described, reference, shares
from tests.made_up import made_up, people_rule, propensity


def histogram(values, kind):
    """That of rows of one date, without what dates differ by."""
    found = described(values, kind, np.zeros(len(values), np.int64))
    assert found.pop("usual") == [0.0, 0.0]
    return found


def test_deciles_by_hand():
    found = histogram(pd.Series([*range(1, 11)], dtype=float), "number")
    assert found == {"kind": "number", "edges": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0], "shares": [*[0.1] * 10, 0.0]}


def test_a_value_that_fills_several_deciles_is_one_bin_and_missing_ones_are_the_last():
    found = histogram(pd.Series([0, 0, 0, 0, 0, 0, 0, 5, np.nan, np.inf]), "number")
    assert found == {"kind": "number", "edges": [0.0], "shares": [0.7, 0.1, 0.2]}
    assert histogram(pd.Series([np.nan, np.nan]), "number") == {"kind": "number", "edges": [], "shares": [0.0, 1.0]}
    assert histogram(pd.Series([3, 3]), "number") == {"kind": "number", "edges": [], "shares": [1.0, 0.0]}


def test_new_values_fall_into_the_old_bins():
    found = histogram(pd.Series([*range(1, 11)], dtype=float), "number")
    assert shares(found, pd.Series([-5, 1, 1.5, 9.5, 1000, None])).tolist() == pytest.approx([2 / 6, 1 / 6, *[0] * 7, 2 / 6, 1 / 6])


def test_categories_new_ones_and_missing_ones():
    found = histogram(pd.Series(["b", "a", "b", None]).astype("category"), "category")
    assert found == {"kind": "category", "values": ["b", "a"], "shares": [0.5, 0.25, 0.0, 0.25]}
    assert shares(found, pd.Series(["a", "z", "z", "b", None])).tolist() == [0.2, 0.2, 0.4, 0.2]
    many = histogram(pd.Series([f"v{number:03d}" for number in range(80)]), "category")
    assert (len(many["values"]), many["shares"][-2:]) == (50, [0.375, 0.0])


@pytest.mark.parametrize("make", [propensity, people_rule])
def test_of_a_version_each_feature_and_the_score(make, settings):
    examples = made_up()
    scorer = fit(make(), examples, settings, threads=1, name="m")
    found = reference(scorer, examples)
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert list(found["features"]) == list(scorer.features)
    assert found["rows"] == len(examples)
    frame = examples.frame()
    for name, histogram in found["features"].items():
        assert sum(histogram["shares"]) == pytest.approx(1, abs=1e-4)
        assert histogram["shares"] == pytest.approx(shares(histogram, frame[name]).tolist(), abs=1e-6)
    assert len(found["score"]["shares"]) <= 11
    assert found == reference(scorer, examples)


def test_of_many_rows_some_spread_over_all_dates(settings, monkeypatch):
    examples = made_up()
    monkeypatch.setattr("bgml.learning.fitting.reference.ROWS", 1000)
    found = reference(fit(propensity(), examples, settings, threads=1, name="m"), examples)
    assert found["rows"] == 960

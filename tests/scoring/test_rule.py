"""A rule sees what it names, and must answer with one number per row."""

from __future__ import annotations

import pandas as pd
import pytest

from bgml.errors import ModelError
from bgml.learning.fitting.fit import fit
from tests.made_up import people_rule


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (lambda groups: 1, "must give a Series with one score per row of the frame, not int"),
        (lambda groups: groups["people_28d"].head(1), "must give a Series with one score per row"),
        (lambda groups: groups["people_28d"].astype("str"), "must give numbers, not str"),
        (lambda groups: 1 / (groups["people_28d"] * 0), r"gave 4,800 of 4,800 rows a score that is no finite number"),
        (lambda groups: groups["actions_28d"], "raises KeyError: 'actions_28d'"),
    ],
)
def test_a_rule_that_does_not_score(rule, message, examples, settings):
    scorer = fit_without_calibration(people_rule(rule=rule), examples, settings)
    with pytest.raises(ModelError, match=f"the model people: its rule {message}"):
        scorer.score(examples.frame())


def fit_without_calibration(model, examples, settings):
    scorer = fit(people_rule(), examples, settings, threads=1, name="people")
    scorer.estimator.rule = model.rule
    return scorer


def test_a_rule_sees_only_what_it_names_and_cannot_change_it(examples, settings):
    def rule(groups: pd.DataFrame) -> pd.Series:
        assert list(groups.columns) == ["topic", "people_28d"]
        groups["people_28d"] += 100
        return groups["people_28d"]

    before = examples.features["people_28d"].copy()
    fit(people_rule(rule=rule, features=["topic", "people_28d"]), examples, settings, threads=1, name="people")
    assert before.equals(examples.features["people_28d"])


def test_a_rule_that_reads_keys_needs_them(examples, settings):
    scorer = fit(people_rule(features=["topic", "people_28d"]), examples, settings, threads=1, name="people")
    assert scorer.keys == ("topic",)
    with pytest.raises(ModelError, match="the model people reads topic, which these rows lack"):
        scorer.score(examples.features)

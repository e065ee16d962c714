from __future__ import annotations

import numpy as np
import pytest

from bgml.errors import ModelError

LEARNED = ["propensity", "lambdarank", "logistic"]


@pytest.mark.parametrize("name", LEARNED)
def test_columns_are_found_by_name(name, scorers, frame):
    expected = scorers[name].score(frame)
    assert (scorers[name].score(frame[frame.columns[::-1]]) == expected).all()
    assert len(set(expected)) > 100


@pytest.mark.parametrize("name", [*LEARNED, "people"])
def test_the_engines_types_and_the_examples_types_score_equal(name, scorers, frame):
    wide = frame.assign(people_28d=frame["people_28d"].astype(np.int64), actions_28d=frame["actions_28d"].astype(float))
    assert (scorers[name].score(wide.assign(industry=wide["industry"].astype("str"))) == scorers[name].score(frame)).all()


def test_scorers_tell_what_they_read(scorers):
    assert scorers["people"].features == ("people_28d",)
    assert scorers["propensity"].features[-1] == "industry"
    assert scorers["propensity"].keys == ()


@pytest.mark.parametrize("name", LEARNED)
def test_contributions_have_a_column_per_feature_and_explain_the_score(name, scorers, frame):
    some = frame.head(50)
    parts = scorers[name].contributions(some)
    assert tuple(parts.columns) == scorers[name].features
    assert parts.index.equals(some.index)
    rest = scorers[name].score(some) - parts.sum(axis=1)
    assert np.ptp(rest) < 1e-6


def test_a_model_of_value_scores_the_logarithm_of_propensity_times_amount(scorers, frame):
    judged = scorers["value"].judge(frame)
    assert (judged.raw == scorers["value"].score(frame)).all()
    assert np.exp(judged.raw) == pytest.approx(judged.expected_amount)
    assert judged.expected_amount == pytest.approx(judged.propensity * scorers["value"].if_won(frame))
    assert judged.propensity == pytest.approx(scorers["propensity"].judge(frame).propensity), "the same classifier behind it"


def test_of_a_model_of_value_the_raw_score_alone_tells_a_likely_chance(scorers, frame, examples):
    judged = scorers["value"].judge(frame)
    alone = scorers["value"].propensity(judged.raw)
    assert alone.mean() == pytest.approx(examples.won.mean(), rel=0.35)
    assert (np.argsort(alone, kind="stable") == np.argsort(judged.raw, kind="stable")).all()


def test_contributions_of_a_model_of_value_add_up_to_the_score(scorers, frame):
    some = frame.head(50)
    parts = scorers["value"].contributions(some)
    assert tuple(parts.columns) == (*scorers["value"].features, "amount_if_won")
    assert np.ptp(scorers["value"].score(some) - parts.sum(axis=1)) < 1e-6
    assert parts["amount_if_won"].nunique() == 2, "one amount per topic"


def test_every_model_expects_an_amount_and_without_its_columns_none(scorers, frame):
    for name in [*LEARNED, "people"]:
        judged = scorers[name].judge(frame)
        assert judged.expected_amount == pytest.approx(judged.propensity * scorers["value"].if_won(frame))
        assert np.isnan(scorers[name].judge(frame.drop(columns="topic")).expected_amount).all()
    assert scorers["propensity"].needed == ("topic",)
    with pytest.raises(ModelError, match="the model value was trained on columns that these rows lack: topic"):
        scorers["value"].judge(frame.drop(columns="topic"))


def test_a_rule_has_no_contributions(scorers, frame):
    assert scorers["people"].contributions(frame) is None


@pytest.mark.parametrize("name", [*LEARNED, "people"])
def test_no_rows(name, scorers, frame):
    assert scorers[name].score(frame.iloc[:0]).shape == (0,)


def test_missing_columns(scorers, frame):
    with pytest.raises(ModelError, match="the model propensity was trained on columns that these rows lack: people_28d"):
        scorers["propensity"].score(frame.drop(columns="people_28d"))

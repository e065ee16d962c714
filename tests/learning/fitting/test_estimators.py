from __future__ import annotations

import os

import numpy as np
import pytest

from bgml.errors import ModelError
from bgml.learning.fitting.estimators import TrainingSet, train
from bgml.scoring.columns import Columns
from tests.made_up import SMALL, lambdarank, logistic, propensity


def training(examples, queries=None):
    columns = Columns.of(examples.features, examples.features.columns)
    return columns, TrainingSet(columns.matrix(examples.features, "m"), examples.won == 1, np.ones(len(examples)), queries)


def test_lightgbm_waits_without_spinning():
    assert os.environ["OMP_WAIT_POLICY"]


def test_the_text_names_the_columns(examples):
    columns, data = training(examples)
    assert f"feature_names={' '.join(columns.names)}" in train(propensity(), data, columns, threads=1).text


def test_names_lightgbm_cannot_write_are_numbered(examples):
    renamed = examples.features.rename(columns={"people_28d": "people, active"})
    columns = Columns.of(renamed, renamed.columns)
    data = TrainingSet(columns.matrix(renamed, "m"), examples.won == 1, np.ones(len(examples)))
    assert "feature_names=column_0 column_1" in train(propensity(), data, columns, threads=1).text


@pytest.mark.parametrize(("given", "needed", "used"), [(10, 150, 150), (300, 150, 300)])
def test_lambdarank_looks_deep_enough(given, needed, used, examples):
    columns, data = training(examples, np.full(8, 600))
    model = lambdarank(parameters=SMALL | {"lambdarank_truncation_level": given})
    assert f"[lambdarank_truncation_level: {used}]" in train(model, data, columns, threads=1, truncation=needed).text


def test_what_must_be_fixed_is_fixed_whatever_the_parameters_say(examples):
    columns, data = training(examples)
    text = train(propensity(parameters=SMALL | {"deterministic": False, "n_jobs": 7}, seed=5), data, columns, threads=1).text
    for line in ("[deterministic: 1]", "[force_col_wise: 1]", "[seed: 5]"):
        assert line in text


def test_weights_count(examples):
    columns, data = training(examples)
    heavier = TrainingSet(data.matrix, data.won, np.where(data.won, 10.0, 1.0))
    for model in (propensity(), logistic()):
        plain, weighted = (train(model, each, columns, threads=1).margins(data.matrix, 1) for each in (data, heavier))
        assert weighted.mean() > plain.mean() + 1


def test_linear_contributions_add_up_to_the_score(examples):
    columns, data = training(examples)
    fitted = train(logistic(), data, columns, threads=1)
    margins, parts = fitted.margins(data.matrix, 1), fitted.contributions(data.matrix, 1)
    assert np.ptp(margins - parts.sum(axis=1)) < 1e-9
    assert parts.mean(axis=0) == pytest.approx(np.zeros(6), abs=1e-9)


def test_another_estimator_of_scikit_learn_fits_too(examples):
    columns, data = training(examples)
    model = logistic(estimator="sklearn.tree.DecisionTreeClassifier", parameters={"max_depth": 3})
    fitted = train(model, data, columns, threads=1)
    assert fitted.contributions(data.matrix, 1) is None
    assert set(np.round(fitted.margins(data.matrix, 1), 6)) != {0.0, 1.0}


def test_an_estimator_that_is_no_class(examples):
    columns, data = training(examples)
    with pytest.raises(ModelError, match="names the estimator sklearn.metrics.roc_auc_score, but sklearn.metrics has no"):
        train(logistic(estimator="sklearn.metrics.roc_auc_score"), data, columns, threads=1)

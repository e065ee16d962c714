from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from bgml.evaluation.audit.columns.single import Bins, date_aucs, near_copies, single_aucs, single_scores
from tests.made_up import made_up


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans()), min_size=4, max_size=40))
def test_the_auc_of_a_date_is_that_of_scikit_learn(rows: list[tuple[int, bool]]) -> None:
    scores, won = np.array([row[0] for row in rows], float), np.array([row[1] for row in rows])
    (auc,) = date_aucs(scores, won, np.zeros(len(rows), np.int64))
    if won.all() or not won.any():
        assert np.isnan(auc)
    else:
        assert np.isclose(auc, roc_auc_score(won, scores))


def test_dates_are_apart() -> None:
    aucs = date_aucs(np.array([1.0, 2.0, 9.0, 8.0]), np.array([False, True, False, True]), np.array([0, 0, 1, 1]))
    assert aucs.tolist() == [1.0, 0.0]


def test_missing_and_middling_values_can_be_what_tells() -> None:
    values = pd.Series(np.repeat([np.nan, 1.0, 2.0, 3.0], 100)).astype("float32")
    for winners in (values.isna(), values == 2):
        scores = single_scores(values, winners.to_numpy(), values)
        assert roc_auc_score(winners, scores) == 1.0


def test_rare_and_unseen_categories_are_one() -> None:
    train = pd.Series(pd.Categorical(["a"] * 50 + ["b"] * 50 + ["c", "d"]))
    codes = Bins.of(train).codes(pd.Series(pd.Categorical(["c", "d", "unseen", None, "a"])))
    assert codes[0] == codes[1] == codes[2]
    assert len({*codes.tolist()}) == 3


def test_a_column_of_noise_says_nothing_out_of_sample() -> None:
    examples = made_up(groups=800, dates=4)
    noise = examples.features.assign(noise=np.random.default_rng(1).normal(size=len(examples)).astype(np.float32))
    examples = type(examples)(**{**vars(examples), "features": noise})
    half = examples.account < 400
    aucs = {name: values.mean() for name, values in single_aucs(examples.take(half), examples.take(~half)).items()}
    assert abs(aucs["noise"] - 0.5) < 0.06
    assert aucs["people_28d"] > 0.7


def test_other_windows_and_equal_orders_are_near_copies() -> None:
    examples = made_up(groups=300, dates=2)
    features = examples.features[["people_28d", "actions_28d"]].assign(people_7d=0.0, double=examples.features["people_28d"] * 2 + 1)
    examples = type(examples)(**{**vars(examples), "features": features})
    assert near_copies(examples, "people_28d") == ["people_28d", "people_7d", "double"]

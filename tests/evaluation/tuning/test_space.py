from __future__ import annotations

import sys
from typing import Any

import pytest

from bgml.errors import ModelError
from bgml.evaluation.tuning.space import SPACES, distributions, optuna, space
from bgml.scoring.definition import Model

FOREST = "sklearn.ensemble.RandomForestClassifier"


def test_lightgbm_and_logistic_regression_are_known() -> None:
    assert space(Model(estimator="lightgbm.LGBMRanker", objective="lambdarank")) == SPACES["lightgbm."]
    assert space(Model(estimator="sklearn.linear_model.LogisticRegression", parameters={"C": 0.1})) == {"C": (1e-5, 10.0, "log")}


def test_a_file_may_bring_its_own() -> None:
    own = {"max_depth": (2, 8), "max_features": ["sqrt", None]}
    assert space(Model(estimator=FOREST, search=own)) == own


@pytest.mark.parametrize(
    ("tried", "own", "widened"),
    [
        ((2, 8), 12, (2, 12)),
        ((2, 8), 1, (1, 8)),
        ((2, 8), None, (2, 8)),
        ((0.1, 1.0, "log"), 0.01, (0.01, 1.0, "log")),
        ((0.1, 1.0, "log"), 0, (0.1, 1.0, "log")),
        ((2, 8), "sqrt", (2, 8)),
        (["a", "b"], "c", ["a", "b", "c"]),
        (["a", "b"], "a", ["a", "b"]),
    ],
)
def test_the_files_own_value_lies_inside(tried: Any, own: Any, widened: Any) -> None:
    parameters = {} if own is None else {"p": own}
    assert space(Model(estimator=FOREST, parameters=parameters, search={"p": tried})) == {"p": widened}


def test_whole_ends_give_whole_values() -> None:
    made = distributions({"a": (2, 8), "b": (2.0, 8), "c": (1, 9, "log"), "d": ["x", None]})
    kinds = {name: type(one).__name__ for name, one in made.items()}
    assert kinds == {"a": "IntDistribution", "b": "FloatDistribution", "c": "IntDistribution", "d": "CategoricalDistribution"}
    assert [getattr(made[name], "log", None) for name in "abc"] == [False, False, True]


def test_rules_and_estimators_of_which_nothing_is_known() -> None:
    with pytest.raises(ModelError, match="the model points is a rule: it has no parameters to search for"):
        space(Model(rule=len, features=["a"], name="points"))
    with pytest.raises(ModelError, match=f"nothing is known to search for in {FOREST}; say what to try in models/wood.py"):
        space(Model(estimator=FOREST, name="wood"))


def test_without_optuna_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(ModelError, match=r"--tune needs optuna, which is not installed: pip install 'bgml\[tune\]'"):
        optuna()

from __future__ import annotations

import json

import pytest

from bgml.config import settings_from
from bgml.errors import ModelError, ProjectError
from bgml.project import Project
from bgml.scoring.definition import Model, columns_read, find_model, keys_read, load_models, select
from tests.made_up import people_rule, propensity

COLUMNS = ["people_7d", "people_28d", "actions_7d", "industry"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"estimator": ""}, "give either estimator, an import path, or rule, a function"),
        ({"rule": len}, "give either estimator"),
        ({"estimator": "LGBMClassifier"}, 'estimator must be an import path such as "lightgbm.LGBMClassifier", not'),
        ({"objective": "binari"}, "objective must be binary or lambdarank or value, not 'binari'; did you mean \"binary\""),
        ({"calibration": "isotonic"}, "calibration must be smooth or sigmoid, not 'isotonic'"),
        ({"parameters": [1]}, "parameters must map names to values"),
        ({"parameters": {"f": len}}, "parameters must hold plain values only"),
        ({"features": "people_7d"}, "features must be a list of column names and globs"),
        ({"features": []}, "features must be a list"),
        ({"negatives": 0}, "negatives must be a whole number from 1, or None"),
        ({"negatives": True}, "negatives must be a whole number from 1, or None"),
        (
            {"estimator": "sklearn.svm.SVC", "objective": "lambdarank"},
            'objective "lambdarank" needs lightgbm.LGBMRanker, not sklearn.svm.SVC',
        ),
        ({"search": [1]}, "search must map parameters to what is tried"),
        ({"search": {"C": (2, 1)}}, 'search["C"] must be (low, high), (low, high, "log") or a list of plain values, not (2, 1)'),
        ({"search": {"C": (0, 1, "log")}}, 'search["C"] must be'),
        ({"search": {"C": (1, 2, "lin")}}, 'search["C"] must be'),
        ({"search": {"C": (1,)}}, 'search["C"] must be'),
        ({"search": {"C": [1]}}, 'search["C"] must be'),
        ({"search": {"C": [1, len]}}, 'search["C"] must be'),
        ({"search": {"C": ("a", "b")}}, 'search["C"] must be'),
        ({"staged": 1}, "staged must be True or False, not 1"),
        ({"staged": True, "objective": "value"}, 'staged needs objective "binary"'),
        ({"staged": True, "estimator": "sklearn.svm.SVC"}, 'staged needs objective "binary"'),
        ({"seed": -1}, "seed must be a whole number from 0"),
    ],
)
def test_a_wrong_field_is_named(changes, message):
    with pytest.raises(ModelError, match="^Model propensity: ") as raised:
        propensity(**changes)
    assert message in str(raised.value)


@pytest.mark.parametrize(
    ("features", "chosen"),
    [
        (["*"], COLUMNS),
        (["people_*"], ["people_7d", "people_28d"]),
        (["actions_7d", "people_*"], ["people_7d", "people_28d", "actions_7d"]),
        (["*", "-people_*"], ["actions_7d", "industry"]),
        (["*", "-revenue"], COLUMNS),
        (["*", "-people_*", "people_28d"], ["people_28d", "actions_7d", "industry"]),
    ],
)
def test_features_are_chosen_by_name_and_glob_in_the_columns_order(features, chosen):
    assert list(select(propensity(features=features), ["as_of", "account_id", "topic", *COLUMNS])) == chosen


def test_what_is_searched_is_no_part_of_what_a_version_is():
    searched = propensity(search={"num_leaves": (2, 31, "log"), "boosting_type": ["gbdt", "dart"]})
    assert searched.describe() == propensity().describe()


def test_a_feature_that_is_not_there_names_the_nearest():
    with pytest.raises(ModelError, match='the model propensity reads "people_27d", which is no feature column; did you mean "people_'):
        select(propensity(features=["people_27d"]), COLUMNS)


def test_keys_are_for_rules_only():
    rule = people_rule(features=["topic", "people_28d"])
    assert keys_read(rule) == ("topic",)
    assert select(rule, COLUMNS) == ("people_28d",)
    with pytest.raises(ModelError, match='reads "topic", which is no feature column'):
        select(propensity(features=["topic"]), COLUMNS)


def test_columns_of_a_race():
    models = [people_rule(), propensity(features=["industry"])]
    assert columns_read(models, COLUMNS) == ("people_28d", "industry")


def test_a_definition_survives_json():
    model = propensity(features=["people_*"], seed=3)
    described = json.loads(json.dumps(model.describe()))
    assert Model.restore(described, name="propensity") == Model(**{**vars(model), "features": ["people_*"]})
    with pytest.raises(ModelError, match="the rule people cannot be rebuilt"):
        Model.restore(people_rule().describe(), name="people")


def project(folder, **files):
    (folder / "models").mkdir()
    for name, text in files.items():
        (folder / "models" / f"{name}.py").write_text(text)
    return Project(root=folder, settings=settings_from({"project": {"name": "t"}}, "test"))


def test_the_starters_models_load_with_their_names_and_sources(tmp_path):
    models = load_models(project(tmp_path, mine='from bgml import Model\nMODEL = Model(rule=len, features=["people_7d"])\n'))
    baselines = {"mql_rule", "mql_plus_two", "people_count", "actions_count", "recency", "points", "random"}
    assert set(models) == {"propensity", "lambdarank", "logistic", "value", "mine"} | baselines
    assert models["mine"].name == "mine"
    assert models["mine"].source.startswith("from bgml import Model")
    assert {name for name, model in models.items() if model.rule} == {"mine"} | baselines


def test_a_file_without_a_model(tmp_path):
    with pytest.raises(ModelError, match=r"empty.py has no MODEL = Model"):
        load_models(project(tmp_path, empty="x = 1\n"))


def test_a_wrong_model_names_file_line_and_field(tmp_path):
    text = 'from bgml import Model\n\nMODEL = Model(estimator="lightgbm.LGBMClassifier", seed="x")\n'
    with pytest.raises(ProjectError, match=r"models/wrong.py, line 3: Model: seed must be a whole number"):
        load_models(project(tmp_path, wrong=text))


def test_an_unknown_field_names_the_file(tmp_path):
    text = 'from bgml import Model\n\nMODEL = Model(estimator="lightgbm.LGBMClassifier", sed=1)\n'
    with pytest.raises(ProjectError, match=r"models/wrong.py, line 3: raises TypeError: .*'sed'"):
        load_models(project(tmp_path, wrong=text))


def test_an_unknown_model_names_the_nearest():
    with pytest.raises(ModelError, match='there is no model "propensty"; known are people, propensity; did you mean "propensity"'):
        find_model({"propensity": propensity(), "people": people_rule()}, "propensty")

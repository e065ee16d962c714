from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from bgml.config import settings_from
from bgml.errors import ModelError
from bgml.learning.fitting import fit as module
from bgml.learning.fitting.fit import fit
from tests.made_up import lambdarank, logistic, made_up, people_rule, propensity

LEARNERS = [propensity, lambdarank, logistic]


@pytest.mark.parametrize("make", LEARNERS)
def test_a_learned_model_orders_new_groups_well_and_says_likely_chances(make, examples, settings):
    later = made_up(seed=1)
    scorer = fit(make(), examples, settings, threads=1, name="m")
    raw = scorer.score(later.frame())
    propensity = scorer.propensity(raw)
    assert roc_auc_score(later.won, raw) > 0.7
    assert propensity.mean() == pytest.approx(later.won.mean(), rel=0.35)
    assert (np.argsort(propensity, kind="stable") == np.argsort(raw, kind="stable")).all()


@pytest.mark.parametrize("make", [propensity, lambdarank])
def test_model_text_is_the_same_for_any_number_of_threads(make, examples, settings):
    texts = {fit(make(), examples, settings, threads=threads, name="m").estimator.text for threads in (1, 2, 3, 4)}
    assert len(texts) == 1
    assert "num_threads" not in texts.pop()


def test_scores_do_not_depend_on_threads_chunks_or_order_of_rows(examples, settings, monkeypatch):
    scorer = fit(propensity(), examples, settings, threads=1, name="m")
    frame = examples.frame()
    expected = scorer.score(frame)
    monkeypatch.setattr("bgml.scoring.predict.CHUNK", 777)
    scorer.threads = 4
    order = np.random.default_rng(0).permutation(len(frame))
    assert (scorer.score(frame) == expected).all()
    assert (scorer.score(frame.iloc[order]) == expected[order]).all()


def test_fitting_twice_gives_the_same_numbers(examples, settings):
    first, second = (fit(logistic(), examples, settings, threads=threads, name="m") for threads in (1, 2))
    assert first.calibration == second.calibration
    assert first.info == second.info
    assert (first.score(examples.frame()) == second.score(examples.frame())).all()


def test_no_account_both_fits_and_calibrates(examples, settings, monkeypatch):
    seen, whole = [], module._Fitting._train

    def train(self, sample, matrix, chosen):
        seen.append(sample.rows[chosen])
        return whole(self, sample, matrix, chosen)

    monkeypatch.setattr(module._Fitting, "_train", train)
    fit(logistic(), examples, settings, threads=1, name="m")
    assert len(seen) == module.FOLDS + 1
    folds = module.account_folds(examples, 0)
    for number, rows in enumerate(seen[:-1]):
        assert number not in folds[examples.account[rows]]
    assert len(seen[-1]) == len(examples)


def test_immature_rows_are_left_out(examples, settings):
    immature = replace(examples, won=np.where(examples.as_of == examples.as_of.max(), np.nan, examples.won).astype(np.float32))
    scorer = fit(logistic(), immature, settings, threads=1, name="m")
    assert scorer.info["training"]["rows"] == len(examples) * 7 // 8
    assert scorer.info["training"]["last"] == "2024-02-12"


def test_too_few_wins(settings):
    found = "8 distinct won opportunities on 8 as-of dates, at least 40 are needed; .*min_won"
    with pytest.raises(ModelError, match=f"the model m cannot be trained: {found}"):
        fit(propensity(), made_up(groups=60), settings, threads=1, name="m")


def test_too_few_groups_that_did_not_win(settings):
    with pytest.raises(ModelError, match="groups that did not win on 8 as-of dates, at least 40"):
        fit(propensity(), made_up(groups=60, base=3.0), settings, threads=1, name="m")


def test_the_minimum_is_a_setting():
    lower = settings_from({"project": {"name": "t"}, "check": {"min_won": 5}}, "test")
    assert fit(logistic(), made_up(groups=60), lower, threads=1, name="m").calibration is not None


def test_a_rule_needs_no_wins_but_states_no_propensity_then(settings):
    few = made_up(groups=60)
    scorer = fit(people_rule(), few, settings, threads=1, name="people")
    assert (scorer.score(few.frame()) == few.features["people_28d"]).all()
    assert np.isnan(scorer.propensity([1.0, 2.0])).all()
    assert scorer.info["warnings"][0].startswith("no propensities: ")


def test_constant_features(examples, settings):
    with pytest.raises(ModelError, match="none of its 1 features varies"):
        fit(propensity(features=["won_before"]), examples, settings, threads=1, name="m")


def test_an_unknown_feature_names_the_nearest(examples, settings):
    with pytest.raises(ModelError, match='the model m reads "people_29d", which is no feature column; did you mean "people_28d"'):
        fit(propensity(features=["people_29d"]), examples, settings, threads=1, name="m")


@pytest.mark.parametrize(
    ("estimator", "message"),
    [
        ("lightgbm.LGBMClasifier", 'lightgbm has no LGBMClasifier; did you mean "LGBMClassifier"'),
        ("nothing.here", "cannot be imported"),
    ],
)
def test_an_estimator_that_is_not_there(estimator, message, examples, settings):
    with pytest.raises(ModelError, match=message):
        fit(propensity(estimator=estimator), examples, settings, threads=1, name="m")


def test_parameters_the_estimator_refuses(examples, settings):
    with pytest.raises(ModelError, match=r"the model \S+: sklearn.linear_model.LogisticRegression cannot be fitted with its parameters"):
        fit(logistic(parameters={"C": -1}), examples, settings, threads=1, name="m")


def test_what_lightgbm_has_to_say_stays_off_standard_output(examples, settings, capfd):
    with pytest.raises(ModelError, match="the model .*LGBMClassifier cannot be fitted with its parameters: .*num_leaves"):
        fit(propensity(parameters={"num_leaves": 1}), examples, settings, threads=1, name="m")
    assert capfd.readouterr().out == ""


def test_a_misspelt_exclusion_is_warned_of(examples):
    settings = settings_from({"project": {"name": "t"}, "features": {"without": ["rev*"]}}, "test")
    scorer = fit(logistic(features=["*", "-industri", "-revenue", "-won_*"]), examples, settings, threads=1, name="m")
    assert scorer.info["warnings"] == ['"-industri" takes no feature away; did you mean "industry"?']


def test_a_column_that_was_not_collected_is_no_misspelling(examples, settings):
    model = logistic(features=["*", "-revenue", "-revenu"])
    known = [*examples.features.columns, "revenue"]
    scorer = fit(model, examples, settings, threads=1, name="m", known=known)
    assert scorer.info["warnings"] == ['"-revenu" takes no feature away; did you mean "revenue"?']


def test_the_texts_it_was_built_from_are_recorded(examples, settings):
    files = {"features/a.py": "a = 1\n", "models/m.py": "MODEL = 2\n"}
    choices = (files, {**files, "x": ""}, None)
    kept, other, none = (fit(logistic(), examples, settings, threads=1, name="m", files=given).info for given in choices)
    assert kept["recipe"]["files"] == files
    assert kept["fingerprints"]["recipe"] != other["fingerprints"]["recipe"]
    assert list(none["recipe"]["files"]) == ["models/m.py"]


def test_the_record_tells_where_the_model_comes_from(examples, settings):
    info = fit(propensity(negatives=2), examples, settings, threads=1, name="m").info
    assert info["training"]["rows"] == len(examples)
    assert info["training"]["won_opportunities"] == examples.won_opportunities()
    assert 0 < info["sampling"]["rate"] < 1
    assert info["sampling"]["rows"] < len(examples)
    assert info["recipe"]["model"]["estimator"] == "lightgbm.LGBMClassifier"
    assert info["recipe"]["settings"]["outcome"]["horizon"] == 180
    assert len(info["fingerprints"]["rows"]) == 64


def test_fitting_leaves_the_examples_alone(examples, settings):
    before = examples.features.copy()
    fit(logistic(), examples, settings, threads=1, name="m")
    assert before.equals(examples.features)

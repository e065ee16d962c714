from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bgml.config import settings_from
from bgml.evaluation.audit.columns import alone
from bgml.evaluation.race.intervals import Estimate
from bgml.learning.examples import Examples
from bgml.project import Project
from tests.made_up import logistic, made_up, propensity


@pytest.fixture
def project(tmp_path):
    return Project(root=tmp_path, settings=settings_from({"project": {"name": "t"}, "check": {"min_won": 10}}, "test"))


def split(examples: Examples) -> alone.Splits:
    half = examples.account < 300
    return lambda: [(examples.take(half), examples.take(~half))]


def leaking(noise: float) -> Examples:
    """Made-up examples with two columns made of the outcome, one a copy of the other."""
    examples = made_up()
    copy = examples.won + np.random.default_rng(2).normal(0, noise, len(examples)).astype(np.float32)
    return replace(examples, features=examples.features.assign(leak=copy, again=3 * copy))


def test_nothing_is_said_where_several_columns_tell(project: Project) -> None:
    examples = made_up()
    noise = np.random.default_rng(4).normal(0, 1, (4, len(examples))).astype(np.float32)
    seen = {f"seen {number}": examples.features["people_28d"] + values for number, values in enumerate(noise)}
    examples = replace(examples, features=examples.features[["industry"]].assign(**seen))
    assert alone.check(split(examples), logistic(), project, 0.8).findings == ()


def test_the_only_good_column_is_a_warning(project: Project) -> None:
    (finding,) = alone.check(split(made_up()), propensity(), project, 0.8).findings
    assert finding.severity == "warning"
    assert finding.found.startswith("people_28d alone has an AUC of 0.7")


def test_a_noisy_copy_of_the_outcome_beats_the_model_without_it(project: Project) -> None:
    checked = alone.check(split(leaking(0.3)), propensity(), project, 0.99)
    assert checked.findings[0].severity == "fault"
    assert checked.findings[0].found.startswith("leak alone has an AUC of 0.9")
    first = checked.data["against"][0]
    assert set(first["copies"]) == {"leak", "again"}
    assert first["without"] < first["alone"] - 0.05
    assert first["low"] > 0


def test_a_model_that_cannot_do_without_the_column_is_a_note(project: Project) -> None:
    checked = alone.check(split(leaking(0.3)), propensity(features=["leak"]), project, 0.99)
    assert checked.findings[0].severity == "note"
    assert checked.findings[0].found.startswith("leak was not held against propensity without it")


@pytest.mark.parametrize(
    ("auc", "difference", "severity"),
    [
        (0.9, Estimate(0.05, 0.01, 0.09), "fault"),
        (0.8, Estimate(0.05, 0.01, 0.09), "warning"),
        (0.9, Estimate(0.05, -0.01, 0.09), ""),
        (0.9, Estimate(-0.05, -0.1, -0.01), ""),
        (0.995, Estimate(-0.001, -0.01, 0.01), "fault"),
    ],
)
def test_how_bad(auc: float, difference: Estimate, severity: str) -> None:
    assert alone.Alone("x", ("x",), auc, auc - difference.value, difference).severity == severity

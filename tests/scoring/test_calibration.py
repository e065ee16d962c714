from __future__ import annotations

import json

import numpy as np
import pytest

from bgml.scoring.calibration import Calibration, sigmoid, stretches

CURVE = Calibration("smooth", 1.0, 2.0, -3.0, (0.5, 1.0, 2.0), (-0.5, 0.5), 0.2)


def test_it_rises_strictly_everywhere_and_slopes_are_those_stated():
    raw = np.linspace(-20, 20, 4001)
    propensity = CURVE.propensity(raw)
    assert (np.diff(propensity) > 0).all()
    logit = np.log(propensity / (1 - propensity))
    assert np.diff(logit)[0] == pytest.approx(0.01 * 0.5 / 2)
    assert logit[2600] - logit[2500] == pytest.approx(1.0 * 2.0 / 2, rel=1e-3)


def test_logarithms_are_exact_where_the_probability_is_tiny():
    assert np.exp(CURVE.log_propensity([-2.0, 0.0, 3.0])) == pytest.approx(CURVE.propensity([-2.0, 0.0, 3.0]))
    lowest = CURVE.log_propensity(np.array([-1e5, -2e5]))
    assert np.isfinite(lowest).all()
    assert lowest[0] > lowest[1]


def test_the_slope_between_two_scores_carries_one_logarithm_to_the_other():
    low, high = np.array([-1.0, 2.0, 0.5]), np.array([1.5, -2.0, 0.5])
    reached = CURVE.log_propensity(low) + CURVE.slope_of_log(low, high) * (high - low)
    assert reached == pytest.approx(CURVE.log_propensity(high))
    assert CURVE.slope_of_log(low, high)[2] == 0


def test_without_knots_it_is_a_sigmoid():
    plain = Calibration("sigmoid", 0.0, 1.0, -1.0, (2.0,))
    assert plain.propensity([0.0, 1.5]) == pytest.approx(sigmoid(np.array([-1.0, 2.0])))


def test_stretches_add_up_to_the_score():
    score = np.linspace(-5, 5, 11)
    assert sum(stretches(score, (-1.0, 0.0, 2.0), 0.3)) == pytest.approx(score)


def test_shapes_and_extremes():
    assert CURVE.propensity(0.0).shape == ()
    assert CURVE.propensity(np.zeros((2, 3))).shape == (2, 3)
    assert CURVE.propensity([-1e9, 1e9]).tolist() == [0.0, 1.0]
    assert CURVE.propensity([]).shape == (0,)


def test_it_survives_json():
    assert Calibration.restore(json.loads(json.dumps(CURVE.record()))) == CURVE

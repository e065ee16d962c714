from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from bgml.scoring.calibration import ROOM, SHIFT, Calibration, sigmoid, stretches

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
    assert CURVE.propensity([-1e9, 1e9]) == pytest.approx([0.0, 1.0], abs=1e-15)
    assert CURVE.propensity([]).shape == (0,)


def test_it_survives_json():
    assert Calibration.restore(json.loads(json.dumps(CURVE.record()))) == CURVE


BOUNDED = replace(CURVE, ceiling=-1.0)


def test_below_the_ceiling_the_curve_is_what_it_was():
    raw = np.linspace(-20, 20, 401)
    plain = CURVE.propensity(raw)
    inside = plain < sigmoid(np.array(-1.0))
    assert 50 < inside.sum() < 350
    assert BOUNDED.propensity(raw)[inside] == pytest.approx(plain[inside], rel=1e-12)


def test_above_it_it_rises_for_ever_but_no_further_than_its_room():
    propensity = BOUNDED.propensity(np.linspace(0, 1000, 1001))
    assert (np.diff(propensity) > 0).all()
    assert sigmoid(np.array(-1.0)) < propensity[-1] < sigmoid(np.array(-1.0 + ROOM))
    assert propensity[-1] == pytest.approx(sigmoid(np.array(-1.0 + ROOM)), rel=1e-2)


def test_the_interval_is_the_delta_method_and_shift():
    sure = replace(Calibration("sigmoid", 0.0, 1.0, -1.0, (2.0,)), covariance=((0.04, 0.01), (0.01, 0.09)))
    low, high = sure.interval([0.5])
    # At 0.5 the logit is 0 and changes by 1 with the intercept and by 2 * 0.5 with the logarithm of the slope.
    spread = 1.959964 * np.sqrt(0.04 + 2 * 0.01 + 0.09 + SHIFT**2)
    assert np.log(high / (1 - high)) == pytest.approx([spread])
    assert np.log(low / (1 - low)) == pytest.approx([-spread])
    assert np.isnan(CURVE.interval([0.5])).all()
    assert sure.interval(np.zeros((2, 3)))[0].shape == (2, 3)


def test_a_bounded_curve_survives_json_and_an_older_record_is_read():
    whole = replace(BOUNDED, covariance=((0.04, 0.01), (0.01, 0.09)))
    assert Calibration.restore(json.loads(json.dumps(whole.record()))) == whole
    old = {name: value for name, value in CURVE.record().items() if name not in ("ceiling", "covariance")}
    assert Calibration.restore(old) == CURVE

"""What the reliability picture says."""

from __future__ import annotations

from typing import Any

import pytest

from bgml.evaluation.report.plots.calibration import calibration
from tests.evaluation.documents import a_document


@pytest.mark.parametrize(
    ("ratio", "said"),
    [
        ({"value": 1.1, "low": 0.9, "high": 1.3}, "propensity promises 1.10 wins for each that comes, 95% interval 0.90 to 1.30"),
        ({"value": 1.5, "low": 1.2, "high": 1.9}, "propensity promises 1.50 wins for each that comes, 95% interval 1.20 to 1.90: too many"),
        ({"value": 0.5, "low": 0.4, "high": 0.6}, "propensity promises 0.50 wins for each that comes, 95% interval 0.40 to 0.60: too few"),
        ({"value": 0.5, "low": None, "high": None}, "propensity promises 0.50 wins for each that comes"),
        ({"value": None, "low": None, "high": None}, "What propensity promised, and what came"),
    ],
)
def test_promised_wins_against_those_that_came(ratio: dict[str, Any], said: str) -> None:
    document = a_document()
    document["models"]["propensity"]["predicted_over_observed"] = ratio
    drawing = calibration(document)
    assert drawing is not None
    assert drawing.title == said


def test_bins_without_a_value_are_left_out() -> None:
    document = a_document()
    bins = document["calibration"]["models"]["propensity"]["bins"]
    for part in bins[2:]:
        part["observed"] = None
    assert calibration(document) is not None
    bins[1]["low"] = None
    assert calibration(document) is None


def test_another_model_is_shown_where_the_best_states_no_probability() -> None:
    document = a_document()
    document["calibration"]["models"] = {"lambdarank": document["calibration"]["models"]["propensity"]}
    drawing = calibration(document)
    assert drawing is not None
    assert drawing.title.startswith("lambdarank promises")

"""What the curves say."""

from __future__ import annotations

from bgml.evaluation.report.plots.curves import capacity, gains, precision
from tests.evaluation.documents import a_document


def titled(drawing: object) -> str:
    return getattr(drawing, "title", "nothing drawn")


def test_gains_tell_the_first_tenth() -> None:
    document = a_document()
    document["gains"]["curves"]["propensity"]["found"][10] = 0.625
    document["gains"]["curves"]["points"]["found"][10] = 0.4
    assert titled(gains(document)) == "The first 10% of the list hold 62% of the winners with propensity, with points 40%"


def test_precision_tells_wins_among_fifty() -> None:
    document = a_document()
    document["models"]["propensity"]["metrics"]["precision_at_50"]["value"] = 0.24
    document["models"]["points"]["metrics"]["precision_at_50"]["value"] = 0.18
    assert titled(precision(document)) == "Of the first 50 groups 12.0 win with propensity, 9.0 win with points"


def test_capacity_tells_distinct_wins_of_those_there_are() -> None:
    document = a_document()
    weeks = ["2024-01-01", "2024-01-08", "2024-01-15"]
    curves = {"propensity": {"10": [1, 2, 3], "50": [5, 9, 12]}, "points": {"50": [2, 4, 7]}, "random": {"10": [0, 0, 1]}}
    document["capacity"] = {"weeks": weeks, "curves": curves, "wins": 20}
    assert titled(capacity(document)) == "Working 50 groups a week, propensity meets 12 of 20 wins, points 7"
    del curves["propensity"]["50"]
    assert titled(capacity({**document, "capacity": {"weeks": [1, 2, 3], "curves": curves, "wins": 20}})) == (
        "Working 10 groups a week, propensity meets 3 of 20 wins"
    )

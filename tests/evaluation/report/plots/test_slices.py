"""What the slices say."""

from __future__ import annotations

from bgml.evaluation.report.plots.slices import MOST, slices
from tests.evaluation.documents import a_document


def test_only_slices_with_enough_wins_are_counted() -> None:
    document = a_document()
    rows = document["slices"]["facts"]["topic"]
    rows[0]["difference"] = {"value": -0.1, "low": -0.2, "high": -0.05}
    rows[1]["difference"] = {"value": 0.1, "low": -0.2, "high": 0.3}
    rows[2]["difference"] = {"value": 0.4, "low": 0.3, "high": 0.5}
    drawing = slices({**document, "slices": {"facts": {"topic": rows}}})
    assert drawing is not None
    assert drawing.title == "propensity is clearly ahead of points in 0 of 2 slices with enough wins, clearly behind in 1"


def test_of_many_values_those_with_the_most_wins_are_drawn() -> None:
    document = a_document()
    row = document["slices"]["facts"]["topic"][0]
    owners = [{**row, "value": f"owner {place}", "won_opportunities": place} for place in range(20)]
    drawing = slices({**document, "slices": {"facts": {"owner": owners}}})
    assert drawing is not None
    labels = [text.get_text() for text in drawing.figure.axes[0].texts]
    assert labels == ["owner", *(f"owner {place} ({place})" for place in range(20 - MOST, 20))]


def test_a_slice_too_small_is_hollow() -> None:
    document = a_document()
    drawing = slices({**document, "slices": {"facts": {"topic": document["slices"]["facts"]["topic"]}}})
    assert drawing is not None
    dots = [line for line in drawing.figure.axes[0].lines if line.get_marker() == "o"]
    hollow = [line.get_markerfacecolor() != line.get_markeredgecolor() for line in dots]
    assert hollow == [False] * 4 + [True] * 2

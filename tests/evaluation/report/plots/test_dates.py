"""What the dates say."""

from __future__ import annotations

from bgml.evaluation.report.plots.dates import dates
from tests.evaluation.documents import a_document


def test_dates_ahead_and_behind_are_counted_and_equal_ones_are_neither() -> None:
    document = a_document()
    values = {"2024-01-01": (0.3, 0.2), "2024-01-08": (0.3, 0.3), "2024-01-15": (0.1, 0.2), "2024-01-22": (None, 0.2)}
    rows = [(day, name, value) for day, pair in values.items() for name, value in zip(("propensity", "points"), pair, strict=True)]
    document["dates"] = [{"as_of": day, "fold": 1, "model": name, "precision_at_50": value} for day, name, value in rows]
    drawing = dates(document)
    assert drawing is not None
    assert drawing.title == "propensity is ahead of points on 1 of 4 dates, behind on 1"


def test_one_date_is_no_line() -> None:
    document = a_document()
    assert dates({**document, "dates": document["dates"][:5]}) is None


def test_folds_that_do_not_count_are_not_marked() -> None:
    document = a_document()
    document["blocks"][1]["left_out"] = "3 wins"
    drawing = dates(document)
    assert drawing is not None
    assert [text.get_text() for text in drawing.figure.axes[0].texts if "fold" in text.get_text()] == ["fold 1"]

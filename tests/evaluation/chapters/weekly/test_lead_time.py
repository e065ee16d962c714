from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from bgml.evaluation.chapters.chapter import Chapter
from bgml.evaluation.chapters.weekly.lead_time import lead_time, weighted_quantile
from tests.evaluation.chapters.by_hand import FIRST, Row, evaluation_of, raced


def opportunities(days: dict[str, int], *, closing: int = 30) -> pd.DataFrame:
    """Won ones, created so many days after the first date."""
    created = FIRST + np.array(list(days.values()))
    return pd.DataFrame({
        "opportunity_id": list(days), "outcome": "won", "created_at": created.astype("datetime64[ns]"),
        "closed_at": (created + closing).astype("datetime64[ns]"),
    })  # fmt: skip


def rows() -> list[Row]:
    """Sixty groups, ten weeks; x and y win. The model has x first from week 2 on and y never in the top 50, the rule neither."""
    found = []
    for week in range(10):
        for place in range(58):
            found.append((week, f"{place:02}", {"model": float(place), "rule": float(place)}, None))
        found.append((week, "x", {"model": 100.0 if week >= 2 else -1.0, "rule": -1.0}, "dx"))
        found.append((week, "y", {"model": -2.0, "rule": -2.0}, "dy"))
    return found


def looked_into(tested: Any) -> Chapter:
    chapter = lead_time(evaluation_of(tested), tested)
    assert chapter is not None
    json.dumps(chapter.data, allow_nan=False)
    return chapter


def test_days_run_from_the_first_date_on_top_to_the_creation() -> None:
    chapter = looked_into(raced(rows(), opportunities=opportunities({"dx": 70, "dy": 80})))
    for cut in ("top_50", "top_10_percent"):
        lead = chapter.data["cuts"][cut]["model"]
        assert lead["found"]["value"] == 0.5
        assert lead["quartiles"] == [56, 56, 56]
        assert lead["head_start"]["value"] == 28
        assert chapter.data["cuts"][cut]["rule"]["found"]["value"] == 0
        assert chapter.data["cuts"][cut]["rule"]["quartiles"] == [None, None, None]
        assert chapter.data["differences"][cut]["head_start"]["value"] == 28
    assert chapter.data["candidate"]["quartiles"] == [70, 70, 80]
    assert chapter.data["until"] == "created"


def test_at_equal_work_a_resting_group_lets_the_next_one_up() -> None:
    """Five places on every date: group 50, the eighth on every list, is worked in the second week, when the first five rest."""
    told = [(*row[:3], "d50") if row[1] == "50" else row for row in rows()]
    days = opportunities({"dx": 70, "dy": 80, "d50": 66})
    chapter = looked_into(raced(told, opportunities=days, capacity=5, rework_days=28))
    assert chapter.data["worked"] == 5
    model, rule = (chapter.data["cuts"]["worked"][name] for name in ("model", "rule"))
    assert rule["found"]["value"] == pytest.approx(1 / 3)
    assert rule["quartiles"] == [59, 59, 59]
    assert model["found"]["value"] == pytest.approx(2 / 3)
    assert model["quartiles"] == [56, 56, 59]
    assert model["head_start"]["value"] == pytest.approx((59 + 56) / 3)
    assert chapter.data["cuts"]["top_50"]["rule"]["quartiles"] == [66, 66, 66]


def test_without_opening_dates_it_is_said_that_days_run_to_closing() -> None:
    chapter = looked_into(raced(rows(), opportunities=opportunities({"dx": 70, "dy": 80}, closing=0)))
    assert chapter.data["until"] == "closed"
    assert "days to closing" in chapter.sentences[0]
    assert not any("created" in line for line in chapter.sentences[1:])


def test_wins_that_are_no_opportunities_have_no_lead_time() -> None:
    tested = raced(rows(), deals_known=False)
    assert lead_time(evaluation_of(tested), tested) is None


@pytest.mark.parametrize(("copies", "wanted"), [([1, 1, 1, 1], 2), ([1, 0, 0, 3], 9), ([0, 0, 0, 0], np.nan)])
def test_the_median_of_what_was_drawn(copies: list[int], wanted: float) -> None:
    found = weighted_quantile(np.array([1.0, 2.0, 5.0, 9.0]), np.array(copies, float)[:, None], 0.5)
    np.testing.assert_array_equal(found, [wanted])

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from bgml.evaluation.chapters.chapter import Chapter
from bgml.evaluation.chapters.slices import MOST, OTHERS, UNKNOWN, numbered, slices
from tests.evaluation.chapters.by_hand import Row, evaluation_of, raced

GROUPS = 240


def rows(weeks: int = 2) -> tuple[list[Row], list[str]]:
    """Half large, half small, 240 on one list. Twenty large ones win, first by the model; ten small ones win, last by both; the rule
    says nothing of large ones."""
    found: list[Row] = []
    segment = []
    for week in range(weeks):
        for place in range(GROUPS):
            large = place % 2 == 0
            wins = place < 40 if large else place >= GROUPS - 20
            score = -float(place)
            found.append((week, f"{place:03}", {"model": score, "rule": 0.0 if large else score}, f"d{place}" if wins else None))
            segment.append("large" if large else "small")
    return found, segment


def looked_into(facts: dict[str, Any], told: list[Row] | None = None) -> Chapter:
    tested = raced(told or rows()[0], facts=facts)
    chapter = slices(evaluation_of(tested), tested)
    assert chapter is not None
    json.dumps(chapter.data, allow_nan=False)
    return chapter


def test_each_slice_is_judged_on_its_own_list() -> None:
    chapter = looked_into({"segment": rows()[1]})
    large, small = chapter.data["facts"]["segment"]
    assert (large["value"], small["value"]) == ("large", "small")
    assert (large["candidates"], large["won_opportunities"], large["base_rate"]) == (240, 20, pytest.approx(1 / 6))
    assert large["models"]["model"]["precision_at_50"]["value"] == pytest.approx(20 / 50)
    assert large["models"]["rule"]["precision_at_50"]["value"] == pytest.approx(1 / 6)
    assert large["models"]["model"]["auc"]["value"] == 1
    assert large["models"]["rule"]["auc"]["value"] == 0.5
    assert large["difference"]["value"] == pytest.approx(20 / 50 - 1 / 6)
    assert small["models"]["model"]["precision_at_50"]["value"] == 0
    assert small["models"]["model"]["auc"]["value"] == 0


def test_and_by_how_much_of_the_whole_list_it_gets() -> None:
    large, small = looked_into({"segment": rows()[1]}).data["facts"]["segment"]
    assert (large["share_of_top"], small["share_of_top"]) == (0.5, 0.5)
    assert (large["found"], small["found"]) == (1, 0)
    assert (large["share_of_wins"], small["share_of_wins"]) == (pytest.approx(2 / 3), pytest.approx(1 / 3))


def test_sentences_say_where_and_whom_the_top_misses() -> None:
    said = " ".join(looked_into({"segment": rows()[1]}).sentences)
    assert "model is ahead of rule in large; not to be told from rule in small" in said
    assert 'holds 0% of the winners of segment "small" and 100% of those of segment "large"' in said


def test_a_slice_of_three_groups_is_shown_and_marked() -> None:
    told, _ = rows()
    region = ["isle" if row[1] in ("000", "002", "004") else "main" for row in told]
    chapter = looked_into({"region": region})
    main, isle = chapter.data["facts"]["region"]
    assert (isle["value"], isle["candidates"], isle["won_opportunities"], isle["too_small"]) == ("isle", 6, 3, True)
    assert not main["too_small"]
    assert any("nothing can be said of: isle" in line for line in chapter.sentences)
    assert "too small to say" in chapter.tables[0].rows[1]


def test_a_short_list_is_marked_and_compared_by_auc() -> None:
    """Ninety groups a date, of which fifty places hold more than half: the rule says nothing of the winners among them."""
    told, _ = rows()
    region = ["few" if int(row[1]) < 90 else "many" for row in told]
    chapter = looked_into({"region": region})
    many, few = chapter.data["facts"]["region"]
    assert (few["short_list"], many["short_list"]) == (True, False)
    assert few["auc_difference"]["value"] == pytest.approx(few["models"]["model"]["auc"]["value"] - few["models"]["rule"]["auc"]["value"])
    assert any("AUC on each slice's own list" in line and line.endswith("in few.") for line in chapter.sentences)
    assert "short list: see AUC" in chapter.tables[0].rows[1]


def test_a_fact_with_one_value_tells_nothing() -> None:
    tested = raced(rows()[0], facts={"segment": ["all"] * 480, "owner": rows()[1]})
    assert slices(evaluation_of(tested), tested) is None


def test_the_largest_values_then_all_others_then_the_unknown() -> None:
    names = [name for number in range(MOST + 3) for name in [f"t{number:02}"] * (20 - number)]
    part, values = numbered(pd.Series([*names, None, None]))
    assert values == [*(f"t{number:02}" for number in range(MOST)), OTHERS, UNKNOWN]
    assert np.bincount(part).tolist() == [*(20 - number for number in range(MOST)), 8 + 7 + 6, 2]


def test_an_ordered_fact_keeps_its_order() -> None:
    size = pd.Categorical(["6", "1", "6", "2"], ["1", "2", "3", "6"], ordered=True)
    part, values = numbered(pd.Series(size))
    assert values == ["1", "2", "6"]
    assert part.tolist() == [2, 0, 2, 1]

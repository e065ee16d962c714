"""Groups are compared only with their equals: worked by hand and against pairs counted one by one."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bgml.evaluation.chapters.breadth import Groups, breadth, classes, concordance, size_ratios
from tests.made_up import made_up


def groups_of(rows: list[tuple[int, int, int, bool]]) -> Groups:
    """(topic, people, actions, won) per group, every one an account of its own."""
    topic, people, actions, won = (np.array(column) for column in zip(*rows, strict=True))
    return Groups(np.arange(len(rows), dtype=np.int32), len(rows), topic, people, actions, won.astype(bool), int(won.sum()))


def test_the_winner_is_the_larger_of_equals() -> None:
    rows = [(0, 3, 4, True), (0, 1, 4, False), (0, 2, 4, False), (0, 9, 40, False), (1, 1, 4, False)]
    assert concordance(groups_of(rows), groups_of(rows).actions, groups_of(rows).people, 0, 0).value == 1.0
    rows[0] = (0, 1, 4, True)
    assert concordance(groups_of(rows), groups_of(rows).actions, groups_of(rows).people, 0, 0).value == 0.25


def test_without_a_pair_of_equals_nothing_can_be_said() -> None:
    rows = [(0, 3, 4, True), (0, 1, 5, False)]
    groups = groups_of(rows)
    assert np.isnan(concordance(groups, groups.actions, groups.people, 0, 0).value)


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(1, 30), st.integers(0, 40), st.booleans()), min_size=1, max_size=30))
def test_concordance_counts_pairs(drawn: list[tuple[int, int, int, bool]]) -> None:
    groups = groups_of([(topic, people, people + more, won) for topic, people, more, won in drawn])
    level, equal = classes(groups.people), classes(groups.actions)
    pairs = [
        (level[w] > level[other]) + 0.5 * (level[w] == level[other])
        for w in np.flatnonzero(groups.won)
        for other in np.flatnonzero(~groups.won)
        if equal[w] == equal[other] and groups.topic[w] == groups.topic[other]
    ]
    found = concordance(groups, groups.actions, groups.people, 0, 0).value
    assert found == pytest.approx(np.mean(pairs), nan_ok=True) if pairs else np.isnan(found)


def test_classes_are_exact_where_numbers_are_small() -> None:
    numbers = np.arange(1, 2000)
    found = classes(numbers)
    assert found[:15].tolist() == list(range(1, 16))
    assert (np.diff(found) >= 0).all()
    widest = pd.Series(numbers).groupby(found).agg(lambda same: same.max() / same.min()).max()
    assert widest <= 1.1


def test_the_mantel_haenszel_ratio_of_two_strata() -> None:
    alone = [(0, 1, 4, won) for won in [True] + [False] * 9] + [(0, 1, 5, won) for won in [True] * 2 + [False] * 8]
    pairs = [(0, 2, 4, won) for won in [True] * 3 + [False] * 7] + [(0, 2, 5, won) for won in [True] * 6 + [False] * 4]
    found = size_ratios(groups_of(alone + pairs), 50, 0)
    assert found["2"].value == pytest.approx((3 * 10 / 20 + 6 * 10 / 20) / (1 * 10 / 20 + 2 * 10 / 20))
    assert found["2"].low < 3 < found["2"].high
    assert np.isnan(found["3 to 5"].value)


def a_race_on(actions: str) -> Any:
    """Made-up examples; the outcome follows people, of which there are more or fewer than actions tell."""
    examples = made_up(groups=400, dates=3)
    features = examples.features
    columns = {"people_91d": features["people_28d"], "visitors_91d": 0 * features["people_28d"], "actions_named_91d": features[actions]}
    columns |= {"actions_anonymous_91d": 0 * features["people_28d"], "actions_qualified_lead_91d": 0 * features["people_28d"]}
    made = {name: getattr(examples, name) for name in ("as_of", "account", "topic", "accounts", "topics", "won", "amount", "deals")}
    return SimpleNamespace(examples=type(examples)(features=pd.DataFrame(columns), **made), draws=100, seed=0)


def test_a_market_in_which_people_decide_shows_it() -> None:
    chapter = breadth(None, a_race_on("actions_28d"))  # type: ignore[arg-type]
    assert chapter is not None
    assert "groups with more people won more often" in chapter.sentences[0]
    assert chapter.data["people_at_equal_actions"]["low"] > 0.5
    assert "groups with more actions won no more and no less often" in chapter.sentences[-2]
    assert sum(row["groups"] for row in chapter.data["rates"]) == int(chapter.sentences[-1].split(" ")[2].replace(",", ""))


def test_without_the_columns_there_is_no_chapter() -> None:
    assert breadth(None, SimpleNamespace(examples=made_up(groups=50, dates=1))) is None  # type: ignore[arg-type]

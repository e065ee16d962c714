from __future__ import annotations

import json

import pytest

from bgml.evaluation.chapters.weekly.without_mql import no_mql, without_mql
from tests.evaluation.chapters.by_hand import Row, evaluation_of, raced


def rows() -> list[Row]:
    """Two weeks of sixty groups; x and y win without an MQL, z had one in the first week. The rule puts x and y last."""
    found: list[Row] = []
    for week in (0, 1):
        found += [(week, f"{place:02}", {"model": 0.0 - place, "mql_rule": 1.0 + place}, None) for place in range(57)]
        found += [(week, "x", {"model": 9.0, "mql_rule": -1.0}, "dx"), (week, "y", {"model": -90.0, "mql_rule": -2.0}, "dy")]
        found.append((week, "z", {"model": 8.0, "mql_rule": 99.0}, "dz"))
    return found


def mql() -> list[bool]:
    return [row[0] == 0 and row[1] == "z" for row in rows()]


def test_a_win_that_ever_held_one_is_not_among_them() -> None:
    tested = raced(rows(), facts={"mql": mql()})
    found = no_mql(tested.lists, tested.scored.facts["mql"].to_numpy(bool))
    assert dict(zip(tested.lists.deals.opportunity_id.tolist(), found.tolist(), strict=True)) == {"dx": True, "dy": True, "dz": False}


def test_who_finds_wins_without_an_mql() -> None:
    tested = raced(rows(), facts={"mql": mql()}, capacity=5, rework_days=7)
    chapter = without_mql(evaluation_of(tested, baselines=("mql_rule",)), tested)
    assert chapter is not None
    data = json.loads(json.dumps(chapter.data, allow_nan=False))
    assert (data["wins"], data["without_mql"]) == (3, 2)
    assert data["entries"]["model"]["caught"]["value"] == 0.5
    assert data["entries"]["mql_rule"]["caught"]["value"] == 0
    assert data["entries"]["model"]["recall_at_50"]["value"] == 0.5
    assert data["entries"]["mql_rule"]["recall_at_50"]["value"] == 0
    assert data["differences"]["mql_rule"]["caught"]["value"] == 0.5
    assert chapter.sentences[0].startswith("2 of 3 distinct wins (67%) held no MQL")
    assert chapter.sentences[2].startswith("mql_rule's holds 0%: ")


def test_when_every_win_held_one() -> None:
    tested = raced(rows(), facts={"mql": [True] * 120})
    chapter = without_mql(evaluation_of(tested, baselines=("mql_rule",)), tested)
    assert chapter is not None
    assert chapter.sentences == ("Every one of 3 distinct wins held an MQL.",)


@pytest.mark.parametrize("known", [True, False])
def test_without_mqls_or_without_wins_no_chapter(known: bool) -> None:
    told = [(*row[:3], None) if known else row for row in rows()]
    tested = raced(told, facts={"mql": mql()} if known else {})
    assert without_mql(evaluation_of(tested, baselines=("mql_rule",)), tested) is None

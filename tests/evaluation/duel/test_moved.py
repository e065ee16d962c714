"""Which groups move most, and what is said of why."""

from dataclasses import replace

import pandas as pd
import pytest

from bgml.data.dataset import Dataset
from bgml.engine.columns.catalog import load_catalog
from bgml.evaluation.duel import moved as module
from bgml.evaluation.duel.contender import contender
from bgml.evaluation.duel.moved import moves
from bgml.evaluation.duel.overlap import K, expected_places
from bgml.evaluation.duel.refit import Refitted, refit
from bgml.project import Project

NAMES = {"propensity:3": "new", "contrary:2": "old"}


@pytest.fixture(scope="module")
def refitted(rivals: Project, rivals_data: Dataset) -> Refitted:
    return refit(rivals, rivals_data, [contender(rivals, name) for name in ("propensity", "contrary", "people_count", "random")], 1)


def test_the_most_moved_of_either_top(refitted: Refitted, rivals_data: Dataset) -> None:
    found = moves(refitted, rivals_data, NAMES)
    assert len(found) == 10
    low = refitted.scored.starts[-2]
    places = {name: expected_places(refitted.scored.scores[name][low:]) for name in NAMES}
    keys = refitted.newest("contrary:2")[["account_id", "topic"]].astype(str)
    table = pd.DataFrame(places).assign(**keys).set_index(["account_id", "topic"])
    apart = (table["propensity:3"] - table["contrary:2"]).abs()[table.min(axis=1) <= K].sort_values(ascending=False)
    assert [abs(move.first - move.second) for move in found] == apart[:10].tolist()
    for move in found:
        assert (move.first, move.second) == tuple(table.loc[(move.account_id, move.topic)])


def test_a_learner_gives_families_and_a_rule_what_it_reads(rivals: Project, refitted: Refitted, rivals_data: Dataset) -> None:
    (move, *_) = moves(refitted, rivals_data, NAMES, 1)
    frame = refitted.newest("contrary:2").astype({"account_id": str}).set_index("account_id")
    assert move.why[-1] == f"old reads people_28d {frame.loc[move.account_id, 'people_28d']:.0f}"
    family, part, *rest = move.why[0].split(" ", 2)
    scorer = refitted.scorers["propensity:3"]
    row = refitted.newest("propensity:3").astype({"account_id": str}).set_index("account_id", drop=False).loc[[move.account_id]]
    added = scorer.contributions(row)
    assert added is not None
    spread = refitted.scored.scores["propensity:3"][refitted.scored.starts[-2] :].std()
    of_family = [info.name for info in load_catalog(rivals, rivals_data).columns if info.family == family and info.name in added]
    assert len(of_family) > 1
    assert rest == ["in new"]
    assert float(part) == pytest.approx(added[of_family].sum(axis=1).item() / spread, abs=0.051)


def test_two_learners_are_held_against_each_other(refitted: Refitted, rivals_data: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    def by_family(added: pd.DataFrame, entry: object, dataset: object) -> pd.DataFrame:
        parts = next(given)
        return pd.DataFrame([parts] * len(added))

    given = iter([{"a": 1.0, "b": 0.5, "c": 0.2, "d": 0.0, "e": 0.01}, {"a": -1.0, "b": 0.0, "c": 0.3, "f": 0.4}])
    monkeypatch.setattr(module, "_by_family", by_family)
    both = replace(
        refitted,
        entries={**refitted.entries, "contrary:2": refitted.entries["propensity:3"]},
        scorers={**refitted.scorers, "contrary:2": refitted.scorers["propensity:3"]},
    )
    (move,) = moves(both, rivals_data, NAMES, 1)
    assert move.why == ("a +1.0 against -1.0", "b +0.5 against +0.0", "f +0.0 against +0.4")


def test_two_rules_say_what_they_read(refitted: Refitted, rivals_data: Dataset) -> None:
    (move,) = moves(refitted, rivals_data, {"people_count": "people_count", "random": "random"}, 1)
    assert move.why[0].startswith("people_count reads people_28d ")
    assert move.why[1] == "random reads as_of, account_id, topic only"


def test_equal_lists_have_no_moves(refitted: Refitted, rivals_data: Dataset) -> None:
    scores = {"a": refitted.scored.scores["random"], "b": 2 * refitted.scored.scores["random"]}
    twice = {name: refitted.entries["random"] for name in scores}
    same = replace(
        refitted,
        scored=replace(refitted.scored, scores=scores, propensities={}),
        entries=twice,
        scorers=dict.fromkeys(scores, refitted.scorers["random"]),
    )
    assert moves(same, rivals_data, {"a": "a", "b": "b"}) == []

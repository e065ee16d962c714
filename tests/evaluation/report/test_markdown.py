from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np

from bgml.evaluation.evaluation import Counts, Evaluation, FoldSummary, LeftOut
from bgml.evaluation.race.intervals import race
from bgml.evaluation.race.scored import Scored
from bgml.evaluation.reach import Reach
from bgml.evaluation.readiness.verdict import assess
from bgml.evaluation.report.markdown import comparison, number, race_rows, summary
from tests.evaluation.readiness.made import dataset, settings
from tests.evaluation.readiness.test_changes import acts, wins

Make = Callable[..., Scored]


def evaluation(scored: Scored, draws: int = 40, **changes: Any) -> Evaluation:
    day = date(2024, 1, 1)
    found = Evaluation(
        project="acme",
        outcome={"target": "won", "horizon": 180, "match": "pair"},
        until=date(2025, 1, 6),
        folds=(FoldSummary(1, *[day] * 4, 2, 100, 50, 400, 40, 30), FoldSummary(2, *[day] * 4, 2, 100, 3, 400, 40, 30, "3 wins")),
        left_out=(LeftOut("value", "too few amounts"),),
        baselines=("model_1",),
        reach=Reach(40, 30, 2, 3, 5),
        counts=Counts.of(scored),
        race=race(scored, draws=draws),
        notes=("mind the gap",),
    )
    return replace(found, **changes)


def test_a_clear_difference_is_stated_with_its_interval(scored: Make) -> None:
    rows = [(float(score), score >= 30) for score in range(60)]
    one = scored([rows, rows], accounts=list(range(60)) * 2)
    two = replace(one, scores={"good": one.scores["a"], "bad": -one.scores["a"]})
    found = evaluation(two, baselines=("bad",))
    said = comparison(found, "good", "bad")
    assert said.startswith("good finds 10.0 more wins per 50 groups than bad, 95% interval ")
    assert comparison(found, "bad", "good").startswith("bad finds 10.0 fewer wins per 50 groups than good, 95% interval ")


def test_no_difference_is_not_dressed_up(random_scored: Make) -> None:
    one = random_scored(1)
    twins = replace(one, scores={"model_0": one.scores["model_0"], "model_1": one.scores["model_0"]})
    said = comparison(evaluation(twins), "model_0", "model_1")
    assert said == "model_0 and model_1 cannot be told apart: +0.0 wins per 50 groups, 95% interval +0.0 to +0.0."


def test_without_draws_no_interval_is_claimed(random_scored: Make) -> None:
    assert "no interval" in comparison(evaluation(random_scored(1), draws=0), "model_0", "model_1")


def test_reach_comes_first_and_every_gap_is_told(random_scored: Make) -> None:
    lines = summary(evaluation(random_scored(2)))
    assert lines[0].startswith("Reach: of 40 won deals")
    text = "\n".join(lines)
    assert "is shorter than one horizon of 180 days" in text
    assert "value is not in the race: too few amounts." in text
    assert "Fold 2 is left out: 3 wins." in text
    assert lines[-1] == "mind the gap"


def test_readiness_stands_above_all_and_in_the_document(random_scored: Make) -> None:
    readiness = assess(dataset(wins(), acts()), settings())
    found = evaluation(random_scored(0), readiness=readiness)
    said = readiness.sentences()
    assert summary(found)[: len(said) + 1] == [*said, found.reach.sentence("won")]
    assert json.loads(json.dumps(found.document(), allow_nan=False))["readiness"]["numbers"] == {"wins": 4, "in_reach": 4, "learnable": 4}
    assert evaluation(random_scored(0)).document()["readiness"] is None


def test_the_calendar_is_no_concern_over_many_horizons(random_scored: Make) -> None:
    one = evaluation(random_scored(2), outcome={"target": "won", "horizon": 2, "match": "pair"})
    assert one.horizons == 8
    assert not any("calendar" in line for line in summary(one))


def test_the_table_is_sorted_and_names_baselines(random_scored: Make) -> None:
    columns, rows = race_rows(evaluation(random_scored(3, rows=2000, accounts=200, models=3), baselines=("model_1", "model_2")))
    assert columns[:2] == ["model", "precision@50 [95%]"]
    values = [float(row[1].split(" ")[0]) for row in rows]
    assert values == sorted(values, reverse=True)
    assert {row[0] for row in rows} == {"model_0", "model_1 (baseline)", "model_2 (baseline)"}


def test_dates_without_a_winner_are_counted_in_the_report(scored: Make) -> None:
    one = scored([[(2.0, True), (1.0, False)], [(2.0, False), (1.0, False)]])
    text = evaluation(replace(one, scores={"model_0": one.scores["a"], "model_1": one.scores["a"]})).markdown()
    assert "1 of 2 dates had no winner: precision and amount count 0 there" in text


def test_every_line_of_a_table_has_as_many_cells(random_scored: Make) -> None:
    text = evaluation(random_scored(4)).markdown()
    for block in text.split("\n\n"):
        if block.startswith("|"):
            assert len({line.count("|") for line in block.splitlines()}) == 1


def test_unknown_amounts_are_left_out_of_the_tables(random_scored: Make) -> None:
    one = replace(random_scored(5), amount=np.full(400, np.nan))
    text = evaluation(one).markdown()
    assert "Won amounts are unknown" in text
    assert "amount@50" not in text


def test_baselines_alone_are_a_race_too(random_scored: Make) -> None:
    found = evaluation(random_scored(6), baselines=("model_0", "model_1"))
    assert f"No trained model is in the race; the best baseline is {found.best_baseline}." in summary(found)


def test_numbers_as_people_read_them() -> None:
    assert [number(value) for value in (0.5, 99.94, 1234.5, 0.00123)] == ["0.500", "99.9", "1,234", "0.0012"]
    assert number(0.5, signed=True) == "+0.500"

"""A comparison in words, tables and JSON: who is better, where lower is better too."""

from __future__ import annotations

import datetime
import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from bgml.config import settings_from
from bgml.evaluation.duel.comparison import Comparison, better, more_wins
from bgml.evaluation.duel.contender import Contender
from bgml.evaluation.duel.frozen import Frozen
from bgml.evaluation.duel.moved import Move
from bgml.evaluation.duel.overlap import overlap
from bgml.evaluation.evaluation import Counts, FoldSummary
from bgml.evaluation.race.intervals import Estimate, race
from bgml.evaluation.race.metrics import METRICS
from bgml.evaluation.race.scored import Scored
from bgml.learning.recipe import Recipe

DAY = datetime.date(2024, 1, 1)
SETTINGS = settings_from({"project": {"name": "acme"}}, "test")


def a_scored(rows: int = 1500, dates: int = 4, propensities: bool = True) -> Scored:
    """`good` knows who wins and states honest chances, `bad` is noise and overconfident."""
    rng = np.random.default_rng(0)
    latent, noise = rng.normal(size=rows), rng.normal(size=rows)
    chance = 1 / (1 + np.exp(2 - 2 * latent))
    return Scored(
        as_of=np.sort(np.datetime64("2024-01-01") + 7 * rng.integers(0, dates, rows)),
        account=rng.integers(0, 400, rows).astype(np.int32),
        topic=np.zeros(rows, np.int32),
        won=rng.random(rows) < chance,
        amount=np.full(rows, np.nan),
        scores={"good": latent, "bad": noise},
        propensities={"good": chance, "bad": 1 / (1 + np.exp(-5 * noise))} if propensities else {},
    )


def a_comparison(scored: Scored | None = None, **changes: Any) -> Comparison:
    scored = scored or a_scored()
    pair = [Contender(Recipe(name, {"rule": True}, SETTINGS, {}, name)) for name in ("good", "bad")]
    ran = race(scored, draws=100)
    made = Comparison(
        project="acme",
        outcome={"target": "won", "horizon": 180, "match": "pair"},
        until=DAY,
        first=pair[0],
        second=pair[1],
        labels=("good", "bad"),
        folds=(FoldSummary(1, *[DAY] * 4, 2, 100, 50, 600, 60, 30), FoldSummary(2, *[DAY] * 4, 2, 9, 3, 6, 1, 1, "too few")),
        counts=Counts.of(scored),
        race=ran,
        overlap=overlap(scored, "good", "bad"),
        moves=(Move("a1", "ai", 1.0, 90.5, ("breadth +1.0 in good", "bad reads x 1")),),
        newest=DAY,
        frozen="Nothing is frozen.",
    )
    return replace(made, **changes)


def test_the_better_one_is_the_subject_whichever_stands_first() -> None:
    comparison = a_comparison()
    assert comparison.verdict == "better"
    swapped = replace(comparison, labels=("bad", "good"))
    assert swapped.verdict == "worse"
    assert comparison.sentences()[0] == swapped.sentences()[0]
    estimate = comparison.headline
    low, high = 50 * estimate.low, 50 * estimate.high
    expected = f"good finds {50 * estimate.value:.1f} more wins per 50 groups a week, 95% interval {low:.1f} to {high:.1f}."
    assert comparison.sentences()[0] == expected


@pytest.mark.parametrize(
    ("difference", "said"),
    [
        (Estimate(0.062, 0.016, 0.104), "a finds 3.1 more wins per 50 groups a week, 95% interval 0.8 to 5.2."),
        (Estimate(-0.062, -0.104, -0.016), "b finds 3.1 more wins per 50 groups a week, 95% interval 0.8 to 5.2."),
        (Estimate(0.0, 0.0, 0.0), "a and b cannot be told apart: +0.0 wins per 50 groups a week for a, 95% interval +0.0 to +0.0."),
        (Estimate(0.1, float("nan"), float("nan")), "a and b cannot be told apart: +5.0 wins per 50 groups a week for a."),
    ],
)
def test_more_wins(difference: Estimate, said: str) -> None:
    assert more_wins("a", "b", difference) == said


def test_lower_is_better_where_it_is() -> None:
    lower, higher, unsure = Estimate(-0.1, -0.2, -0.05), Estimate(0.1, 0.05, 0.2), Estimate(0.1, -0.05, 0.2)
    assert (better("a", "b", "brier", lower), better("a", "b", "auc", lower)) == ("a", "b")
    assert (better("a", "b", "brier", higher), better("a", "b", "auc", higher)) == ("b", "a")
    assert better("a", "b", "brier", unsure) is None
    comparison = a_comparison()
    chances = next(line for line in comparison.sentences() if "chances" in line)
    assert chances.startswith("good's chances are nearer to what happened: Brier 0.")
    assert replace(comparison, labels=("bad", "good")).sentences()[1] == chances
    row = next(row for row in comparison.rows()[1] if row[0] == "Brier")
    assert row[3].startswith("-")
    assert row[4] == "good"
    assert comparison.document()["metrics"]["brier"]["better"] == "first"


def test_without_propensities_nothing_is_said_of_chances() -> None:
    comparison = a_comparison(a_scored(propensities=False))
    assert not any("chances" in line for line in comparison.sentences())
    assert "Brier" not in comparison.markdown()


def test_what_makes_it_weak_is_said() -> None:
    lines = a_comparison(a_scored(rows=100)).sentences()
    assert "Fold 2 is left out: too few." in lines
    weak = "A date has 25 groups, too few for the top 50 to be a choice (at least 100): the average precision of the whole list decides."
    assert weak in lines
    assert lines[0].startswith("good and bad cannot be told apart: average precision ")
    assert not any(line.startswith("A date has") for line in a_comparison(a_scored(rows=400)).sentences())
    assert any(line.startswith("The test span is shorter than one horizon") for line in lines)
    few = a_comparison(a_scored(rows=100))
    thin = replace(few, counts=replace(few.counts, won_opportunities=1)).sentences()
    assert "1 distinct win of at least 40 that it takes: the intervals are themselves unsure." in thin
    assert not any("of at least 40" in line for line in a_comparison().sentences())


def test_with_few_groups_a_date_the_worse_can_still_be_told() -> None:
    """The top 50 holds both lists whole, so that precision@50 is equal; the order is not."""
    scored = a_scored(rows=160)
    worse = replace(scored, scores={"good": -scored.won.astype(float), "bad": scored.won.astype(float)}, propensities={})
    comparison = a_comparison(worse)
    assert comparison.race.difference("good", "bad", "precision_at_50").value == 0
    assert (comparison.judged_by, comparison.verdict) == ("ap", "worse")
    assert comparison.document()["judged_by"] == "ap"
    assert comparison.told("a:2", "b:1").startswith("b:1's average precision is ")


def test_frozen_versions_are_told_of_beside() -> None:
    comparison = a_comparison()
    assert "Nothing is frozen." in comparison.sentences()
    assert comparison.document()["frozen"] is None
    both = replace(comparison, frozen=Frozen((DAY,), comparison.counts, comparison.race))
    (line,) = [line for line in both.sentences() if line.startswith("As they were trained, on 1 date whose outcomes neither knew")]
    assert line.endswith(comparison.sentences()[0])
    assert both.document()["frozen"]["metrics"] == both.document()["metrics"]


def test_the_document_is_json_with_every_metric() -> None:
    document = json.loads(json.dumps(a_comparison().document(), allow_nan=False))
    assert set(document["metrics"]) == set(METRICS)
    assert document["metrics"]["precision_at_50"]["difference"].keys() == {"value", "low", "high", "undefined_dates"}
    assert document["first"] | {"recipe": ""} == {
        "label": "good", "model": "good", "version": None, "as_of": None, "run": None, "recipe": "",
    }  # fmt: skip
    assert len(document["overlap"]["dates"]) == 4
    assert document["moves"]["groups"][0]["second"] == 90.5


def test_the_report_has_all_of_it() -> None:
    text = a_comparison().markdown()
    assert text.startswith("# good against bad\n")
    assert "good is models/good.py as it is now" in text
    assert "| precision@50 |" in text
    assert "| a1 | ai | 1 | 90.5 | breadth +1.0 in good; bad reads x 1 |" in text
    assert "won amount" not in text
    assert "Both lists are the same." in a_comparison(moves=()).markdown()

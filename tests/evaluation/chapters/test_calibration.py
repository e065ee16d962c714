from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from bgml.evaluation.chapters.calibration import bin_sentence, calibration, verdict
from bgml.evaluation.chapters.chapter import Chapter
from bgml.evaluation.race.intervals import Estimate, race
from bgml.evaluation.race.reliability import Bin
from bgml.evaluation.race.scored import Scored
from bgml.evaluation.race.truth import TRUTH

Make = Callable[..., Scored]


def written(scored: Scored, draws: int = 40) -> Chapter | None:
    run = race(scored, draws=draws)
    models = tuple(model for model in scored.models if model != TRUTH)
    evaluation: Any = SimpleNamespace(
        race=run, models=models, trained=models[:1], has_truth=TRUTH in scored.models,
        counts=SimpleNamespace(won_opportunities=scored.won_opportunities()),
    )  # fmt: skip
    tested: Any = SimpleNamespace(scored=scored, draws=draws, seed=0, project=SimpleNamespace(threads=lambda: 1))
    return calibration(evaluation, tested)


def promising(factor: float) -> Scored:
    """A model that states `factor` times the true chance, and the truth."""
    random = np.random.default_rng(1)
    rows = 20_000
    chance = np.sort(random.beta(1, 12, rows))
    won = random.random(rows) < chance
    stated = np.minimum(factor * chance, 0.99)
    return Scored(
        as_of=np.repeat(np.datetime64("2024-01-01") + 7 * np.arange(4), rows // 4),
        account=random.integers(0, 2000, rows).astype(np.int32),
        topic=np.zeros(rows, np.int32),
        won=won,
        amount=np.full(rows, np.nan),
        scores={"model": stated, TRUTH: chance},
        propensities={"model": stated, TRUTH: chance},
    )


def test_a_kept_promise_is_said_to_hold_with_the_deals_behind_it() -> None:
    chapter = written(promising(1.0))
    assert chapter is not None
    promises = chapter.sentences[:3]
    assert [("the promise holds" in line) for line in promises] == [True, True, True]
    assert "in the top 1% of every date" in promises[0]
    assert all("distinct deals" in line for line in promises)
    assert any(line.startswith("Of groups shown at ") and "95% interval" in line for line in chapter.sentences)


@pytest.mark.parametrize(("factor", "said"), [(2.0, "it promises too much"), (0.5, "it promises too little")])
def test_a_broken_promise_is_named(factor: float, said: str) -> None:
    chapter = written(promising(factor))
    assert chapter is not None
    assert said in chapter.sentences[1]
    assert said in chapter.sentences[2]


def test_the_data_has_the_shape_that_pictures_are_drawn_from() -> None:
    chapter = written(promising(1.0))
    assert chapter is not None
    assert list(chapter.data["models"]) == ["model", "truth"]
    one = json.loads(json.dumps(chapter.data, allow_nan=False))["models"]["model"]
    assert {"predicted", "observed", "low", "high", "rows", "won_opportunities"} <= one["bins"][0].keys()
    for name in ("slope", "top_1", "top_10", "overall"):
        assert {"value", "low", "high"} <= one[name].keys()
    assert {"value", "reliability", "resolution", "uncertainty"} <= one["brier"].keys()
    assert one["slope"]["low"] < 1 < one["slope"]["high"]
    assert sum(part["rows"] for part in one["bins"]) == 20_000
    assert len(chapter.tables) == 3


def test_who_states_no_probability_has_no_chapter(scored: Make) -> None:
    assert written(scored([[(2.0, True), (1.0, False)]])) is None


def test_without_a_winner_nothing_can_be_said(scored: Make) -> None:
    assert written(scored([[(0.2, False), (0.1, False)]], propensity=True)) is None


def test_one_winner_is_no_proof_and_is_said_to_be_few(scored: Make) -> None:
    chapter = written(scored([[(0.9 - number / 100, number == 1) for number in range(60)]], propensity=True), draws=0)
    assert chapter is not None
    assert "Behind all of this stand 1 distinct won opportunities" in chapter.sentences[-1]
    assert "fewer than the 10" in chapter.sentences[-1]
    assert chapter.data["models"]["a"]["top_1"]["value"] is None


def test_a_bin_in_words() -> None:
    one = Bin(0.2, 0.3, 0.25, Estimate(0.24, 0.19, 0.3), 900, 41)
    assert bin_sentence(one) == "Of groups shown at 20% to 30%, 24% won (95% interval 19% to 30%, 41 distinct deals)."
    assert bin_sentence(replace(one, won_opportunities=1)).endswith("1 distinct deal).")


@pytest.mark.parametrize(
    ("value", "low", "high", "said"),
    [
        (1.25, 1.1, 1.4, "the promise holds"),
        (0.8, 0.7, 0.9, "the promise holds"),
        (1.6, 0.9, 2.5, "the promise may hold, too few deals to say"),
        (1.3, 1.1, 1.5, "it promises too much"),
        (0.7, 0.5, 0.9, "it promises too little"),
        (float("inf"), 2.0, float("inf"), "it promises too much"),
    ],
)
def test_a_ratio_in_words(value: float, low: float, high: float, said: str) -> None:
    assert verdict(Estimate(value, low, high)) == said

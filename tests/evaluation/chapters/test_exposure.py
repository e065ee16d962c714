from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bgml.evaluation.chapters.chapter import Chapter
from bgml.evaluation.chapters.exposure import explored, exposure, kish
from bgml.evaluation.race.intervals import race
from bgml.evaluation.race.scored import Scored
from bgml.evaluation.race.worked import Worked
from bgml.learning.examples import Examples, no_deals

DATES = np.datetime64("2024-03-04") + 7 * np.arange(3)
GROUPS = 300


def market() -> Scored:
    random = np.random.default_rng(0)
    latent = random.normal(size=3 * GROUPS)
    chance = 1 / (1 + np.exp(2 - latent))
    return Scored(
        as_of=np.repeat(DATES, GROUPS),
        account=np.tile(np.arange(GROUPS), 3).astype(np.int32),
        topic=np.zeros(3 * GROUPS, np.int32),
        won=random.random(3 * GROUPS) < chance,
        amount=np.full(3 * GROUPS, np.nan),
        scores={"model": latent, "rule": random.normal(size=3 * GROUPS)},
        propensities={"model": chance},
    )


def written(exported: pd.DataFrame | None = None, **tables: pd.DataFrame) -> Chapter | None:
    scored = market()
    candidates = Examples(
        pd.DataFrame(index=range(len(scored))), scored.as_of, scored.account, scored.topic, np.array([f"a{i:03d}" for i in range(GROUPS)]),
        np.array(["ai"], object), scored.won.astype(np.float32), scored.amount, no_deals(),
    )  # fmt: skip
    dataset = SimpleNamespace(has=lambda name: name in tables, frame=lambda name: tables[name])
    project = SimpleNamespace(threads=lambda: 1)
    tested: Any = SimpleNamespace(
        scored=scored, candidates=candidates, dataset=dataset, worked=exported, draws=40, seed=0, project=project
    )  # fmt: skip
    evaluation: Any = SimpleNamespace(race=race(scored, draws=40), models=("model", "rule"), trained=("model",), best_baseline="rule")
    return exposure(evaluation, tested)


def touches(accounts: range) -> pd.DataFrame:
    ids = [f"a{number:03d}" for number in accounts]
    return pd.DataFrame({"account_id": ids, "topic": "ai", "occurred_at": pd.Timestamp("2024-03-20")})


def exports(accounts: range, by: str, probability: float) -> pd.DataFrame:
    ids = [f"a{number:03d}" for number in accounts]
    chosen = {"selected_by": by, "selection_probability": probability}
    return pd.DataFrame({"as_of": DATES[0].astype("datetime64[s]"), "account_id": ids, "topic": "ai", **chosen})


def test_nothing_known_no_chapter() -> None:
    assert written() is None


def test_worked_and_unworked_are_all() -> None:
    chapter = written(touches=touches(range(100)))
    assert chapter is not None
    parts = chapter.data["parts"]
    assert parts["worked"]["rows"] == 300
    assert parts["worked"]["rows"] + parts["unworked"]["rows"] == parts["all"]["rows"] == 900
    assert parts["worked"]["groups_won"] + parts["unworked"]["groups_won"] == int(market().won.sum())
    assert chapter.data["ways"] == {"accepted": 0, "touched": 300, "selected": 0}
    assert chapter.sentences[0].startswith("Of 900 candidates 300 were worked (33.3%): 0 by an accepted verdict, 300 by a touch")
    assert any("No tested group was selected at random" in line for line in chapter.sentences)
    json.dumps(chapter.data, allow_nan=False)


def test_the_race_of_a_part_is_the_race_on_its_rows() -> None:
    chapter = written(touches=touches(range(100)))
    assert chapter is not None
    scored = market()
    inside = race(scored.take(scored.account < 100), draws=0)
    found = chapter.data["parts"]["worked"]["models"]["model"]
    assert found["auc"]["value"] == inside.estimate("model", "auc").value
    assert found["predicted_over_observed"]["value"] == inside.predicted_over_observed("model").value


def test_few_and_none_are_marked() -> None:
    chapter = written(touches=touches(range(2)))
    assert chapter is not None
    assert chapter.data["parts"]["worked"]["too_small"]
    assert any("too small to judge by" in line for line in chapter.sentences)
    none = written(touches=touches(range(0)))
    assert none is not None
    assert "No candidate was worked." in none.sentences
    assert none.data["parts"]["worked"]["models"]["model"]["auc"] == {"value": None, "low": None, "high": None}


def test_exploration_is_weighted_and_told() -> None:
    given = pd.concat([exports(range(50), "exploration", 0.1), exports(range(50, 100), "exploration", 0.5)])
    chapter = written(exported=given)
    assert chapter is not None
    found, scored = chapter.data["explored"], market()
    weight = np.repeat([10.0, 2.0], 50)
    assert found["rows"] == 100
    assert found["observed"]["value"] == pytest.approx((weight * scored.won[:100]).sum() / weight.sum())
    assert found["predicted"]["value"] == pytest.approx((weight * scored.propensities["model"][:100]).sum() / weight.sum())
    assert found["effective_sample_size"] == pytest.approx(600**2 / (50 * 100 + 50 * 4))
    assert found["observed"]["low"] < found["observed"]["value"] < found["observed"]["high"]
    assert any(line.startswith("100 groups were selected at random, worth 69.2 equally likely ones") for line in chapter.sentences)


def test_weighting_by_probability_finds_the_rate_of_all() -> None:
    """Exploration that likes one kind of group is unbiased once its probabilities count."""
    random = np.random.default_rng(1)
    rows = 40_000
    kind = random.random(rows) < 0.5
    won = random.random(rows) < np.where(kind, 0.3, 0.1)
    probability = np.where(kind, 0.2, 0.04)
    drawn = random.random(rows) < probability
    scored = Scored(
        np.full(rows, DATES[0]), np.arange(rows).astype(np.int32), np.zeros(rows, np.int32), won, np.full(rows, np.nan), {"m": kind * 1.0}
    )
    no = np.zeros(rows, bool)
    found = explored(scored, Worked(no, no, drawn, np.where(drawn, probability, np.nan)), "m", draws=100, seed=0)
    assert found is not None
    assert won[drawn].mean() > 0.25
    assert found.observed.low < 0.2 < found.observed.high
    assert np.isnan(found.predicted.value)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(1, 1000), min_size=1, max_size=50))
def test_effective_size_lies_between_one_and_all(weights: list[float]) -> None:
    effective = kish(np.array(weights))
    assert 1 - 1e-9 <= effective <= len(weights) + 1e-9
    assert kish(np.array(weights) * 7) == pytest.approx(effective)

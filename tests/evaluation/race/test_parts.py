from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bgml.evaluation.race.intervals import race
from bgml.evaluation.race.metrics import METRICS
from bgml.evaluation.race.parts import by_part, only
from bgml.evaluation.race.scored import Scored

Make = Callable[..., Scored]


@settings(max_examples=20)
@given(seed=st.integers(0, 30), tied=st.booleans())
def test_a_part_has_the_metrics_of_a_race_on_its_candidates_alone(random_scored: Make, seed: int, tied: bool) -> None:
    one = random_scored(seed, rows=200, tied=tied)
    part = np.random.default_rng(seed).integers(0, 3, len(one))
    run = race(by_part(one, part), draws=0)
    for place in range(3):
        alone = race(one.take(part == place), draws=0)
        for metric in METRICS:
            found, wanted = run.estimate("model_1", metric, place), alone.estimate("model_1", metric)
            assert found.value == pytest.approx(wanted.value, nan_ok=True)
            assert found.undefined_dates == wanted.undefined_dates


def test_one_part_of_everything_has_the_draws_of_the_race(random_scored: Make) -> None:
    one = random_scored(2)
    whole, part = race(one, draws=70, seed=5), race(by_part(one, np.zeros(len(one), np.int64)), draws=70, seed=5)
    assert part.estimate("model_0", "auc") == whole.estimate("model_0", "auc")


def test_deals_and_facts_follow_their_rows(random_scored: Make) -> None:
    one = random_scored(3, rows=60)
    part = np.arange(len(one)) % 2
    moved = by_part(one, part)
    assert sorted(zip(moved.account.tolist(), moved.won.tolist(), moved.scores["model_0"].tolist(), strict=True)) == sorted(
        zip(one.account.tolist(), one.won.tolist(), one.scores["model_0"].tolist(), strict=True)
    )
    assert moved.fold.tolist() == [0] * 30 + [1] * 30


def test_only_some_entries(random_scored: Make) -> None:
    assert only(random_scored(4), ("model_1",)).models == ("model_1",)

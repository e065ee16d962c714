"""The gains curve: hand-worked lists, ties, weights, and what the chapter tells."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bgml.evaluation.chapters.gains import SHARES, _weights, curves_of, gains
from bgml.evaluation.race.intervals import race
from bgml.evaluation.race.scored import Scored
from tests.evaluation.conftest import make_random, make_scored

Make = Callable[..., Scored]


def found(scored: Scored, *shares: float) -> list[float]:
    curve = curves_of(scored, ["a"], draws=0, seed=0)["a"]["found"]
    return [float(np.interp(share, SHARES, curve)) for share in shares]


def test_winners_found_by_share_of_the_list() -> None:
    scored = make_scored([[(4.0, True), (3.0, False), (2.0, True), (1.0, False)]])
    assert found(scored, 0, 0.25, 0.5, 0.75, 1) == pytest.approx([0, 0.5, 0.5, 1, 1])


def test_a_tied_block_is_passed_evenly() -> None:
    scored = make_scored([[(1.0, True), (1.0, False), (1.0, False), (1.0, True)]])
    assert found(scored, 0.1, 0.25, 0.5, 1) == pytest.approx([0.1, 0.25, 0.5, 1])


def test_dates_are_averaged_and_those_without_a_winner_left_out() -> None:
    dates = [[(2.0, True), (1.0, False)], [(2.0, False), (1.0, True)], [(2.0, False), (1.0, False)]]
    assert found(make_scored(dates), 0.5, 1) == pytest.approx([0.5, 1])


def test_an_account_drawn_twice_stands_twice_in_the_list() -> None:
    scored = make_random(3, accounts=12)
    curve = curves_of(scored, ["model_0"], draws=20, seed=5)["model_0"]
    weights = _weights(12, 20, 5)
    by_draw = []
    for draw in range(1, 21):
        rows = np.sort(np.repeat(np.arange(len(scored)), weights[scored.account, draw]))
        repeated = replace(
            scored, as_of=scored.as_of[rows], account=np.arange(len(rows), dtype=np.int32), topic=scored.topic[rows], won=scored.won[rows],
            amount=scored.amount[rows], scores={"model_0": scored.scores["model_0"][rows]}, propensities={}, fold=scored.fold[rows],
            facts=scored.facts.iloc[rows],
        )  # fmt: skip
        by_draw.append(curves_of(repeated, ["model_0"], draws=0, seed=0)["model_0"]["found"])
    low, high = np.percentile(by_draw, (2.5, 97.5), axis=0)
    np.testing.assert_allclose(curve["low"], low, atol=1e-9)
    np.testing.assert_allclose(curve["high"], high, atol=1e-9)


@given(seed=st.integers(0, 50), tied=st.booleans())
def test_a_curve_rises_from_nothing_to_everything(seed: int, tied: bool) -> None:
    curve = curves_of(make_random(seed, rows=60, accounts=9, tied=tied), ["model_1"], draws=10, seed=seed)["model_1"]
    for part in curve.values():
        assert part[0] == pytest.approx(0, abs=1e-12)
        assert part[-1] == pytest.approx(1)
        assert (np.diff(part) > -1e-12).all()


def test_threads_change_nothing() -> None:
    scored = make_random(1)
    one, two = (curves_of(scored, ["model_0", "model_1"], draws=30, seed=2, threads=threads) for threads in (1, 2))
    for name in one:
        for part in one[name]:
            np.testing.assert_array_equal(one[name][part], two[name][part])


def told(scored: Scored, baselines: tuple[str, ...]) -> Any:
    names = tuple(scored.scores)
    evaluation: Any = SimpleNamespace(
        trained=tuple(name for name in names if name not in (*baselines, "truth")), best_baseline=next(iter(baselines), None),
        has_truth="truth" in names, race=race(scored, draws=0),
    )  # fmt: skip
    tested: Any = SimpleNamespace(scored=scored, draws=40, seed=0, project=SimpleNamespace(threads=lambda: 1))
    return gains(evaluation, tested)


def test_the_chapter_tells_the_best_model_the_best_baseline_and_the_truth() -> None:
    scored = make_random(2, models=3)
    names = {"propensity": "model_1", "rule": "model_2", "truth": "model_0"}
    scored = replace(scored, scores={name: scored.scores[other] for name, other in names.items()})
    chapter = told(scored, ("rule",))
    assert list(chapter.data["curves"]) == ["propensity", "rule", "truth"]
    assert {len(part) for curve in chapter.data["curves"].values() for part in curve.values()} == {len(chapter.data["shares"])} == {101}
    share = chapter.data["curves"]["propensity"]["found"][10]
    assert f"{share:.0%} with propensity" in chapter.sentences[0]
    assert chapter.tables[0].columns == ("of each date's list", "propensity", "rule", "truth", "any order")
    assert chapter.tables[0].rows[2][0] == chapter.tables[0].rows[2][-1] == "10%"


def test_without_a_winner_there_is_no_chapter() -> None:
    assert told(make_scored([[(1.0, False), (0.5, False)]]), ()) is None

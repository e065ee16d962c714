"""Expected and realised amounts on test dates, and who finds the most."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from bgml.config import settings_from
from bgml.evaluation.chapters import tested as finished
from bgml.evaluation.chapters.amounts import amounts
from bgml.evaluation.chapters.chapter import Chapter
from bgml.evaluation.race.intervals import race
from bgml.evaluation.race.scored import Scored
from bgml.groups.dates import Fold
from bgml.learning.examples import Examples
from bgml.scoring.definition import Model

FIRST = date(2024, 1, 1)
TRAIN, TEST = FIRST, FIRST + timedelta(210)
GROUPS = 200
RICH, POOR = 4000.0, 1000.0
"""What a deal brings on the topics Cloud (even groups) and Data (odd ones)."""
MOVED = 2 ** (50 / 60)
"""How far the median of a topic with fifty deals stands from that of all, 2,000, when it is shrunk by ten."""
SMEARING = (RICH / (2000 * MOVED) + POOR * MOVED / 2000) / 2


def a_race(known: int = 100, test_amounts: float = 1.0) -> finished.Tested:
    """Groups of which every fourth wins at both dates; the first `known` deals had closed before the test date."""
    group = np.arange(GROUPS)
    price = np.where(group % 2 == 0, RICH, POOR)
    won = group % 4 < 2
    closed = pd.DataFrame({
        "account_id": [f"a{number:03d}" for number in group], "topic": np.where(group % 2 == 0, "Cloud", "Data"),
        "opportunity_id": group, "segment": None, "created": pd.Timestamp("2023-12-01"), "closed": pd.Timestamp("2024-01-10"),
        "won": True, "amount": price,
    })[:known]  # fmt: skip
    deals = pd.DataFrame({"row": np.flatnonzero(won) + GROUPS, "opportunity_id": np.flatnonzero(won) + 1000})
    deals["amount"] = price[won] * test_amounts
    examples = Examples(
        pd.DataFrame(index=range(2 * GROUPS)), np.repeat(np.array([TRAIN, TEST], "datetime64[D]"), GROUPS),
        np.tile(group, 2).astype(np.int32), np.tile(group % 2, 2).astype(np.int32), closed_ids(group), np.array(["Cloud", "Data"], object),
        np.tile(won, 2).astype(np.float32), np.concatenate([np.full(GROUPS, np.nan), np.where(won, price * test_amounts, np.nan)]),
        deals, closed,
    )  # fmt: skip
    test = examples.take(examples.as_of == np.datetime64(TEST))
    chance = np.where(won, 0.9, 0.1)
    scored = Scored(
        test.as_of, test.account, test.topic, won, test.amount, fold=np.ones(GROUPS, np.int64), deals=test.deals,
        scores={"propensity": chance, "value": np.log(chance * price), "people": -chance},
        propensities={"propensity": np.full(GROUPS, 0.5)},
    )  # fmt: skip
    models = {"propensity": Model(estimator="a.b"), "value": Model(estimator="a.b", objective="value")}
    project: Any = SimpleNamespace(settings=settings_from({"project": {"name": "t"}}, "test"))
    return finished.Tested(project, None, (Fold(1, (TRAIN,), (TEST,)),), examples, scored, models, 50, 0)  # type: ignore[arg-type]


def closed_ids(group: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return np.array([f"a{number:03d}" for number in group], object)


@pytest.fixture
def written() -> Callable[..., Chapter]:
    def write(given: finished.Tested, has_amounts: bool = True) -> Chapter:
        evaluation: Any = SimpleNamespace(has_amounts=has_amounts, trained=("propensity", "value"), race=race(given.scored, draws=50))
        chapter = amounts(evaluation, given)
        assert chapter is not None
        return chapter

    return write


def test_the_best_by_won_amount_is_said_and_by_how_much(written: Callable[..., Chapter]) -> None:
    chapter = written(a_race())
    # The 50 winners on Cloud are worth 4,000 each; propensity takes 50 of the 100 winners, ties at their expectation.
    assert chapter.sentences[0] == "Best by won amount is value: the groups in its top 50 bring 200,000 per list."
    assert chapter.sentences[1].startswith("Won amount in the top 50 of value: +75,000 (+60%) against propensity, 95% interval +")
    assert "choice between the two" in chapter.sentences[2]
    assert chapter.data["best"] == "value"
    assert chapter.data["amount_at_k"]["propensity"]["50"]["value"] == pytest.approx(125_000)


def test_expected_stands_beside_realised(written: Callable[..., Chapter]) -> None:
    parts = written(a_race()).data["parts"]
    assert (parts["all"]["rows"], parts["top"]["rows"], parts["decile 1"]["rows"]) == (200, 50, 20)
    assert parts["all"]["realised"] == 50 * RICH + 50 * POOR
    assert parts["all"]["expected"] == pytest.approx(50 * 2000 * SMEARING * (MOVED + 1 / MOVED)), "half of the 100 on each topic"
    assert parts["decile 1"]["expected"] == pytest.approx(10 * 2000 * SMEARING * MOVED)
    assert parts["decile 10"]["expected"] == pytest.approx(10 * 2000 * SMEARING / MOVED)
    assert parts["all"]["low"] < 1 < parts["all"]["high"]


def test_amounts_of_won_deals_are_judged_against_one_median(written: Callable[..., Chapter]) -> None:
    errors = written(a_race()).data["if_won"]
    assert errors["deals"] == 100
    assert errors["log_error"] == pytest.approx(np.log(2) * 10 / 60)
    assert errors["plain"] == pytest.approx((np.log(RICH / 2500) + np.log(2500 / POOR)) / 2)
    assert errors["predicted_over_realised"] == pytest.approx(1, rel=0.07)
    dearer = written(a_race(test_amounts=2.0))
    assert dearer.data["if_won"]["predicted_over_realised"] == pytest.approx(0.5, rel=0.07)
    assert "propensity expects 47% of the won amount over all candidates" in " ".join(dearer.sentences)


def test_unknown_amounts_lower_what_is_expected(written: Callable[..., Chapter]) -> None:
    given = a_race()
    amount = np.where(np.arange(GROUPS) % 8 == 0, np.nan, given.scored.amount)
    chapter = written(replace(given, scored=replace(given.scored, amount=amount)))
    assert chapter.data["noted"] == 0.75
    assert chapter.data["parts"]["all"]["expected"] == pytest.approx(0.75 * 50 * 2000 * SMEARING * (MOVED + 1 / MOVED))
    assert any("The amount of 25% of the winning groups is unknown" in line for line in chapter.sentences)


def test_folds_without_enough_deals_are_named(written: Callable[..., Chapter]) -> None:
    chapter = written(a_race(known=39))
    assert chapter.sentences[-1].startswith("No amount can be expected in fold 1: 39 won deals with an amount are known")
    assert chapter.data["best"] == "value"


def test_without_amounts_there_is_no_chapter() -> None:
    evaluation: Any = SimpleNamespace(has_amounts=False, trained=("propensity",))
    assert amounts(evaluation, a_race()) is None

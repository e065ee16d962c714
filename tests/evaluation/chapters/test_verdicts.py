from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from bgml.config import settings_from
from bgml.evaluation.chapters.chapter import Chapter
from bgml.evaluation.chapters.verdicts import verdicts
from bgml.evaluation.chapters.weekly.lists import lists_of
from bgml.evaluation.race.scored import Scored
from bgml.evaluation.race.worked import judged
from bgml.learning.examples import Examples, no_deals

DATES = np.datetime64("2024-03-04") + 7 * np.arange(3)
GROUPS = 300
IDS = np.array([f"a{number:03d}" for number in range(GROUPS)])


def market() -> Scored:
    random = np.random.default_rng(0)
    latent = random.normal(size=3 * GROUPS)
    return Scored(
        as_of=np.repeat(DATES, GROUPS), account=np.tile(np.arange(GROUPS), 3).astype(np.int32), topic=np.zeros(3 * GROUPS, np.int32),
        won=random.random(3 * GROUPS) < 1 / (1 + np.exp(1 - latent)), amount=np.full(3 * GROUPS, np.nan),
        scores={"model": latent, "rule": random.normal(size=3 * GROUPS), "flat": np.zeros(3 * GROUPS)},
    )  # fmt: skip


def given(date: int, accounts: list[int], accepted: list[bool], at: str = "2024-04-01") -> pd.DataFrame:
    said = ["accepted" if yes else "rejected" for yes in accepted]
    keys = {"account_id": IDS[accounts], "topic": "ai", "as_of": DATES[date].astype("datetime64[s]")}
    return pd.DataFrame({**keys, "by": "ann", "at": pd.Timestamp(at), "verdict": said})


def race_with(*tables: pd.DataFrame, target: str = "won", **scored: Any) -> Any:
    found = market()
    examples = Examples(
        pd.DataFrame(index=range(len(found))), found.as_of, found.account, found.topic, IDS, np.array(["ai"], object),
        found.won.astype(np.float32), found.amount, no_deals(),
    )  # fmt: skip
    table = pd.concat(tables, ignore_index=True) if tables else None
    dataset = SimpleNamespace(has=lambda name: table is not None, frame=lambda name: table)
    project = SimpleNamespace(settings=settings_from({"project": {"name": "t"}, "outcome": {"target": target}}, "test"))
    lists = lists_of(found, IDS, np.array(["ai"], object))
    return SimpleNamespace(scored=found, candidates=examples, dataset=dataset, draws=60, seed=0, project=project, lists=lists)


def written(*tables: pd.DataFrame, rivals: tuple[str, ...] = ("model", "rule"), **changes: Any) -> Chapter | None:
    evaluation: Any = SimpleNamespace(rivals=rivals)
    return verdicts(evaluation, race_with(*tables, **changes))


def by_the_score(date: int, accounts: range, noise: float = 1.0) -> pd.DataFrame:
    score = market().scores["model"][date * GROUPS + np.array(accounts)]
    random = np.random.default_rng(date)
    return given(date, list(accounts), list(score + noise * random.normal(size=len(accounts)) > 0))


def test_no_verdicts_no_chapter() -> None:
    assert written() is None


def test_verdicts_on_dates_that_are_not_tested_are_said_to_be() -> None:
    late = given(0, [1, 2], [True, False]).assign(as_of=pd.Timestamp("2025-01-06"))
    chapter = written(late)
    assert chapter is not None
    assert chapter.sentences[0].startswith("2 verdicts are known, none on a group of the tested dates")
    assert chapter.data == {"verdicts": 2, "judged": 0}


def test_the_latest_verdict_counts_and_the_others_do_not() -> None:
    first, second = given(0, [1, 2], [True, True], "2024-03-10"), given(0, [1], [False], "2024-03-11")
    said = judged(race_with(second, first).dataset, race_with(second, first).candidates)
    assert said[[1, 2]].tolist() == [0, 1]
    assert np.isnan(said).sum() == len(said) - 2


def test_the_order_is_the_auc_within_dates() -> None:
    tables = [by_the_score(date, range(40)) for date in range(3)]
    chapter = written(*tables)
    assert chapter is not None
    scored, said = market(), judged(race_with(*tables).dataset, race_with(*tables).candidates)
    right = pairs = 0.0
    for date in range(3):
        rows = np.flatnonzero((scored.as_of == DATES[date]) & np.isfinite(said))
        yes = said[rows].sum()
        weight = yes * (len(rows) - yes)
        right, pairs = right + weight * roc_auc_score(said[rows], scored.scores["model"][rows]), pairs + weight
    found = chapter.data["auc"]["model"]
    assert found["value"] == pytest.approx(right / pairs)
    assert found["low"] < found["value"] < found["high"]
    assert "put higher by model in" in chapter.sentences[1]
    json.dumps(chapter.data, allow_nan=False)


def test_equal_scores_tell_nothing() -> None:
    chapter = written(by_the_score(0, range(60)), rivals=("flat",))
    assert chapter is not None
    assert chapter.data["auc"]["flat"] == {"value": 0.5, "low": 0.5, "high": 0.5}


def test_acceptance_by_place() -> None:
    best = np.argsort(-market().scores["model"][:GROUPS])
    chapter = written(given(0, best[:30].tolist(), [True] * 10 + [False] * 20))
    assert chapter is not None
    places = chapter.data["places"]
    assert (places["top 10"]["judged"], places["top 10"]["accepted"]["value"]) == (10, 1)
    assert (places["top 25"]["judged"], places["top 25"]["accepted"]["value"]) == (25, 0.4)
    assert places["below 100"] == {"judged": 0, "accepted": {"value": None, "low": None, "high": None}}
    assert [places[f"band {band}"]["judged"] for band in "ABCD"] == [15, 15, 0, 0]
    assert chapter.tables[0].rows[0][:2] == ("top 10", "10")
    assert chapter.sentences[0] == "Sales judged 30 of 900 candidates and accepted 10: " + chapter.sentences[0].partition(": ")[2]


def test_few_verdicts_are_no_judge() -> None:
    chapter = written(by_the_score(0, range(8)), given(1, [3], [True]).assign(account_id="elsewhere"))
    assert chapter is not None
    assert chapter.data["too_few"]
    assert chapter.sentences[1] == "That is too few to judge an order by: it takes 10 accepted and 10 rejected groups."
    assert "1 further verdicts are on dates or groups that are not tested" in chapter.sentences[0]


def test_what_was_accepted_against_what_won() -> None:
    tables = [by_the_score(date, range(150)) for date in range(3)]
    chapter = written(*tables)
    assert chapter is not None
    said, won = judged(race_with(*tables).dataset, race_with(*tables).candidates), market().won
    outcome = chapter.data["outcome"]
    assert outcome["accepted"]["value"] == pytest.approx(won[said == 1].mean())
    assert outcome["rejected"]["value"] == pytest.approx(won[said == 0].mean())
    assert outcome["ratio"]["value"] == pytest.approx(won[said == 1].mean() / won[said == 0].mean())
    assert outcome["ratio"]["low"] > 1


def test_verdicts_are_not_held_against_themselves() -> None:
    chapter = written(by_the_score(0, range(60)), target="accepted")
    assert chapter is not None
    assert chapter.data["outcome"] is None
    assert not any("reached the outcome" in sentence for sentence in chapter.sentences)


def test_only_accepted() -> None:
    chapter = written(given(0, list(range(30)), [True] * 30))
    assert chapter is not None
    assert chapter.data["auc"]["model"]["value"] is None
    assert any("the same verdict" in sentence for sentence in chapter.sentences)
    json.dumps(chapter.data, allow_nan=False)

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, brier_score_loss, ndcg_score, roc_auc_score

from bgml.evaluation.race.metrics import KS, METRICS, mean_over_dates, per_date, shown
from bgml.evaluation.race.scored import Scored

Make = Callable[..., Scored]

few_levels = st.lists(st.tuples(st.integers(0, 3), st.booleans()), min_size=2, max_size=6)
many = st.lists(st.tuples(st.floats(-5, 5, allow_subnormal=False), st.booleans()), min_size=2, max_size=150)


def one_date(scored: Make, rows: list[tuple[float, bool]], **options: object) -> pd.Series:
    return per_date(scored([rows], **options)).iloc[0]


def in_order(won: list[bool]) -> dict[str, float]:
    """Metrics of an untied list, straight from the definitions."""
    ranks = [rank for rank, hit in enumerate(won, 1) if hit]
    result = {}
    for k in KS.tolist():
        slots, hits = min(k, len(won)), sum(won[:k])
        result[f"precision_at_{k}"] = hits / slots
        result[f"amount_at_{k}"] = 100.0 * hits
        if ranks:
            result[f"recall_at_{k}"] = hits / len(ranks)
            result[f"lift_at_{k}"] = hits / slots / (len(ranks) / len(won))
            ideal = sum(1 / math.log2(rank + 1) for rank in range(1, min(k, len(ranks)) + 1))
            result[f"ndcg_at_{k}"] = sum(1 / math.log2(rank + 1) for rank in ranks if rank <= k) / ideal
    if ranks:
        result["ap"] = sum(found / rank for found, rank in enumerate(ranks, 1)) / len(ranks)
    if 0 < len(ranks) < len(won):
        pairs = list(itertools.product(ranks, [rank for rank, hit in enumerate(won, 1) if not hit]))
        result["auc"] = sum(winner < loser for winner, loser in pairs) / len(pairs)
    return result


@settings(max_examples=60)
@given(rows=few_levels)
def test_ties_count_at_their_expectation_over_all_orders(scored: Make, rows: list[tuple[int, bool]]) -> None:
    got = one_date(scored, rows)
    falling = sorted((row[0] for row in rows), reverse=True)
    orders = [order for order in itertools.permutations(rows) if [row[0] for row in order] == falling]
    runs = [in_order([row[1] for row in order]) for order in orders]
    for metric in METRICS:
        if metric == "brier":
            continue
        if metric in runs[0]:
            assert got[metric] == pytest.approx(np.mean([run[metric] for run in runs]), rel=1e-9, abs=1e-12), metric
        else:
            assert math.isnan(got[metric]), metric


@settings(max_examples=60)
@given(rows=many)
def test_equal_to_scikit_learn(scored: Make, rows: list[tuple[float, bool]]) -> None:
    score, won = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    got = one_date(scored, rows, propensity=True)
    assert got["brier"] == pytest.approx(brier_score_loss(won, np.clip(score, 0, 1), pos_label=True, labels=[False, True]))
    if 0 < won.sum() < len(won):
        assert got["auc"] == pytest.approx(roc_auc_score(won, score))
    if won.any():
        for k in KS:
            assert got[f"ndcg_at_{k}"] == pytest.approx(ndcg_score([won], [score], k=k))
        untied = np.argsort(np.argsort(score, kind="stable"))
        distinct = one_date(scored, list(zip(untied.tolist(), won.tolist(), strict=True)))
        assert distinct["ap"] == pytest.approx(average_precision_score(won, untied))


def test_a_long_tied_block_has_the_average_precision_of_random_order(scored: Make) -> None:
    rng = np.random.default_rng(0)
    rows = [(float(score), bool(rng.random() < 0.1)) for score in [2] * 30 + [1] * 500 + [0] * 400]
    won = [row[1] for row in rows]
    found, seen, total = 0, 0, 0.0
    for size in (30, 500, 400):
        wins = sum(won[seen : seen + size])
        for place in range(1, size + 1):
            total += wins / size * (found + 1 + (place - 1) * (wins - 1) / (size - 1)) / (seen + place)
        seen, found = seen + size, found + wins
    assert one_date(scored, rows)["ap"] == pytest.approx(total / found, rel=1e-12)


def test_a_tied_date_worked_by_hand(scored: Make) -> None:
    rows = [(9.0, True)] + [(5.0, won) for won in [True, True] + [False] * 16] + [(1.0, False)] * 81
    got = one_date(scored, rows)
    assert got["precision_at_10"] == pytest.approx((1 + 9 * 2 / 18) / 10)
    assert got["recall_at_10"] == pytest.approx(2 / 3)
    assert got["amount_at_10"] == pytest.approx(200.0)
    assert got["lift_at_10"] == pytest.approx(0.2 / 0.03)
    assert got["precision_at_25"] == pytest.approx(3 / 25)
    assert got["auc"] == pytest.approx(1 - 2 * 8 / (3 * 97))


def test_fewer_groups_than_k_counts_them_all(scored: Make) -> None:
    got = one_date(scored, [(3.0, True), (2.0, False), (1.0, True)])
    assert got["precision_at_10"] == got["precision_at_100"] == pytest.approx(2 / 3)
    assert got["recall_at_10"] == 1.0
    assert got["lift_at_50"] == pytest.approx(1.0)


def test_a_date_without_winner_counts_for_precision_and_amount_only(scored: Make) -> None:
    table = per_date(scored([[(2.0, True), (1.0, False)], [(2.0, False), (1.0, False)]], propensity=True))
    means = mean_over_dates(table).set_index("metric")
    assert means.loc["precision_at_10", "value"] == pytest.approx(0.25)
    assert means.loc["amount_at_10", "value"] == pytest.approx(50.0)
    assert means.loc["brier", "value"] == pytest.approx((0.5 + 1.0) / 2)
    assert means.loc[["precision_at_10", "amount_at_10", "brier"], "undefined_dates"].tolist() == [0, 0, 0]
    for metric in ("recall_at_10", "lift_at_10", "ndcg_at_10", "ap", "auc"):
        assert means.loc[metric, "value"] == pytest.approx(2.0 if metric == "lift_at_10" else 1.0) or metric == "lift_at_10"
        assert means.loc[metric, "undefined_dates"] == 1


def test_a_date_where_all_win_has_no_auc(scored: Make) -> None:
    got = one_date(scored, [(2.0, True), (1.0, True)])
    assert math.isnan(got["auc"])
    assert got["ap"] == got["ndcg_at_10"] == got["precision_at_10"] == 1.0


def test_unknown_amounts_count_as_nothing(scored: Make) -> None:
    got = one_date(scored, [(2.0, True), (1.0, False)], amount=math.nan)
    assert got["amount_at_10"] == 0.0
    assert got["precision_at_10"] == 0.5


def test_a_model_without_probability_has_no_brier(scored: Make) -> None:
    assert math.isnan(one_date(scored, [(2.0, True), (1.0, False)])["brier"])


def test_the_order_of_rows_within_a_date_does_not_matter(random_scored: Make) -> None:
    one = random_scored(1, tied=True)
    order = np.lexsort((np.random.default_rng(2).random(len(one)), one.as_of))
    scores, propensities = ({name: values[order] for name, values in part.items()} for part in (one.scores, one.propensities))
    rows = (one.as_of[order], one.account[order], one.topic[order], one.won[order], one.amount[order])
    moved = Scored(*rows, scores, propensities, one.fold)
    pd.testing.assert_frame_equal(per_date(one), per_date(moved))


def test_metric_names_as_people_write_them() -> None:
    assert [shown(name) for name in ("precision_at_50", "ap", "ndcg_at_10")] == ["precision@50", "AP", "NDCG@10"]

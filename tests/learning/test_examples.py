from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from bgml.config import settings_from
from bgml.data.dataset import open_tables
from bgml.learning.examples import collect
from bgml.project import Project

DATES = [date(2024, 4, 1), date(2024, 4, 8), date(2025, 6, 2)]


def tables():
    """Two accounts, one topic; a1 wins in May 2024, a2 does not in June."""
    signals = [
        ("s1", "a1", "p1", "2024-03-20"),
        ("s2", "a1", "p2", "2024-04-03"),
        ("s3", "a2", "p3", "2024-03-25"),
        ("s4", "a2", "p3", "2025-05-30"),
    ]
    return {
        "accounts": pd.DataFrame({"account_id": ["a2", "a1"], "industry": ["Steel", None]}),
        "signals": pd.DataFrame(
            [(*row[:3], "Data", "named", "webinar", pd.Timestamp(row[3])) for row in signals],
            columns=["signal_id", "account_id", "person_id", "topic", "category", "action", "occurred_at"],
        ),
        "opportunities": pd.DataFrame({
            "opportunity_id": ["o1", "o2"], "account_id": ["a1", "a2"], "topic": ["Data", "Data"],
            "created_at": pd.to_datetime(["2024-04-20", "2024-04-08"]), "closed_at": pd.to_datetime(["2024-05-20", "2024-06-20"]),
            "outcome": ["won", "lost"], "amount": [100.0, None],
        }),
    }  # fmt: skip


@pytest.fixture(scope="module")
def collected(tmp_path_factory):
    settings = settings_from({"project": {"name": "t"}}, "test")
    project = Project(root=tmp_path_factory.mktemp("project"), settings=settings)
    dataset = open_tables(tables(), settings=settings)
    seen = []
    columns = ["people_28d", "people_91d", "days_since_last", "industry"]
    return collect(project, dataset, DATES[::-1], columns=columns, progress=lambda *step: seen.append(step)), seen


def test_rows_are_the_candidates_in_order(collected):
    found, _ = collected
    shown = list(zip(found.as_of.astype(str), found.accounts[found.account], strict=True))
    assert shown == [("2024-04-01", "a1"), ("2024-04-01", "a2"), ("2024-04-08", "a1"), ("2024-04-08", "a2"), ("2025-06-02", "a2")]
    assert found.topics[found.topic].tolist() == ["Data"] * 5


def test_features_are_small_and_categories_are_joined(collected):
    features = collected[0].features
    assert features["people_91d"].tolist() == [1, 1, 2, 1, 1]
    assert features["days_since_last"].tolist() == [12, 7, 5, 14, 3]
    assert {str(kind) for kind in features.dtypes} == {"float32", "category"}
    assert features["industry"].astype(object).where(features["industry"].notna(), None).tolist() == [None, "Steel", None, "Steel", "Steel"]


def test_outcomes_and_the_deals_behind_them(collected):
    found, _ = collected
    assert found.won[:4].tolist() == [1, 0, 1, 0]
    assert np.isnan(found.won[4])
    assert found.amount[0] == 100
    assert found.deals["row"].tolist() == [0, 2]
    assert found.won_opportunities() == 1
    assert found.groups_not_won() == 1
    assert found.created[:4].tolist() == [1, 1, 1, 1]
    assert np.isnan(found.created[4])
    assert found.take(np.array([4, 1])).created[1] == 1
    assert found.fingerprint() != replace(found, created=1 - found.created).fingerprint()


def test_progress_is_told(collected):
    assert ("examples", 5, 5) in collected[1]


def test_the_frame_for_scoring_has_keys_as_the_engine_gives_them(collected):
    frame = collected[0].frame()
    assert list(frame.columns[:3]) == ["as_of", "account_id", "topic"]
    assert str(frame["as_of"].dtype) == "datetime64[s]"
    assert frame["account_id"].astype(str).tolist() == ["a1", "a2", "a1", "a2", "a2"]


def test_taking_rows_takes_their_deals(examples):
    mask = examples.account == examples.account[examples.deals["row"].iloc[0]]
    some = examples.take(mask)
    assert len(some) == len(some.features) == 8
    assert some.deals["row"].tolist() == list(range(8))
    assert some.won_opportunities() == 1
    backwards = examples.take(np.flatnonzero(mask)[::-1])
    assert backwards.as_of.tolist() == some.as_of.tolist()[::-1]
    assert sorted(backwards.deals["row"]) == list(range(8))


def test_groups_that_reached_a_target_without_a_deal_are_counted(examples):
    verdicts = replace(examples, deals=examples.deals.assign(opportunity_id=None))
    assert verdicts.won_opportunities() == examples.won_opportunities()


def test_taking_nothing(examples):
    nothing = examples.take(np.zeros(len(examples), bool))
    assert len(nothing) == nothing.won_opportunities() == nothing.groups_not_won() == 0

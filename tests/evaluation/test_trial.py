"""A column tried: numbers that scikit-learn and plain pandas give too, and evidence that adds up."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from bgml.data.dataset import open_dataset
from bgml.engine.build import build
from bgml.engine.columns.catalog import load_catalog
from bgml.engine.evidence import recounted
from bgml.errors import FeatureError
from bgml.evaluation.trial import _drawn, try_column
from bgml.groups.outcomes import label
from tests.small_project import small_project


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """The small project, with a feature file of its own that leaves a column empty here and there."""
    root = tmp_path_factory.mktemp("trial")
    (root / "features").mkdir()
    text = '"""Mine."""\n\n\ndef gap(m):\n    """Actions, or nothing."""\n    return m.actions_28d.where(m.actions_28d > 0)\n'
    (root / "features" / "mine.py").write_text(text)
    return small_project(root)


@pytest.fixture(scope="module")
def dataset(project):
    """Its tables."""
    return open_dataset(project)


@pytest.fixture(scope="module")
def candidates(project, dataset):
    """All candidates of the dates that a trial takes, with outcomes."""
    dates = try_column(project, dataset, "people_28d").dates
    frame = pd.concat(build(project, dataset, dates, only=["people_28d", "gap"], cached=False).frames(), ignore_index=True)
    return frame.assign(won=label(frame[["as_of", "account_id", "topic"]], dataset, project.settings)["won"].to_numpy())


def test_every_number_of_a_measure(project, dataset, candidates):
    found = try_column(project, dataset, "people_28d")
    values, won = candidates["people_28d"], candidates["won"] == 1
    assert (found.groups, found.rows) == (len(candidates[["account_id", "topic"]].drop_duplicates()), len(candidates))
    assert candidates["won"].notna().all()
    assert found.share_missing == 0
    assert found.share_zero == pytest.approx((values == 0).mean())
    assert found.quartiles == pytest.approx(tuple(values.quantile([0, 0.25, 0.5, 0.75, 1])))
    assert (found.winners_mean, found.others_mean) == pytest.approx((values[won].mean(), values[~won].mean()))
    dates = candidates.groupby("as_of")
    auc = np.mean([roc_auc_score(rows["won"], rows["people_28d"]) for _, rows in dates if rows["won"].nunique() == 2])
    assert found.auc.value == pytest.approx(auc)
    assert found.auc.low < found.auc.value < found.auc.high
    assert found.nearest[0].endswith("_28d")
    assert 0.9 < found.nearest[1] <= 1


def test_the_evidence_of_three_values_adds_up_the_highest_first(project, dataset, candidates):
    found = try_column(project, dataset, "people_28d")
    column = load_catalog(project, dataset).base["people_28d"]
    highest, *_ = values = [each.evidence.value for each in found.behind]
    assert len(values) == 3
    assert highest == candidates["people_28d"].max()
    for each in found.behind:
        evidence = each.evidence
        if evidence.total == len(evidence.rows):
            assert recounted(column, evidence.rows, evidence.group.as_of) == evidence.value
        key = (candidates["account_id"] == evidence.group.account_id) & (candidates["topic"] == evidence.group.topic)
        row = candidates[key & (candidates["as_of"] == pd.Timestamp(evidence.group.as_of))].iloc[0]
        assert (row["people_28d"], row["won"] == 1) == (evidence.value, each.won)


def test_a_derived_column_with_gaps(project, dataset, candidates):
    found = try_column(project, dataset, "gap")
    assert found.share_missing == pytest.approx(candidates["gap"].isna().mean())
    assert found.share_missing > 0
    assert found.quartiles[0] == 1
    assert [each.evidence.kind for each in found.behind] == ["columns"] * 3
    assert all(dict(each.evidence.reads) == {"actions_28d": each.evidence.value} for each in found.behind)
    lowest = candidates["gap"].fillna(-1)
    dates = candidates.assign(gap=lowest).groupby("as_of")
    auc = np.mean([roc_auc_score(rows["won"], rows["gap"]) for _, rows in dates if rows["won"].nunique() == 2])
    assert found.auc.value == pytest.approx(auc)


def test_a_category_shows_its_values(project, dataset):
    found = try_column(project, dataset, "industry")
    assert found.auc is None and found.quartiles == ()
    assert {value for value, _, _ in found.values} == {"Banking", "Health"}
    assert sum(share for _, share, _ in found.values) == pytest.approx(1)


def test_the_same_groups_every_time(project, dataset):
    once, again = (try_column(project, dataset, "people_28d", groups=30) for _ in range(2))
    assert once.groups == 30
    assert [dataclasses.replace(each.evidence, rows=None) for each in once.behind] == [
        dataclasses.replace(each.evidence, rows=None) for each in again.behind
    ]
    other = try_column(project, dataset, "people_28d", groups=30, seed=1)
    assert dataclasses.replace(once, behind=()) == dataclasses.replace(again, behind=()) != dataclasses.replace(other, behind=())


def test_winners_are_drawn_up_to_half():
    frame = pd.DataFrame({"account_id": range(100), "topic": "x", "won": [number < 40 for number in range(100)]})
    for n, winners in ((10, 5), (60, 30), (90, 40), (1000, 40)):
        drawn = frame[_drawn(frame, n, 0)]
        assert (len(drawn), drawn["won"].sum()) == (min(n, 100), winners)
    few_others = frame.assign(won=frame["account_id"] < 95)
    drawn = few_others[_drawn(few_others, 50, 0)]
    assert (len(drawn), drawn["won"].sum()) == (50, 45)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("people", '"people" makes the columns people_7d, people_28d, people_91d, people_182d: try one of them'),
        ("mine", r'"mine" is a file, features/mine.py; try one of its columns: gap'),
        ("peple_7d", 'no feature is called "peple_7d"; did you mean "people_7d"'),
        ("employees", 'the column "employees" is left out: accounts.employees has no values'),
    ],
)
def test_what_is_no_column_is_told_with_what_it_may_mean(project, dataset, name, told):
    with pytest.raises(FeatureError, match=told):
        try_column(project, dataset, name)
